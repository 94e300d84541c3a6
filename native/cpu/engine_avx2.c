/* Four states at a time, for x86-64-v3. */
#include "engine.h"
#include "bytes.h"
#include "lanes_4.h"

#define ENGINE aivm_engine_avx2
#define ENGINE_NAME "avx2"
#include "engine_body.h"
