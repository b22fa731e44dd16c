// Which instructions this machine has.
#ifndef SRQ_INSTRUCTION_SET_H
#define SRQ_INSTRUCTION_SET_H

#include <stdbool.h>
#include <stdint.h>

typedef enum : int32_t {
    SRQ_SCALAR = 0,       ///< one float at a time, everywhere
    SRQ_NEON = 1,         ///< 4 floats, every 64-bit ARM
    SRQ_AVX2 = 2,         ///< 8 floats
    SRQ_AVX512 = 3,       ///< 16 floats: F, BW, DQ and VL
    SRQ_AVX_VNNI = 4,     ///< AVX2, and products of whole numbers that are multiplied and added by one instruction
    SRQ_AVX512_VNNI = 5,  ///< the same with AVX-512
    SRQ_NEON_DOT = 6,     ///< NEON with dot products of bytes
} srq_instruction_set;

/// Whether the library holds kernels for `set` and the machine can run them.
bool srq_has_instruction_set(srq_instruction_set set);

/// Whether the machine has instructions that multiply bf16 numbers and add them up as floats (AVX512_BF16).
bool srq_has_bf16(void);

#endif
