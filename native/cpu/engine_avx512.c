/* Eight states at a time, for AVX-512 F, BW, DQ and VL. */
#include "engine.h"
#include "bytes.h"
#include "lanes_8.h"

#define ENGINE aivm_engine_avx512
#define ENGINE_NAME "avx512"
#include "engine_body.h"
