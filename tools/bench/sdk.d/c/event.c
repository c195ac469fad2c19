#include "event.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(struct event) == 376, "events.py and EventPool.swift lay out 376 bytes");

const char *const number_names[NUMBERS] = {
    "amount",       "balance",      "average_30d", "amount_ratio", "hours_since_last", "distance_km",
    "velocity_1h",  "velocity_24h", "device_risk", "address_risk", "merchant_risk",    "account_age_days"};
const char *const integer_names[INTEGERS] = {"hour",            "transactions_24h", "merchant_category",
                                             "failed_attempts", "card_prefix",      "account"};
const char *const flag_names[FLAGS] = {"card_present", "is_foreign", "is_recurring"};
const char *const text_names[TEXTS] = {"country", "currency", "channel", "merchant", "city", "session"};

struct pool read_pool(const char *path) {
  struct stat status;
  int descriptor = open(path, O_RDONLY);
  if (descriptor < 0 || fstat(descriptor, &status) != 0 || status.st_size < (off_t)sizeof(struct event)) {
    fprintf(stderr, "peers: can't read %s\n", path);
    exit(1);
  }
  void *map = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
  if (map == MAP_FAILED) {
    fprintf(stderr, "peers: can't map %s\n", path);
    exit(1);
  }
  close(descriptor);
  return (struct pool){map, status.st_size / sizeof(struct event)};
}

static uint64_t random_bits(void) {
  // splitmix64; each thread has its own.
  static __thread uint64_t state;
  if (state == 0) state = (uint64_t)(uintptr_t)&state ^ (uint64_t)time(NULL) << 20;
  uint64_t mixed = state += 0x9e3779b97f4a7c15;
  mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
  return mixed ^ mixed >> 31;
}

struct stamp stamp_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  struct stamp stamp = {.time_us = (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000};
  uint64_t high = __builtin_bswap64((uint64_t)(stamp.time_us / 1000) << 16 | 0x7000 | (random_bits() & 0xfff));
  uint64_t low = __builtin_bswap64(random_bits() >> 2 | 0x8000000000000000);
  __builtin_memcpy(stamp.id, &high, 8);
  __builtin_memcpy(stamp.id + 8, &low, 8);
  return stamp;
}
