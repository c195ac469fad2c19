#ifndef JETSTREAM_H
#define JETSTREAM_H
#include "measure.h"

// Batches of rows, typed protobuf compressed by zstd, published until all are acknowledged; begins the line of JSON.
void jetstream_deliver(const char *url, const struct pool *pool, long count, int rows, int level);
#endif
