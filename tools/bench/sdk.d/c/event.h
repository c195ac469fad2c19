// An event as events.py writes it to a file: one record for each, in the order of this struct, little-endian.
#ifndef EVENT_H
#define EVENT_H
#include <stddef.h>
#include <stdint.h>

enum { NUMBERS = 12, INTEGERS = 6, FLAGS = 3, TEXTS = 6, FEATURES = 30, OUTPUTS = 2 };

struct text {
  char bytes[31];  // a NUL behind the last
  uint8_t length;
};

struct event {
  double numbers[NUMBERS];
  double score;
  double income;
  int64_t integers[INTEGERS];
  int64_t card_issued_us;
  float similarity;
  uint8_t flags[FLAGS];
  uint8_t label;
  uint8_t has_income;
  uint8_t nothing[3];
  struct text texts[TEXTS];
};

extern const char *const number_names[NUMBERS];
extern const char *const integer_names[INTEGERS];
extern const char *const flag_names[FLAGS];
extern const char *const text_names[TEXTS];

struct pool {
  const struct event *events;
  size_t count;
};

// Ends the process with a message if the file can't be read.
struct pool read_pool(const char *path);

// What an event gets when it is logged: an id of 16 bytes, a UUID of version 7, and the present time.
struct stamp {
  uint8_t id[16];
  int64_t time_us;
};
struct stamp stamp_now(void);

// Ways to write an event into `buffer`, which has room for EVENT_BYTES_MAX; they return the bytes written.
enum { EVENT_BYTES_MAX = 4096 };
typedef size_t (*event_writer)(const struct event *event, uint8_t *buffer);
size_t write_named(const struct event *event, uint8_t *buffer);  // protobuf NamedEvent
size_t write_typed(const struct event *event, uint8_t *buffer);  // protobuf TypedEvent
size_t write_json(const struct event *event, uint8_t *buffer);   // a line of JSON
size_t write_raw(const struct event *event, uint8_t *buffer);    // 8 bytes a number, a byte a flag, texts with a byte of length
#endif
