#include "hindcast_memory.h"

#if defined(__GLIBC__)
#include <malloc.h>

enum { arenas = 4, mapped_bytes = 128 << 10 };

// malloc decides how many arenas there may be when the second thread first allocates, so this comes before main.
__attribute__((constructor)) static void keep_little(void) {
  mallopt(M_ARENA_MAX, arenas);
  // Told once, the threshold no longer grows with what is freed: else blocks of up to 32 MiB would come to lie among small
  // ones that stay, and their pages with them.
  mallopt(M_MMAP_THRESHOLD, mapped_bytes);
}

void hindcast_memory_give_back(void) { malloc_trim(0); }

#else

void hindcast_memory_give_back(void) {}

#endif
