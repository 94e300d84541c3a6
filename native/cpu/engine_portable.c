/* One state at a time, for any processor. */
#include "engine.h"
#include "bytes.h"
#include "lanes_1.h"

#define ENGINE aivm_engine_portable
#define ENGINE_NAME "portable"
#include "engine_body.h"
