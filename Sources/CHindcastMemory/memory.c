#include "hindcast_memory.h"

#if defined(__linux__)
#include <jemalloc/jemalloc.h>

// Read by jemalloc before the first allocation. A thread of its own gives pages back a few seconds after they were freed; four
// arenas, since each keeps some.
const char *malloc_conf = "narenas:4,background_thread:true,dirty_decay_ms:5000,muzzy_decay_ms:0";

unsigned hindcast_memory_arenas(void) {
  unsigned arenas = 0;
  size_t size = sizeof arenas;
  return mallctl("opt.narenas", &arenas, &size, NULL, 0) == 0 ? arenas : 0;
}

#else

unsigned hindcast_memory_arenas(void) { return 0; }

#endif
