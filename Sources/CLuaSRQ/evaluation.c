/* The scores of a model on a folder of images, as a plain table. */
#include <math.h>

#include "nouns.h"
#include "options.h"
#include "progress.h"

static void set_score(lua_State *L, const srq_image_score *score)
{
    field_string(L, "name", score->name);
    field_number(L, "psnr", score->psnr);
    field_number(L, "ssim", score->ssim);
    field_number(L, "ssim_replicate", score->ssim_replicate);
    field_number(L, "bits", score->bits);
}

static void push_skipped(lua_State *L, const srq_evaluation *evaluation)
{
    size_t count = srq_evaluation_skipped_count(evaluation);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        srq_skipped_image skipped = {.struct_size = sizeof skipped};
        error_check(L, srq_evaluation_skipped(evaluation, i, &skipped));
        skipped_push(L, &skipped);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* Pushes the names of the images that SSIM's window does not fit into. */
static void push_without_ssim(lua_State *L, const srq_evaluation *evaluation)
{
    lua_Integer found = 0;
    lua_newtable(L);
    for (size_t i = 0; i < srq_evaluation_count(evaluation); i++) {
        srq_image_score score = {.struct_size = sizeof score};
        error_check(L, srq_evaluation_image(evaluation, i, &score));
        if (!isnan(score.ssim))
            continue;
        lua_pushstring(L, score.name);
        lua_rawseti(L, -2, ++found);
    }
}

/* Pushes the table. It runs protected, because building the table may run out of memory while the evaluation is open. */
static int push_table(lua_State *L)
{
    const srq_evaluation *evaluation = lua_touserdata(L, 1);
    size_t count = srq_evaluation_count(evaluation);
    srq_image_score score = {.struct_size = sizeof score};

    lua_createtable(L, 0, 8);
    error_check(L, srq_evaluation_mean(evaluation, &score));
    set_score(L, &score);
    field_number(L, "fab", score.bits);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        error_check(L, srq_evaluation_image(evaluation, i, &score));
        lua_createtable(L, 0, 5);
        set_score(L, &score);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "images");
    push_skipped(L, evaluation);
    lua_setfield(L, -2, "skipped");
    push_without_ssim(L, evaluation);
    lua_setfield(L, -2, "without_ssim");
    return 1;
}

int model_evaluate(lua_State *L)
{
    const srq_model *model = object_handle(L, 1, MODEL_TYPE);
    const char *folder = argument_text(L, 2);
    srq_evaluation_options options;
    srq_evaluation *evaluation;
    progress_call progress;
    srq_status status;
    int tries = 0;

    lua_settop(L, 3);
    srq_evaluation_options_init(&options, sizeof options);
    options_fill(L, 3, "evaluate", NULL, NULL, 0, &options, sizeof options);
    progress_start(L, 3, "evaluate", &progress);
    options.progress = progress_report;
    options.user = &progress;

    object_begin(L, 1);
    do
        status = srq_model_evaluate(&evaluation, model, folder, &options);
    while (!progress.failed && object_retry(L, status, &tries));
    object_end(L, 1);
    if (progress.failed || status != SRQ_OK) {
        srq_evaluation_free(evaluation);
        progress_finish(&progress, status);
    }
    srq_evaluation_warnings(evaluation, error_warn, L);
    lua_pushcfunction(L, push_table);
    lua_pushlightuserdata(L, evaluation);
    int failed = lua_pcall(L, 1, 1, 0);
    srq_evaluation_free(evaluation);
    return failed ? lua_error(L) : 1;
}
