#include "hindcast_gunzip.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

struct hindcast_gunzip {
  z_stream zlib;
  int member_ended;
};

// 15 bits of window, plus 16: gzip headers and trailers only.
static const int window_bits = 15 + 16;

hindcast_gunzip *hindcast_gunzip_create(void) {
  hindcast_gunzip *stream = calloc(1, sizeof *stream);
  if (!stream) return NULL;
  if (inflateInit2(&stream->zlib, window_bits) != Z_OK) {
    free(stream);
    return NULL;
  }
  return stream;
}

void hindcast_gunzip_destroy(hindcast_gunzip *stream) {
  if (!stream) return;
  inflateEnd(&stream->zlib);
  free(stream);
}

hindcast_gunzip_result hindcast_gunzip_step(hindcast_gunzip *stream, const void *input, size_t count, size_t *consumed,
                                            void *output, size_t capacity, size_t *produced) {
  *consumed = *produced = 0;
  if (!capacity) return HINDCAST_GUNZIP_MORE;
  if (stream->member_ended) {
    if (!count) return HINDCAST_GUNZIP_MEMBER_END;
    if (inflateReset(&stream->zlib) != Z_OK) return HINDCAST_GUNZIP_CORRUPT;
    stream->member_ended = 0;
  }
  // Without input, output that did not fit last time still comes.
  uInt in = count > UINT_MAX ? UINT_MAX : (uInt)count;
  uInt out = capacity > UINT_MAX ? UINT_MAX : (uInt)capacity;
  stream->zlib.next_in = (Bytef *)input;
  stream->zlib.avail_in = in;
  stream->zlib.next_out = output;
  stream->zlib.avail_out = out;
  int result = inflate(&stream->zlib, Z_NO_FLUSH);
  *consumed = in - stream->zlib.avail_in;
  *produced = out - stream->zlib.avail_out;
  stream->zlib.next_in = NULL;
  stream->zlib.next_out = NULL;
  switch (result) {
    case Z_STREAM_END: stream->member_ended = 1; return HINDCAST_GUNZIP_MEMBER_END;
    case Z_OK:
    case Z_BUF_ERROR: return HINDCAST_GUNZIP_MORE;
    case Z_MEM_ERROR: return HINDCAST_GUNZIP_NO_MEMORY;
    default: return HINDCAST_GUNZIP_CORRUPT;
  }
}
