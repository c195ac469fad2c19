#include "hindcast_arena.h"

#include <stdint.h>
#include <stdlib.h>

enum { chunk_bytes = 64 << 10, alignment = 16 };

// Under AddressSanitizer every request has a chunk of its own that ends where it ends, or reads past an end would land in
// the next request and go unseen.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SEPARATE_CHUNKS 1
#endif
#endif
#ifndef SEPARATE_CHUNKS
#define SEPARATE_CHUNKS 0
#endif

typedef struct chunk {
  struct chunk *next;
  size_t used, capacity;  // of the bytes behind this header
} chunk;

// The header is a multiple of the alignment, so the bytes behind it are aligned as malloc's are.
_Static_assert(sizeof(chunk) <= 32, "chunk header grew");
enum { header_bytes = 32 };

struct hindcast_arena {
  ProtobufCAllocator allocator;
  chunk *chunks;
  size_t taken, limit;
  bool over_limit;
};

static void *take(void *data, size_t size) {
  hindcast_arena *arena = data;
  if (size > SIZE_MAX / 2 || size > arena->limit - arena->taken) {
    arena->over_limit = true;
    return NULL;
  }
  arena->taken += size;
  size_t need = (size + alignment - 1) & ~(size_t)(alignment - 1);
  chunk *head = arena->chunks;
  if (!head || head->capacity - head->used < need) {
    // A large request gets a chunk of its own, behind the head, so that the head's free space stays in use.
    size_t capacity = SEPARATE_CHUNKS || need > chunk_bytes / 4 ? need : chunk_bytes;
    chunk *fresh = malloc(header_bytes + (SEPARATE_CHUNKS ? size : capacity));
    if (!fresh) return NULL;
    fresh->used = 0;
    fresh->capacity = capacity;
    if (head && capacity == need) {
      fresh->next = head->next;
      head->next = fresh;
    } else {
      fresh->next = head;
      arena->chunks = fresh;
    }
    head = fresh;
  }
  void *result = (char *)head + header_bytes + head->used;
  head->used += need;
  return result;
}

static void keep(void *data, void *pointer) {
  (void)data;
  (void)pointer;
}

hindcast_arena *hindcast_arena_create(size_t byte_limit) {
  hindcast_arena *arena = calloc(1, sizeof *arena);
  if (!arena) return NULL;
  arena->allocator.alloc = take;
  arena->allocator.free = keep;
  arena->allocator.allocator_data = arena;
  arena->limit = byte_limit;
  return arena;
}

void hindcast_arena_destroy(hindcast_arena *arena) {
  for (chunk *each = arena->chunks; each;) {
    chunk *next = each->next;
    free(each);
    each = next;
  }
  free(arena);
}

ProtobufCAllocator *hindcast_arena_allocator(hindcast_arena *arena) { return &arena->allocator; }
bool hindcast_arena_over_limit(const hindcast_arena *arena) { return arena->over_limit; }
