#include "cdnn.h"

#include <dnnl.h>
#include <stdio.h>
#include <stdlib.h>

/* libgomp's own call; its header is not on every compiler's path. */
extern void omp_set_num_threads(int threads);
extern int omp_get_max_threads(void);

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t memory_desc;
typedef const_dnnl_memory_desc_t const_memory_desc;
static void free_desc(memory_desc *desc) {
    if (*desc) dnnl_memory_desc_destroy(*desc);
    *desc = NULL;
}
static int make_desc(memory_desc *out, int rank, const int64_t *dims, dnnl_data_type_t type, dnnl_format_tag_t tag) {
    return dnnl_memory_desc_create_with_tag(out, rank, dims, type, tag);
}
#define DESC_ARGUMENT(desc) (desc)
#else
typedef dnnl_memory_desc_t memory_desc;
typedef const dnnl_memory_desc_t *const_memory_desc;
static void free_desc(memory_desc *desc) { (void)desc; }
static int make_desc(memory_desc *out, int rank, const int64_t *dims, dnnl_data_type_t type, dnnl_format_tag_t tag) {
    return dnnl_memory_desc_init_by_tag(out, rank, dims, type, tag);
}
#define DESC_ARGUMENT(desc) (&(desc))
#endif

struct cdnn_engine {
    dnnl_engine_t engine;
};

/* What a convolution reads and writes, as its caller sees it: one image, height by width by channels. */
typedef struct {
    memory_desc input, output, plain_weights, bias;
    memory_desc any_weights; /* the weights in whatever layout oneDNN likes best */
} convolution_maps;

static int make_maps(convolution_maps *maps, const cdnn_convolution_description *d) {
    int64_t output_height = d->input_height + d->padding_top + d->padding_bottom - (d->kernel - 1);
    int64_t input_width = d->width + d->kernel - 1 - 2 * d->padding_side;
    int64_t input[] = {1, d->inputs, d->input_height, input_width}, output[] = {1, d->outputs, output_height, d->width};
    int64_t weights[] = {d->outputs, d->inputs, d->kernel, d->kernel}, bias[] = {d->outputs};
    return make_desc(&maps->input, 4, input, dnnl_f32, dnnl_nhwc) || make_desc(&maps->output, 4, output, dnnl_f32, dnnl_nhwc)
        || make_desc(&maps->plain_weights, 4, weights, dnnl_f32, dnnl_oihw) || make_desc(&maps->bias, 1, bias, dnnl_f32, dnnl_x)
        || make_desc(&maps->any_weights, 4, weights, dnnl_f32, dnnl_format_tag_any);
}

static void free_maps(convolution_maps *maps) {
    free_desc(&maps->input);
    free_desc(&maps->output);
    free_desc(&maps->plain_weights);
    free_desc(&maps->bias);
    free_desc(&maps->any_weights);
}

struct cdnn_convolution {
    dnnl_engine_t engine; /* borrowed: the engine outlives its convolutions */
    cdnn_convolution_description description;
    dnnl_primitive_desc_t primitive_desc;
    dnnl_primitive_t primitive;
    convolution_maps maps;
};

const char *cdnn_engine_create(cdnn_engine **out) {
    *out = NULL;
    cdnn_engine *engine = calloc(1, sizeof *engine);
    if (!engine) return "out of memory";
    if (dnnl_engine_create(&engine->engine, dnnl_cpu, 0) != dnnl_success) {
        free(engine);
        return "oneDNN finds no CPU engine";
    }
    *out = engine;
    return NULL;
}

void cdnn_engine_destroy(cdnn_engine *engine) {
    if (!engine) return;
    dnnl_engine_destroy(engine->engine);
    free(engine);
}

/* oneDNN asks OpenMP how many threads there are, and OpenMP answers per calling thread: work is already cut into pieces. */
static int enter_single_threaded(void) {
    int before = omp_get_max_threads();
    if (before != 1) omp_set_num_threads(1);
    return before;
}

static void leave_single_threaded(int before) {
    if (before != 1) omp_set_num_threads(before);
}

