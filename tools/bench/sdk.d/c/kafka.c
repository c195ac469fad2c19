// Events as protobuf through librdkafka: zstd, a linger of 100 ms, a queue in which no case runs out of room, and its defaults.
#include "kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rd_kafka_t *producer;
static rd_kafka_topic_t *topic;
static event_writer writer;
static atomic_llong dropped, failed;
static long long delivered, sent_bytes;
static int stats_seen;

static void take_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
  (void)rk, (void)opaque;
  if (message->err) atomic_fetch_add(&failed, 1); else __atomic_fetch_add(&delivered, 1, __ATOMIC_RELAXED);
}

static int take_statistics(rd_kafka_t *rk, char *json, size_t length, void *opaque) {
  (void)rk, (void)length, (void)opaque;
  const char *found = strstr(json, "\"tx_bytes\":");
  if (found) sent_bytes = strtoll(found + 11, NULL, 10);
  stats_seen++;
  return 0;
}

static void set(rd_kafka_conf_t *configuration, const char *name, const char *value) {
  char error[512];
  if (rd_kafka_conf_set(configuration, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) {
    fprintf(stderr, "peers: librdkafka: %s\n", error);
    exit(1);
  }
}

void kafka_begin(const char *bootstrap, event_writer chosen) {
  char error[512];
  rd_kafka_conf_t *configuration = rd_kafka_conf_new();
  set(configuration, "bootstrap.servers", bootstrap);
  set(configuration, "compression.codec", "zstd");
  set(configuration, "linger.ms", "100");
  set(configuration, "queue.buffering.max.messages", "2000000");
  set(configuration, "statistics.interval.ms", "500");
  rd_kafka_conf_set_dr_msg_cb(configuration, take_report);
  rd_kafka_conf_set_stats_cb(configuration, take_statistics);
  writer = chosen;
  producer = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, error, sizeof error);
  if (!producer) {
    fprintf(stderr, "peers: librdkafka: %s\n", error);
    exit(1);
  }
  topic = rd_kafka_topic_new(producer, "events", NULL);
}

static int try_log(const struct event *event) {
  uint8_t row[EVENT_BYTES_MAX];
  size_t count = writer(event, row);
  return rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, row, count, NULL, 0, NULL);
}

static void log_event(const struct event *event) {
  if (try_log(event) != 0) atomic_fetch_add(&dropped, 1);
}

static void serve(void) { rd_kafka_poll(producer, 0); }

static void wait_until_delivered(void) {
  if (rd_kafka_flush(producer, 60000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    fprintf(stderr, "peers: librdkafka: %d messages were not delivered within 60 s\n", rd_kafka_outq_len(producer));
    exit(1);
  }
}

const struct sink *kafka_sink(void) {
  static const struct sink sink = {log_event, serve, wait_until_delivered};
  return &sink;
}

void kafka_deliver(const struct pool *pool, long count) {
  log_event(&pool->events[0]);
  wait_until_delivered();
  // Statistics say what was sent; the latest before the clock starts.
  for (int seen = stats_seen; stats_seen == seen;) rd_kafka_poll(producer, 50);
  long long delivered_before = delivered, bytes_before = sent_bytes;
  uint64_t wall = now(WALL), process = now(PROCESS), thread = now(THREAD);
  for (long i = 0; i < count; i++) {
    while (try_log(&pool->events[i % pool->count]) != 0) rd_kafka_poll(producer, 10);
    if (i % 64 == 0) serve();
  }
  uint64_t caller = now(THREAD) - thread;
  wait_until_delivered();
  double seconds = (now(WALL) - wall) / 1e9;
  uint64_t whole = now(PROCESS) - process;
  long long events = delivered - delivered_before;
  for (int seen = stats_seen; stats_seen == seen;) rd_kafka_poll(producer, 50);
  printf("{\"events\":%lld,\"seconds\":%.6f,\"cpu_ns\":%.2f,\"caller_cpu_ns\":%.2f,\"bytes\":%lld", events, seconds,
         (double)whole / count, (double)caller / count, sent_bytes - bytes_before);
}

void kafka_end(void) {
  printf(",\"dropped\":%lld,\"failed\":%lld,\"version\":\"%s\"", (long long)dropped, (long long)failed,
         rd_kafka_version_str());
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(producer);
}
