/* Histograms of what enters the layers of a network, as plain tables. */
#include "histograms.h"

#include "nouns.h"
#include "options.h"
#include "progress.h"

static void push_layer(lua_State *L, const srq_histogram_info *layer)
{
    lua_createtable(L, 0, 9);
    field_string(L, "name", layer->name);
    field_integer(L, "count", (lua_Integer)layer->count);
    field_number(L, "lower", layer->lower);
    field_number(L, "upper", layer->upper);
    field_number(L, "mean", layer->mean);
    field_number(L, "deviation", layer->deviation);
    field_number(L, "skewness", layer->skewness);
    field_number(L, "signal_to_noise", layer->signal_to_noise);
    lua_createtable(L, (int)layer->bins, 0);
    for (uint32_t bin = 0; bin < layer->bins; bin++) {
        lua_pushinteger(L, (lua_Integer)layer->counts[bin]);
        lua_rawseti(L, -2, (lua_Integer)bin + 1);
    }
    lua_setfield(L, -2, "counts");
}

/* Pushes the tables. It runs protected, because building them may run out of memory while the histograms are open. */
static int push_table(lua_State *L)
{
    const srq_histograms *histograms = lua_touserdata(L, 1);
    size_t count = srq_histograms_count(histograms);

    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        srq_histogram_info layer = {.struct_size = sizeof layer};
        error_check(L, srq_histograms_layer(histograms, i, &layer));
        push_layer(L, &layer);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

int quantization_histograms(lua_State *L)
{
    const srq_quantization *quantization = object_handle(L, 1, QUANTIZATION_TYPE);
    const srq_images *images = object_handle(L, 2, IMAGES_TYPE);
    srq_histogram_options options;
    srq_histograms *histograms;
    progress_call progress;
    srq_status status;
    int tries = 0;

    lua_settop(L, 3);
    srq_histogram_options_init(&options, sizeof options);
    options_fill(L, 3, "histograms", NULL, NULL, 0, &options, sizeof options);
    progress_start(L, 3, "histograms", &progress);
    options.progress = progress_report;
    options.user = &progress;

    object_begin(L, 1);
    object_begin(L, 2);
    do
        status = srq_quantization_histograms(&histograms, quantization, images, &options);
    while (!progress.failed && object_retry(L, status, &tries));
    object_end(L, 2);
    object_end(L, 1);
    if (progress.failed || status != SRQ_OK) {
        srq_histograms_free(histograms);
        progress_finish(&progress, status);
    }
    lua_pushcfunction(L, push_table);
    lua_pushlightuserdata(L, histograms);
    int failed = lua_pcall(L, 1, 1, 0);
    srq_histograms_free(histograms);
    return failed ? lua_error(L) : 1;
}