static dnnl_status_t create_primitive_desc(cdnn_convolution *c, const_memory_desc any_weights, const_memory_desc bias) {
    const cdnn_convolution_description *d = &c->description;
    int64_t strides[] = {1, 1}, dilates[] = {0, 0};
    int64_t before[] = {d->padding_top, d->padding_side}, after[] = {d->padding_bottom, d->padding_side};
    dnnl_status_t status;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_post_ops_t post = NULL;
    if ((status = dnnl_primitive_attr_create(&attributes)) != dnnl_success) return status;
    dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
    if (d->accumulate || d->relu) {
        status = dnnl_post_ops_create(&post);
#if DNNL_VERSION_MAJOR >= 3
        if (status == dnnl_success && d->accumulate) status = dnnl_post_ops_append_sum(post, 1, 0, dnnl_data_type_undef);
        if (status == dnnl_success && d->relu) status = dnnl_post_ops_append_eltwise(post, dnnl_eltwise_relu, 0, 0);
#else
        if (status == dnnl_success && d->accumulate) status = dnnl_post_ops_append_sum(post, 1);
        if (status == dnnl_success && d->relu) status = dnnl_post_ops_append_eltwise(post, 1, dnnl_eltwise_relu, 0, 0);
#endif
        if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, post);
    }
#if DNNL_VERSION_MAJOR >= 3
    if (status == dnnl_success)
        status = dnnl_convolution_forward_primitive_desc_create(&c->primitive_desc, c->engine, dnnl_forward_training,
            dnnl_convolution_direct, c->maps.input, any_weights, bias, c->maps.output, strides, dilates, before, after, attributes);
#else
    dnnl_convolution_desc_t operation;
    if (status == dnnl_success)
        status = dnnl_dilated_convolution_forward_desc_init(&operation, dnnl_forward_training, dnnl_convolution_direct,
            &c->maps.input, any_weights, bias, &c->maps.output, strides, dilates, before, after);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(&c->primitive_desc, &operation, attributes, c->engine, NULL);
#endif
    if (post) dnnl_post_ops_destroy(post);
    dnnl_primitive_attr_destroy(attributes);
    return status;
}

const char *cdnn_convolution_create(cdnn_convolution **out, cdnn_engine *engine, const cdnn_convolution_description *d) {
    *out = NULL;
    cdnn_convolution *c = calloc(1, sizeof *c);
    if (!c) return "out of memory";
    c->engine = engine->engine;
    c->description = *d;
    int before = enter_single_threaded();
    int failed = make_maps(&c->maps, d)
        || create_primitive_desc(c, DESC_ARGUMENT(c->maps.any_weights), d->has_bias ? DESC_ARGUMENT(c->maps.bias) : NULL)
        || dnnl_primitive_create(&c->primitive, c->primitive_desc);
    leave_single_threaded(before);
    if (failed) {
        cdnn_convolution_destroy(c);
        return "oneDNN has no convolution for this shape";
    }
    *out = c;
    return NULL;
}

void cdnn_convolution_destroy(cdnn_convolution *c) {
    if (!c) return;
    if (c->primitive) dnnl_primitive_destroy(c->primitive);
    if (c->primitive_desc) dnnl_primitive_desc_destroy(c->primitive_desc);
    free_maps(&c->maps);
    free(c);
}

static const_memory_desc packed_desc(const cdnn_convolution *c) {
    return dnnl_primitive_desc_query_md(c->primitive_desc, dnnl_query_weights_md, 0);
}

static const_memory_desc scratch_desc(const cdnn_convolution *c) {
    return dnnl_primitive_desc_query_md(c->primitive_desc, dnnl_query_scratchpad_md, 0);
}

size_t cdnn_convolution_weight_bytes(const cdnn_convolution *c) { return dnnl_memory_desc_get_size(packed_desc(c)); }

int32_t cdnn_convolution_same_weights(const cdnn_convolution *a, const cdnn_convolution *b) {
    return dnnl_memory_desc_equal(packed_desc(a), packed_desc(b));
}

size_t cdnn_convolution_scratch_bytes(const cdnn_convolution *c) { return dnnl_memory_desc_get_size(scratch_desc(c)); }

static const char *reorder(dnnl_engine_t engine, const_memory_desc from, const void *source, const_memory_desc to,
                           void *target) {
    dnnl_primitive_desc_t desc = NULL;
    dnnl_primitive_t primitive = NULL;
    dnnl_memory_t in = NULL, out = NULL;
    dnnl_stream_t stream = NULL;
    int before = enter_single_threaded();
    int failed = dnnl_reorder_primitive_desc_create(&desc, from, engine, to, engine, NULL)
        || dnnl_primitive_create(&primitive, desc) || dnnl_stream_create(&stream, engine, dnnl_stream_default_flags)
        || dnnl_memory_create(&in, from, engine, (void *)source) || dnnl_memory_create(&out, to, engine, target);
    if (!failed) {
        dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, in}, {DNNL_ARG_TO, out}};
        failed = dnnl_primitive_execute(primitive, stream, 2, arguments) || dnnl_stream_wait(stream);
    }
    if (in) dnnl_memory_destroy(in);
    if (out) dnnl_memory_destroy(out);
    if (stream) dnnl_stream_destroy(stream);
    if (primitive) dnnl_primitive_destroy(primitive);
    if (desc) dnnl_primitive_desc_destroy(desc);
    leave_single_threaded(before);
    return failed ? "oneDNN cannot reorder these weights" : NULL;
}

