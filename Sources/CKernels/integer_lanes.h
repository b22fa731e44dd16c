// Included by integer_convolution_vector.h: registers of whole numbers, as wide as `floats`.

/// 32-bit numbers that may go round 2^32, and 16-bit numbers, two to each of them.
enum { WORDS = 2 * LANES };
typedef uint32_t numbers __attribute__((ext_vector_type(LANES)));
typedef uint16_t words __attribute__((ext_vector_type(WORDS)));

/// What is multiplied, four bytes of an input at a time: four unsigned bytes by signed ones, two 16-bit numbers, or four bytes that
/// are already as the instruction set multiplies them.
typedef enum { NARROW, WIDE, TRANSFORMED } kind;
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

/// A signed whole number in each lane, as the nearest float.
#define CONVERTED(sums) __builtin_convertvector((integers)(sums), floats)
