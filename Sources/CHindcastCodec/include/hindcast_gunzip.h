// Streaming decompression of gzip files (RFC 1952), for reading input files. Safe for any input bytes; keeps no pointer
// between calls.
#ifndef HINDCAST_GUNZIP_H
#define HINDCAST_GUNZIP_H

#include <stddef.h>
#include <stdint.h>

typedef struct hindcast_gunzip hindcast_gunzip;

// NULL when there is no memory.
hindcast_gunzip *hindcast_gunzip_create(void);
void hindcast_gunzip_destroy(hindcast_gunzip *stream);

typedef enum {
  HINDCAST_GUNZIP_MORE = 0,        // all input was taken or the output is full; call again with more of either
  HINDCAST_GUNZIP_MEMBER_END = 1,  // a member is complete and its checksum is right; another one may follow
  HINDCAST_GUNZIP_CORRUPT = 2,     // not gzip, damaged, or its checksum is wrong
  HINDCAST_GUNZIP_NO_MEMORY = 3,
} hindcast_gunzip_result;

// Takes up to `count` bytes of `input` and writes up to `capacity` bytes of `output`; says how many of each. After a member's
// end the next call starts a new member.
hindcast_gunzip_result hindcast_gunzip_step(hindcast_gunzip *stream, const void *input, size_t count, size_t *consumed,
                                            void *output, size_t capacity, size_t *produced);

#endif
