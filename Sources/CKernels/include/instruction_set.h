// The instruction sets that there are kernels for, and whether this machine has them.
#ifndef SRQ_INSTRUCTION_SET_H
#define SRQ_INSTRUCTION_SET_H

#include <stdbool.h>
#include <stdint.h>

/// An instruction set, with how many floats its kernels compute at a time.
typedef enum : int32_t {
    SRQ_SCALAR = 0,       ///< one float at a time, on every machine
    SRQ_NEON = 1,         ///< 4 floats, on every 64-bit ARM
    SRQ_AVX2 = 2,         ///< 8 floats
    SRQ_AVX512 = 3,       ///< 16 floats: AVX-512 F, BW, DQ and VL
    SRQ_AVX_VNNI = 4,     ///< AVX2, and instructions that multiply whole numbers and add the products
    SRQ_AVX512_VNNI = 5,  ///< AVX-512, and instructions that multiply whole numbers and add the products
    SRQ_NEON_DOT = 6,     ///< NEON, and dot products of bytes
    SRQ_NEON_I8MM = 7,    ///< NEON, and dot products of unsigned with signed bytes
} srq_instruction_set;

/// Returns whether the library holds kernels for `set` and the machine can run them. Any thread may call it.
bool srq_has_instruction_set(srq_instruction_set set);

/// Returns whether the machine has instructions that multiply bf16 numbers and add them up as floats (AVX512_BF16).
bool srq_has_bf16(void);

#endif
