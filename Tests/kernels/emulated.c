// The kernels of one of AVX's instruction sets, on any machine: SIMDe plays the instructions. Compiled once per set, with
// -DTABLE= -DSET= -DLANES= and -DVNNI as kernels_avx*.c define them, and without its target: the sources are the library's, the
// machine code is not.
#include <math.h>
#include <string.h>

#include <simde/x86/avx2.h>
#include <simde/x86/avx512/dpbusd.h>
#include <simde/x86/avx512/dpwssd.h>
#include <simde/x86/avx512/madd.h>
#include <simde/x86/avx512/maddubs.h>
#include <simde/x86/avx512/permutexvar.h>
#include <simde/x86/avx512/set1.h>

// By hand: SIMDe's own aliases collide with a newer compiler's types, and AVX-VNNI's names are unknown to it.
#define __m256i simde__m256i
#define _mm256_set1_epi16 simde_mm256_set1_epi16
#define _mm256_madd_epi16 simde_mm256_madd_epi16
#define _mm256_maddubs_epi16 simde_mm256_maddubs_epi16
#define _mm256_dpbusd_avx_epi32 simde_mm256_dpbusd_epi32
#define _mm256_dpwssd_avx_epi32 simde_mm256_dpwssd_epi32
#define _mm256_permutevar8x32_epi32 simde_mm256_permutevar8x32_epi32
#define __m512 simde__m512
#define __m512i simde__m512i
#define _mm512_set1_epi16 simde_mm512_set1_epi16
#define _mm512_permutexvar_ps simde_mm512_permutexvar_ps
#define _mm512_permutexvar_epi32 simde_mm512_permutexvar_epi32
#define _mm512_madd_epi16 simde_mm512_madd_epi16
#define _mm512_maddubs_epi16 simde_mm512_maddubs_epi16
#define _mm512_dpbusd_epi32 simde_mm512_dpbusd_epi32
#define _mm512_dpwssd_epi32 simde_mm512_dpwssd_epi32

#include "kernel_table.h"

#define MULTIPLY_ADD "multiply_add_avx.h"
#include "kernels.h"

extern const srq_kernel_table TABLE;
const srq_kernel_table TABLE = KERNEL_TABLE(SET);
