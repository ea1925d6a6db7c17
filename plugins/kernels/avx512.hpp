// The intrinsics of the processor, for files of loops that are compiled for AVX-512 function by function.
#pragma once

#if defined(__x86_64__)
// GCC 12 takes what its own intrinsics leave undefined on purpose for a mistake, wherever they are inlined.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#endif
