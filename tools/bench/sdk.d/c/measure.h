// Takes the time of a peer's calls, as Sources/Benchmarks/SDKBenchmark does for ours.
#ifndef MEASURE_H
#define MEASURE_H
#include <stdint.h>

#include "event.h"

// One way to log events. Functions that are not needed are NULL.
struct sink {
  void (*log)(const struct event *event);
  void (*serve)(void);  // after every 64 events: what the library wants of its caller
  void (*pause)(void);  // between batches: waits until everything is delivered
};

struct call_options {
  struct pool pool;
  int threads, batch, batches, rate;
  double paced_seconds;
};

enum clock_name { WALL, THREAD, PROCESS };
uint64_t now(enum clock_name clock);  // nanoseconds

// Writes one line of JSON without its last bracket, so that the caller can add to it.
void measure_calls(const struct sink *sink, const struct call_options *options);
#endif
