/* One state at a time, for x86-64-v3 (andn, rorx). */
#include "engine.h"
#include "bytes.h"
#include "lanes_1.h"

#define ENGINE aivm_engine_scalar
#define ENGINE_NAME "scalar"
#include "engine_body.h"
