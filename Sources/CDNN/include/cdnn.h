/* The few calls that srq needs of oneDNN, the same over its version 2 and version 3 interfaces.
 *
 * Convolutions sum in single precision, stride 1, batch 1, channels last, and run on the calling thread alone. A primitive is
 * immutable once made and may be run by many threads, each with its own scratch memory.
 * Functions that can fail return NULL for success or a constant text that says what failed. */
#ifndef CDNN_H
#define CDNN_H

#include <stddef.h>
#include <stdint.h>

/* The shape of a convolution and what is fused to it. */
typedef struct cdnn_convolution_description {
    int32_t input_height, width; /* of the output; the input is wider by kernel - 1 - 2 * padding_side */
    int32_t inputs, outputs, kernel;
    int32_t padding_top, padding_bottom, padding_side; /* rows and columns of zeros around the input */
    int32_t has_bias;
    int32_t accumulate; /* add to what is in the output */
    int32_t relu;       /* negative results become zero, after the sum */
} cdnn_convolution_description;

/* oneDNN's engine for this processor; it has to outlive the convolutions made with it. */
typedef struct cdnn_engine cdnn_engine;
/* A convolution of one shape. */
typedef struct cdnn_convolution cdnn_convolution;

/* Makes an engine, which is to be given to cdnn_engine_destroy. On failure `*out` is NULL. */
const char *cdnn_engine_create(cdnn_engine **out);
/* Frees an engine; NULL is allowed. */
void cdnn_engine_destroy(cdnn_engine *engine);

/* Makes a convolution, which is to be given to cdnn_convolution_destroy. On failure `*out` is NULL. */
const char *cdnn_convolution_create(cdnn_convolution **out, cdnn_engine *engine, const cdnn_convolution_description *description);
/* Frees a convolution; NULL is allowed. */
void cdnn_convolution_destroy(cdnn_convolution *convolution);

/* Returns the bytes of the weights in the layout this primitive works with. */
size_t cdnn_convolution_weight_bytes(const cdnn_convolution *convolution);
/* Returns 1 if both primitives work with the same weight layout, else 0. */
int32_t cdnn_convolution_same_weights(const cdnn_convolution *a, const cdnn_convolution *b);
size_t cdnn_convolution_scratch_bytes(const cdnn_convolution *convolution);

/* From outputs x inputs x kernel x kernel to this primitive's layout. */
const char *cdnn_convolution_pack(const cdnn_convolution *convolution, const float *weights, void *packed);

/* output = input * weights [+ bias] [+ output] [relu]; `bias` is ignored without has_bias. */
const char *cdnn_convolution_forward(const cdnn_convolution *convolution, const void *input, const void *packed,
                                     const float *bias, float *output, void *scratch);

/* The same for `count` inputs, weights and outputs that lie so many bytes apart. */
typedef struct cdnn_series {
    size_t count, input, packed, output;
} cdnn_series;
const char *cdnn_convolution_forward_series(const cdnn_convolution *convolution, const cdnn_series *series, const void *input,
                                            const void *packed, const float *bias, float *output, void *scratch);

/* The gradient of a convolution's weights and bias, for one shape; `accumulate`, `bf16` and `relu` of the description are not
 * read. */
typedef struct cdnn_weight_gradient cdnn_weight_gradient;

/* Makes a gradient, which is to be given to cdnn_weight_gradient_destroy. On failure `*out` is NULL. */
const char *cdnn_weight_gradient_create(cdnn_weight_gradient **out, cdnn_engine *engine,
                                        const cdnn_convolution_description *description);
/* Frees a gradient; NULL is allowed. */
void cdnn_weight_gradient_destroy(cdnn_weight_gradient *gradient);

/* Returns the bytes of the weights' gradient in the layout this primitive works with. */
size_t cdnn_weight_gradient_bytes(const cdnn_weight_gradient *gradient);
/* Returns 1 if both primitives work with the same layout, else 0. */
int32_t cdnn_weight_gradient_same_layout(const cdnn_weight_gradient *a, const cdnn_weight_gradient *b);
size_t cdnn_weight_gradient_scratch_bytes(const cdnn_weight_gradient *gradient);

/* Writes the gradients of the weights, in this primitive's layout, and of the bias, which is ignored without has_bias. */
const char *cdnn_weight_gradient_run(const cdnn_weight_gradient *gradient, const float *input, const float *output_gradient,
                                     float *packed, float *bias, void *scratch);

/* From this primitive's layout to outputs x inputs x kernel x kernel. */
const char *cdnn_weight_gradient_unpack(const cdnn_weight_gradient *gradient, const float *packed, float *weights);

/* Returns oneDNN's version as a text that is never freed, such as "2.6.3". */
const char *cdnn_version(void);

#endif
