// What a call could cost at best, and JSON lines to a file.
#include "limits.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Chunks that are filled one after the other, and then again, as a queue's are whose events have left. A thread has a ring to
// itself and leaves it to the next batch's: the kernel's zeroing of new pages is not to be measured.
enum { CHUNK_BYTES = 64 << 10, CHUNKS = 512, RINGS = 64 };
struct ring {
  atomic_flag is_taken;
  uint8_t *chunks[CHUNKS];
  int chunk;
  size_t used;
};
static struct ring rings[RINGS];
static __thread struct ring *own;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *file;

static void leave_ring(void *ring) { atomic_flag_clear(&((struct ring *)ring)->is_taken); }
static void make_key(void) { pthread_key_create(&key, leave_ring); }

static void take_ring(void) {
  pthread_once(&once, make_key);
  int index = 0;
  while (atomic_flag_test_and_set(&rings[index].is_taken)) index = (index + 1) % RINGS;
  own = &rings[index];
  pthread_setspecific(key, own);
  for (int i = 0; i < CHUNKS; i++) {
    if (!own->chunks[i]) own->chunks[i] = memset(malloc(CHUNK_BYTES), 1, CHUNK_BYTES);
  }
}

static inline uint8_t *room(size_t count) {
  if (!own) take_ring();
  if (own->used + count > CHUNK_BYTES) {
    own->chunk = (own->chunk + 1) % CHUNKS;
    own->used = 0;
  }
  return own->chunks[own->chunk] + own->used;
}

// The bytes of an event's values are within the first so many of its record; texts are mostly shorter than theirs.
enum { PLAIN_BYTES = 232 };
static void copy(const struct event *event) {
  memcpy(room(PLAIN_BYTES), event, PLAIN_BYTES);
  own->used += PLAIN_BYTES;
}

static void append(event_writer writer, const struct event *event) {
  uint8_t *place = room(EVENT_BYTES_MAX);
  own->used += writer(event, place);
}

static void copy_values(const struct event *event) { append(write_raw, event); }

static void copy_values_locked(const struct event *event) {
  pthread_mutex_lock(&lock);
  copy_values(event);
  pthread_mutex_unlock(&lock);
}

static void lock_only(const struct event *event) {
  (void)event;
  pthread_mutex_lock(&lock);
  pthread_mutex_unlock(&lock);
}

static void stamp(const struct event *event) {
  (void)event;
  struct stamp made = stamp_now();
  memcpy(room(sizeof made), &made, sizeof made);
  own->used += sizeof made;
}

static void pack_named(const struct event *event) { append(write_named, event); }
static void pack_typed(const struct event *event) { append(write_typed, event); }

static void write_line(const struct event *event) {
  uint8_t line[EVENT_BYTES_MAX];
  size_t count = write_json(event, line);
  if (fwrite(line, 1, count, file) != count) {
    fprintf(stderr, "peers: can't write the file of JSON lines\n");
    exit(1);
  }
}

static void rewind_file(void) {
  fflush(file);
  rewind(file);
}

const struct sink *limits_sink(const char *name, const char *path) {
  static const struct {
    const char *name;
    struct sink sink;
  } sinks[] = {
      {"memcpy", {copy, NULL, NULL}},           {"values", {copy_values, NULL, NULL}},
      {"values-lock", {copy_values_locked, NULL, NULL}}, {"lock", {lock_only, NULL, NULL}},
      {"stamp", {stamp, NULL, NULL}},           {"pack-named", {pack_named, NULL, NULL}},
      {"pack-typed", {pack_typed, NULL, NULL}}, {"json", {write_line, NULL, rewind_file}},
  };
  for (size_t i = 0; i < sizeof sinks / sizeof *sinks; i++) {
    if (strcmp(sinks[i].name, name) != 0) continue;
    if (strcmp(name, "json") == 0 && !(path && (file = fopen(path, "w")))) {
      fprintf(stderr, "peers: json needs --file, and can't open it\n");
      exit(1);
    }
    return &sinks[i].sink;
  }
  return NULL;
}
