// Rows in batches, each row with its length before it, compressed by zstd, to NATS JetStream: a stream in a file, with
// acknowledgements awaited behind the publishing, as many batches on their way as fit 256 messages.
#include "jetstream.h"

#include <nats/nats.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

enum { PENDING_MAX = 256, WAIT_MILLISECONDS = 120000 };
static atomic_long refused;

static void must(natsStatus status, const char *what) {
  if (status == NATS_OK) return;
  fprintf(stderr, "peers: NATS: %s: %s\n", what, natsStatus_GetText(status));
  exit(1);
}

static void take_error(jsCtx *context, jsPubAckErr *error, void *closure) {
  (void)context, (void)error, (void)closure;
  atomic_fetch_add(&refused, 1);
}

static size_t write_row(const struct event *event, uint8_t *buffer) {
  uint8_t row[EVENT_BYTES_MAX];
  size_t count = write_typed(event, row), rest = count, used = 0;
  for (; rest >= 128; rest >>= 7) buffer[used++] = rest | 128;
  buffer[used++] = rest;
  __builtin_memcpy(buffer + used, row, count);
  return used + count;
}

void jetstream_deliver(const char *url, const struct pool *pool, long count, int rows, int level) {
  natsConnection *connection = NULL;
  jsCtx *context = NULL;
  jsStreamInfo *info = NULL;
  jsErrCode code = 0;
  jsOptions options;
  jsStreamConfig stream;
  must(natsConnection_ConnectTo(&connection, url), url);
  must(jsOptions_Init(&options), "options");
  options.PublishAsync.MaxPending = PENDING_MAX;
  options.PublishAsync.StallWait = WAIT_MILLISECONDS;
  options.PublishAsync.ErrHandler = take_error;
  must(natsConnection_JetStream(&context, connection, &options), "JetStream");
  must(jsStreamConfig_Init(&stream), "stream");
  const char *subjects[] = {"events"};
  stream.Name = "EVENTS";
  stream.Subjects = subjects;
  stream.SubjectsLen = 1;
  stream.Storage = js_FileStorage;
  must(js_AddStream(&info, context, &stream, NULL, &code), "add a stream");
  jsStreamInfo_Destroy(info);

  size_t batch_max = (size_t)rows * (EVENT_BYTES_MAX + 4), packed_max = ZSTD_compressBound(batch_max);
  uint8_t *batch = malloc(batch_max), *packed = malloc(packed_max);
  ZSTD_CCtx *compressor = ZSTD_createCCtx();
  jsPubOptions patience;
  must(jsPubOptions_Init(&patience), "options");
  patience.MaxWait = WAIT_MILLISECONDS;
  must(js_PublishAsync(context, "events", "", 0, NULL), "publish");
  must(js_PublishAsyncComplete(context, &patience), "first acknowledgement");

  long long bytes = 0, messages = 0;
  uint64_t wall = now(WALL), process = now(PROCESS), thread = now(THREAD);
  for (long first = 0; first < count; first += rows) {
    size_t used = 0;
    for (long i = first; i < first + rows && i < count; i++) {
      used += write_row(&pool->events[i % pool->count], batch + used);
    }
    size_t size = ZSTD_compressCCtx(compressor, packed, packed_max, batch, used, level);
    if (ZSTD_isError(size)) {
      fprintf(stderr, "peers: zstd: %s\n", ZSTD_getErrorName(size));
      exit(1);
    }
    must(js_PublishAsync(context, "events", packed, (int)size, NULL), "publish");
    bytes += size;
    messages++;
  }
  uint64_t caller = now(THREAD) - thread;
  must(js_PublishAsyncComplete(context, &patience), "acknowledgements");
  double seconds = (now(WALL) - wall) / 1e9;
  uint64_t whole = now(PROCESS) - process;
  long lost = atomic_load(&refused);
  printf("{\"events\":%ld,\"seconds\":%.6f,\"cpu_ns\":%.2f,\"caller_cpu_ns\":%.2f,\"bytes\":%lld,\"messages\":%lld,"
         "\"failed\":%ld",
         lost ? 0 : count, seconds, (double)whole / count, (double)caller / count, bytes, messages, lost);
  jsCtx_Destroy(context);
  natsConnection_Destroy(connection);
  ZSTD_freeCCtx(compressor);
  free(batch);
  free(packed);
}
