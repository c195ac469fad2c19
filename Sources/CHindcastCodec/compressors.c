#include "hindcast_codec.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

struct hindcast_zstd {
  ZSTD_CCtx *compressor;
  ZSTD_DCtx *decompressor;
};

hindcast_zstd *hindcast_zstd_create(void) {
  hindcast_zstd *context = calloc(1, sizeof *context);
  if (!context) abort();
  return context;
}

void hindcast_zstd_destroy(hindcast_zstd *context) {
  ZSTD_freeCCtx(context->compressor);
  ZSTD_freeDCtx(context->decompressor);
  free(context);
}

size_t hindcast_zstd_bound(size_t count) { return ZSTD_compressBound(count); }

ptrdiff_t hindcast_zstd_compress(hindcast_zstd *context, void *output, size_t capacity, const void *input, size_t count,
                                 int level) {
  if (!context->compressor && !(context->compressor = ZSTD_createCCtx())) return -1;
  size_t written = ZSTD_compressCCtx(context->compressor, output, capacity, input, count, level);
  return ZSTD_isError(written) ? -1 : (ptrdiff_t)written;
}

ptrdiff_t hindcast_zstd_decompress(hindcast_zstd *context, void *output, size_t capacity, const void *input,
                                   size_t count) {
  if (!context->decompressor && !(context->decompressor = ZSTD_createDCtx())) return -1;
  size_t written = ZSTD_decompressDCtx(context->decompressor, output, capacity, input, count);
  return ZSTD_isError(written) ? -1 : (ptrdiff_t)written;
}

size_t hindcast_zlib_bound(size_t count) { return compressBound(count); }

ptrdiff_t hindcast_zlib_compress(void *output, size_t capacity, const void *input, size_t count, int level) {
  uLongf written = capacity;
  return compress2(output, &written, input, count, level) == Z_OK ? (ptrdiff_t)written : -1;
}

ptrdiff_t hindcast_zlib_decompress(void *output, size_t capacity, const void *input, size_t count) {
  uLongf written = capacity;
  uLong read = count;
  /* Bytes behind the stream are not a part of it. */
  return uncompress2(output, &written, input, &read) == Z_OK && read == count ? (ptrdiff_t)written : -1;
}