const char *cdnn_convolution_pack(const cdnn_convolution *c, const float *weights, void *packed) {
    return reorder(c->engine, DESC_ARGUMENT(c->maps.plain_weights), weights, packed_desc(c), packed);
}

struct binding {
    int argument;
    const_memory_desc desc;
    char *data;
    size_t distance; /* bytes from one piece of a series to the next */
};

static const char *execute(
    dnnl_engine_t engine, dnnl_primitive_t primitive, const struct binding *bindings, int count, size_t pieces) {
    dnnl_exec_arg_t arguments[6];
    dnnl_stream_t stream = NULL;
    int made = 0, before = enter_single_threaded();
    int failed = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
    for (; !failed && made < count; made++) {
        arguments[made].arg = bindings[made].argument;
        failed = dnnl_memory_create(&arguments[made].memory, bindings[made].desc, engine, bindings[made].data);
        if (failed) break;
    }
    for (size_t piece = 0; !failed && piece < pieces; piece++) {
        for (int i = 0; piece > 0 && !failed && i < made; i++) {
            char *data = bindings[i].data + piece * bindings[i].distance;
            if (bindings[i].distance > 0) failed = dnnl_memory_set_data_handle(arguments[i].memory, data);
        }
        failed = failed || dnnl_primitive_execute(primitive, stream, made, arguments) || dnnl_stream_wait(stream);
    }
    for (int i = 0; i < made; i++) dnnl_memory_destroy(arguments[i].memory);
    if (stream) dnnl_stream_destroy(stream);
    leave_single_threaded(before);
    return failed ? "oneDNN could not run a convolution" : NULL;
}

const char *cdnn_convolution_forward_series(const cdnn_convolution *c, const cdnn_series *series, const void *input,
                                            const void *packed, const float *bias, float *output, void *scratch) {
    struct binding bindings[] = {
        {DNNL_ARG_SRC, DESC_ARGUMENT(c->maps.input), (char *)input, series->input},
        {DNNL_ARG_WEIGHTS, packed_desc(c), (char *)packed, series->packed},
        {DNNL_ARG_DST, DESC_ARGUMENT(c->maps.output), (char *)output, series->output},
        {DNNL_ARG_SCRATCHPAD, scratch_desc(c), scratch, 0},
        {DNNL_ARG_BIAS, DESC_ARGUMENT(c->maps.bias), (char *)bias, 0},
    };
    return execute(c->engine, c->primitive, bindings, c->description.has_bias ? 5 : 4, series->count);
}

const char *cdnn_convolution_forward(const cdnn_convolution *c, const void *input, const void *packed, const float *bias,
                                     float *output, void *scratch) {
    const cdnn_series one = {.count = 1};
    return cdnn_convolution_forward_series(c, &one, input, packed, bias, output, scratch);
}

struct cdnn_weight_gradient {
    dnnl_engine_t engine; /* borrowed: the engine outlives its gradients */
    int32_t has_bias;
    dnnl_primitive_desc_t primitive_desc;
    dnnl_primitive_t primitive;
    convolution_maps maps;
};

/* oneDNN wants the forward convolution as a hint. */
static dnnl_status_t create_gradient_desc(
    cdnn_weight_gradient *g, const cdnn_convolution_description *d, const_memory_desc any_weights, const_memory_desc bias) {
    int64_t strides[] = {1, 1}, dilates[] = {0, 0};
    int64_t before[] = {d->padding_top, d->padding_side}, after[] = {d->padding_bottom, d->padding_side};
    dnnl_status_t status;
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t forward = NULL;
    if ((status = dnnl_primitive_attr_create(&attributes)) != dnnl_success) return status;
    dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
#if DNNL_VERSION_MAJOR >= 3
    status = dnnl_convolution_forward_primitive_desc_create(&forward, g->engine, dnnl_forward_training, dnnl_convolution_direct,
        g->maps.input, any_weights, bias, g->maps.output, strides, dilates, before, after, attributes);
    if (status == dnnl_success)
        status = dnnl_convolution_backward_weights_primitive_desc_create(&g->primitive_desc, g->engine, dnnl_convolution_direct,
            g->maps.input, any_weights, bias, g->maps.output, strides, dilates, before, after, forward, attributes);
#else
    dnnl_convolution_desc_t operation;
    status = dnnl_dilated_convolution_forward_desc_init(&operation, dnnl_forward_training, dnnl_convolution_direct, &g->maps.input,
        any_weights, bias, &g->maps.output, strides, dilates, before, after);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(&forward, &operation, attributes, g->engine, NULL);
    if (status == dnnl_success)
        status = dnnl_dilated_convolution_backward_weights_desc_init(&operation, dnnl_convolution_direct, &g->maps.input,
            any_weights, bias, &g->maps.output, strides, dilates, before, after);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_create(&g->primitive_desc, &operation, attributes, g->engine, forward);
#endif
    if (forward) dnnl_primitive_desc_destroy(forward);
    dnnl_primitive_attr_destroy(attributes);
    return status;
}

