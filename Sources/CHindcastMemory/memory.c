#include "hindcast_memory.h"

#if defined(__GLIBC__)
#include <malloc.h>

void hindcast_memory_keep_little(int arenas, size_t mapped_bytes) {
  mallopt(M_ARENA_MAX, arenas);
  // Told once, the threshold no longer grows with what is freed: else blocks of up to 32 MiB would come to lie among small
  // ones that stay, and their pages with them.
  mallopt(M_MMAP_THRESHOLD, (int)mapped_bytes);
}

void hindcast_memory_give_back(void) { malloc_trim(0); }

#else

void hindcast_memory_keep_little(int arenas, size_t mapped_bytes) {
  (void)arenas;
  (void)mapped_bytes;
}

void hindcast_memory_give_back(void) {}

#endif
