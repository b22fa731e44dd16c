// Included by kernels_*.c of instruction sets without a convolution of their own. One multiplication after the other: the exact
// kernels that the fast ones are tested against.

#define PLAIN_CONVOLUTION(name, input_type, weight_type, step)                                                                 \
    static void name(const srq_integer_layer *layer, const input_type *const *rows, size_t pixels, const srq_results *to) {    \
        const size_t steps = layer->kernel * layer->channels / step, block = SRQ_OUTPUT_BLOCK;                                 \
        for (size_t x = 0; x < pixels; x++) {                                                                                  \
            for (size_t o = 0; o < layer->outputs; o++) {                                                                      \
                const weight_type *weights = (const weight_type *)layer->weights                                               \
                    + (o / block) * layer->kernel * steps * block * step + (o % block) * step;                                 \
                int32_t sum = layer->offsets[o];                                                                               \
                for (size_t v = 0; v < layer->kernel; v++) {                                                                   \
                    const input_type *in = rows[v] + x * layer->channels;                                                      \
                    for (size_t s = 0; s < steps; s++, weights += block * step)                                                \
                        for (size_t c = 0; c < step; c++) sum += (int32_t)in[s * step + c] * weights[c];                       \
                }                                                                                                              \
                const float product = (float)sum * layer->scales[o];                                                           \
                float result = product + layer->shifts[o];                                                                     \
                finish_results(to, o, layer->outputs, x, &result, 1, 1);                                                       \
            }                                                                                                                  \
        }                                                                                                                      \
    }

PLAIN_CONVOLUTION(narrow_convolution, uint8_t, int8_t, SRQ_NARROW_STEP)
PLAIN_CONVOLUTION(wide_convolution, int16_t, int16_t, SRQ_WIDE_STEP)

#undef PLAIN_CONVOLUTION