const char *cdnn_weight_gradient_create(
    cdnn_weight_gradient **out, cdnn_engine *engine, const cdnn_convolution_description *d) {
    *out = NULL;
    cdnn_weight_gradient *g = calloc(1, sizeof *g);
    if (!g) return "out of memory";
    g->engine = engine->engine;
    g->has_bias = d->has_bias;
    int before = enter_single_threaded();
    int failed = make_maps(&g->maps, d)
        || create_gradient_desc(g, d, DESC_ARGUMENT(g->maps.any_weights), d->has_bias ? DESC_ARGUMENT(g->maps.bias) : NULL)
        || dnnl_primitive_create(&g->primitive, g->primitive_desc);
    leave_single_threaded(before);
    if (failed) {
        cdnn_weight_gradient_destroy(g);
        return "oneDNN has no gradient of weights for this shape";
    }
    *out = g;
    return NULL;
}

void cdnn_weight_gradient_destroy(cdnn_weight_gradient *g) {
    if (!g) return;
    if (g->primitive) dnnl_primitive_destroy(g->primitive);
    if (g->primitive_desc) dnnl_primitive_desc_destroy(g->primitive_desc);
    free_maps(&g->maps);
    free(g);
}

static const_memory_desc gradient_desc(const cdnn_weight_gradient *g) {
    return dnnl_primitive_desc_query_md(g->primitive_desc, dnnl_query_diff_weights_md, 0);
}

size_t cdnn_weight_gradient_bytes(const cdnn_weight_gradient *g) { return dnnl_memory_desc_get_size(gradient_desc(g)); }

int32_t cdnn_weight_gradient_same_layout(const cdnn_weight_gradient *a, const cdnn_weight_gradient *b) {
    return dnnl_memory_desc_equal(gradient_desc(a), gradient_desc(b));
}

size_t cdnn_weight_gradient_scratch_bytes(const cdnn_weight_gradient *g) {
    return dnnl_memory_desc_get_size(dnnl_primitive_desc_query_md(g->primitive_desc, dnnl_query_scratchpad_md, 0));
}

const char *cdnn_weight_gradient_run(const cdnn_weight_gradient *g, const float *input, const float *output_gradient,
                                     float *packed, float *bias, void *scratch) {
    struct binding bindings[] = {
        {DNNL_ARG_SRC, DESC_ARGUMENT(g->maps.input), (char *)input, 0},
        {DNNL_ARG_DIFF_DST, DESC_ARGUMENT(g->maps.output), (char *)output_gradient, 0},
        {DNNL_ARG_DIFF_WEIGHTS, gradient_desc(g), (char *)packed, 0},
        {DNNL_ARG_SCRATCHPAD, dnnl_primitive_desc_query_md(g->primitive_desc, dnnl_query_scratchpad_md, 0), scratch, 0},
        {DNNL_ARG_DIFF_BIAS, DESC_ARGUMENT(g->maps.bias), (char *)bias, 0},
    };
    return execute(g->engine, g->primitive, bindings, g->has_bias ? 5 : 4, 1);
}

const char *cdnn_weight_gradient_unpack(const cdnn_weight_gradient *g, const float *packed, float *weights) {
    return reorder(g->engine, gradient_desc(g), packed, DESC_ARGUMENT(g->maps.plain_weights), weights);
}

const char *cdnn_version(void) {
    static char text[32]; /* the same bytes whoever writes them */
    const dnnl_version_t *version = dnnl_version();
    snprintf(text, sizeof text, "%d.%d.%d", version->major, version->minor, version->patch);
    return text;
}
