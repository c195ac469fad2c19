// An arena behind protobuf-c's allocator: unpacking a message takes a few large chunks, and all of it is freed at once.
// A limit bounds what a small hostile message can make the unpacker take; over it unpacking fails like any other damage.
#ifndef HINDCAST_ARENA_H
#define HINDCAST_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct hindcast_arena hindcast_arena;

// NULL when memory is out.
hindcast_arena *hindcast_arena_create(size_t byte_limit);
void hindcast_arena_destroy(hindcast_arena *arena);
ProtobufCAllocator *hindcast_arena_allocator(hindcast_arena *arena);
// Whether an allocation was refused because of the limit: tells "too large" from "malformed" after a failed unpack.
bool hindcast_arena_over_limit(const hindcast_arena *arena);

#endif
