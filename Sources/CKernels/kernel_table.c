#include "tables.h"

#include "float_winograd_tables.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

bool srq_has_instruction_set(srq_instruction_set set) {
    switch (set) {
    case SRQ_SCALAR: return true;
#if defined(__x86_64__)
    case SRQ_AVX2: return __builtin_cpu_supports("avx2");
    case SRQ_AVX_VNNI: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("avxvnni");
    case SRQ_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vl");
    case SRQ_AVX512_VNNI: return srq_has_instruction_set(SRQ_AVX512) && __builtin_cpu_supports("avx512vnni");
#elif defined(__aarch64__)
    case SRQ_NEON: return true;
#if defined(__linux__)
    case SRQ_NEON_DOT: return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
    case SRQ_NEON_I8MM: return srq_has_instruction_set(SRQ_NEON_DOT) && (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0;
#endif
#endif
    default: return false;
    }
}

bool srq_has_bf16(void) {
#if defined(__x86_64__)
    return srq_has_instruction_set(SRQ_AVX512) && __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

const srq_kernel_table *srq_kernels_of(srq_instruction_set set) {
    if (!srq_has_instruction_set(set)) return NULL;
    switch (set) {
#if defined(__x86_64__)
    case SRQ_AVX2: return &srq_avx2_kernels;
    case SRQ_AVX_VNNI: return &srq_avx_vnni_kernels;
    case SRQ_AVX512: return &srq_avx512_kernels;
    case SRQ_AVX512_VNNI: return &srq_avx512_vnni_kernels;
#elif defined(__aarch64__)
    case SRQ_NEON: return &srq_neon_kernels;
    case SRQ_NEON_DOT: return &srq_neon_dot_kernels;
    case SRQ_NEON_I8MM: return &srq_neon_i8mm_kernels;
#endif
    default: return &srq_scalar_kernels;
    }
}

const srq_kernel_table *srq_kernels(void) {
    const srq_instruction_set widest_first[] = {
        SRQ_AVX512_VNNI, SRQ_AVX512, SRQ_AVX_VNNI, SRQ_AVX2, SRQ_NEON_I8MM, SRQ_NEON_DOT, SRQ_NEON,
    };
    for (size_t i = 0; i < sizeof widest_first / sizeof *widest_first; i++)
        if (srq_has_instruction_set(widest_first[i])) return srq_kernels_of(widest_first[i]);
    return &srq_scalar_kernels;
}

srq_float_winograd *srq_float_winograd_kernel(bool bf16) {
#if defined(__x86_64__)
    if (bf16) return srq_has_bf16() ? srq_float_winograd_avx512_bf16 : NULL;
    return srq_has_instruction_set(SRQ_AVX512) ? srq_float_winograd_avx512 : NULL;
#else
    return NULL;
#endif
}
