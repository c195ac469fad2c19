// The thin C layer: checksums with the CPU's instructions, and zlib and zstd behind one calling convention.
// Every function is safe for any input bytes; none keeps a pointer.
#ifndef HINDCAST_CODEC_H
#define HINDCAST_CODEC_H

#include <stddef.h>
#include <stdint.h>

// CRC-32C (Castagnoli, reflected 0x82F63B78), initial and final value inverted. `bytes` may be NULL when `count` is 0.
uint32_t hindcast_crc32c(const void *bytes, size_t count);
// The table-driven form that machines without the instruction use; the tests hold both to each other.
uint32_t hindcast_crc32c_portable(const void *bytes, size_t count);

// XXH3-64 with seed 0.
uint64_t hindcast_xxh3_64(const void *bytes, size_t count);
// XXH3-128 with seed 0. Not part of the format: for tables that keep a hash in the place of a key.
void hindcast_xxh3_128(const void *bytes, size_t count, uint64_t *low, uint64_t *high);

// Compressors. The bound is what `*_compress` may need; compress and decompress return the bytes written, or -1 when
// the output does not fit or the input is damaged. A context is made once and used for many calls by one thread.
typedef struct hindcast_zstd hindcast_zstd;
hindcast_zstd *hindcast_zstd_create(void);
void hindcast_zstd_destroy(hindcast_zstd *context);
size_t hindcast_zstd_bound(size_t count);
ptrdiff_t hindcast_zstd_compress(hindcast_zstd *context, void *output, size_t capacity, const void *input, size_t count,
                                 int level);
ptrdiff_t hindcast_zstd_decompress(hindcast_zstd *context, void *output, size_t capacity, const void *input,
                                   size_t count);

size_t hindcast_zlib_bound(size_t count);
ptrdiff_t hindcast_zlib_compress(void *output, size_t capacity, const void *input, size_t count, int level);
ptrdiff_t hindcast_zlib_decompress(void *output, size_t capacity, const void *input, size_t count);

#endif
