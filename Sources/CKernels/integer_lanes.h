// Included by integer_convolution_vector.h: registers of whole numbers, as wide as `floats`.

/// 32-bit numbers that may go round 2^32, and 16-bit numbers, two to each of them.
enum { WORDS = 2 * LANES };
typedef uint32_t numbers __attribute__((ext_vector_type(LANES)));
typedef uint16_t words __attribute__((ext_vector_type(WORDS)));

/// What is multiplied, four bytes of an input at a time: four unsigned bytes by signed ones, or two 16-bit numbers.
typedef enum { NARROW, WIDE } kind;
enum { STEP_BYTES = 4 };

INLINE numbers load_numbers(const void *p) {
    numbers v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store_numbers(void *p, numbers v) { memcpy(p, &v, sizeof v); }

/// The same four bytes in every lane.
INLINE numbers repeated(const void *four_bytes) {
    uint32_t value;
    memcpy(&value, four_bytes, sizeof value);
    return (numbers)value;
}

/// Before a loop over registers: where an index is no constant, all of them would be in memory.
#define UNROLLED _Pragma("clang loop unroll(full)")
