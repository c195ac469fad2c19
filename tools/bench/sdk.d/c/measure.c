#define _GNU_SOURCE
#include "measure.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum kind { PROCESSOR_TIME, ALLOCATIONS, SINGLE_CALLS, PACED };
enum { EVENTS_A_SERVE = 64, THREADS_MAX = 64 };

uint64_t now(enum clock_name clock) {
  static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID, CLOCK_PROCESS_CPUTIME_ID};
  struct timespec time;
  clock_gettime(clocks[clock], &time);
  return (uint64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void sleep_until(uint64_t moment) {
  uint64_t present = now(WALL);
  if (moment <= present) return;
  struct timespec rest = {(moment - present) / 1000000000, (moment - present) % 1000000000};
  while (nanosleep(&rest, &rest) != 0) {}
}

struct team {
  const struct sink *sink;
  const struct call_options *options;
  enum kind kind;
  int calls;  // of each thread
  int burst;  // of paced calls
  uint64_t interval;
  atomic_int missing;
  uint64_t (*allocations)(void);
};

struct member {
  struct team *team;
  int number;
  uint64_t sum;
  uint32_t *times;  // of each call; those of a thread that takes none: NULL
};

struct position {
  const struct event *next, *first, *end;
  int until_serve;
};

static const struct event *advance(struct position *position) {
  const struct event *event = position->next++;
  if (position->next == position->end) position->next = position->first;
  return event;
}

static void serve(const struct sink *sink, struct position *position) {
  if (--position->until_serve > 0) return;
  position->until_serve = EVENTS_A_SERVE;
  if (sink->serve) sink->serve();
}

static uint32_t timed(const struct sink *sink, struct position *position) {
  uint64_t began = now(WALL);
  sink->log(advance(position));
  uint64_t elapsed = now(WALL) - began;
  serve(sink, position);
  return elapsed < UINT32_MAX ? elapsed : UINT32_MAX;
}

static void *run_member(void *argument) {
  struct member *member = argument;
  struct team *team = member->team;
  const struct sink *sink = team->sink;
  const struct pool *pool = &team->options->pool;
  struct position position = {
      pool->events + pool->count / team->options->threads * member->number, pool->events, pool->events + pool->count,
      EVENTS_A_SERVE};
  atomic_fetch_sub(&team->missing, 1);
  while (atomic_load(&team->missing) > 0) sched_yield();
  uint64_t began = team->kind == ALLOCATIONS ? team->allocations() : now(THREAD);
  switch (team->kind) {
    case PROCESSOR_TIME:
    case ALLOCATIONS:
      for (int i = 0; i < team->calls; i++) {
        sink->log(advance(&position));
        serve(sink, &position);
      }
      break;
    case SINGLE_CALLS:
      for (int i = 0; i < team->calls; i++) member->times[i] = timed(sink, &position);
      break;
    case PACED: {
      uint64_t first = now(WALL) + team->interval * member->number / team->options->threads;
      for (int i = 0; i < team->calls; i++) {
        if (i % team->burst == 0) sleep_until(first + team->interval * (i / team->burst));
        member->times[i] = timed(sink, &position);
      }
    }
  }
  member->sum = (team->kind == ALLOCATIONS ? team->allocations() : now(THREAD)) - began;
  return NULL;
}

// Runs all threads once. Returns what an event took; times of single calls go to `times`.
static double run_team(struct team *team, uint32_t *times) {
  struct member members[THREADS_MAX];
  pthread_t threads[THREADS_MAX];
  int count = team->options->threads;
  atomic_store(&team->missing, count);
  for (int i = 0; i < count; i++) {
    members[i] = (struct member){team, i, 0, times ? times + (size_t)team->calls * i : NULL};
    if (pthread_create(&threads[i], NULL, run_member, &members[i]) != 0) {
      fprintf(stderr, "peers: the system has no thread; look at its limits (ulimit -u)\n");
      exit(1);
    }
  }
  uint64_t sum = 0;
  for (int i = 0; i < count; i++) {
    pthread_join(threads[i], NULL);
    sum += members[i].sum;
  }
  return (double)sum / team->calls / count;
}

static int ascending_times(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return a < b ? -1 : a > b;
}

static int ascending(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return a < b ? -1 : a > b;
}

static void print_times(const char *name, uint32_t *times, size_t count) {
  qsort(times, count, sizeof *times, ascending_times);
  printf(",\"%s\":{\"p50\":%u,\"p99\":%u,\"p99.9\":%u,\"max\":%u,\"calls\":%zu}", name, times[count / 2],
         times[count * 99 / 100], times[count * 999 / 1000], times[count - 1], count);
}

static uint32_t clock_cost(void) {
  static uint32_t costs[10001];
  for (int i = 0; i < 10001; i++) {
    uint64_t began = now(WALL);
    costs[i] = now(WALL) - began;
  }
  qsort(costs, 10001, sizeof *costs, ascending_times);
  return costs[5000];
}

static void pause_between(const struct sink *sink) {
  if (sink->pause) sink->pause();
}

void measure_calls(const struct sink *sink, const struct call_options *options) {
  int threads = options->threads;
  if (threads < 1 || threads > THREADS_MAX) {
    fprintf(stderr, "peers: --threads is 1 to %d\n", THREADS_MAX);
    exit(2);
  }
  int per_thread = options->batch / threads > 0 ? options->batch / threads : 1;
  struct team team = {.sink = sink, .options = options, .kind = PROCESSOR_TIME, .calls = per_thread};
  team.allocations = (uint64_t (*)(void))dlsym(RTLD_DEFAULT, "thread_allocations");
  double found[1024];
  int batches = options->batches < 1024 ? options->batches : 1024;
  for (int i = -1; i < batches; i++) {  // the first one warms up
    double nanoseconds = run_team(&team, NULL);
    if (i >= 0) found[i] = nanoseconds;
    pause_between(sink);
  }
  qsort(found, batches, sizeof *found, ascending);
  printf("{\"cpu_ns\":%.2f,\"clock_ns\":%u", found[batches / 2], clock_cost());
  if (team.allocations) {
    team.kind = ALLOCATIONS;
    printf(",\"allocations\":%.4f", run_team(&team, NULL));
    pause_between(sink);
  }

  team.kind = SINGLE_CALLS;
  size_t a_batch = (size_t)per_thread * threads;
  uint32_t *times = calloc(a_batch * batches, sizeof *times);
  for (int i = 0; i < batches; i++) {
    run_team(&team, times + a_batch * i);
    pause_between(sink);
  }
  print_times("full_rate", times, a_batch * batches);
  free(times);

  team.kind = PACED;
  team.burst = options->rate / threads / 1000 > 0 ? options->rate / threads / 1000 : 1;
  team.interval = (uint64_t)team.burst * threads * 1000000000 / options->rate;
  int bursts = options->paced_seconds * 1e9 / team.interval;
  team.calls = (bursts > 0 ? bursts : 1) * team.burst;
  times = calloc((size_t)team.calls * threads, sizeof *times);
  uint64_t began = now(WALL);
  run_team(&team, times);
  double seconds = (now(WALL) - began) / 1e9;
  print_times("paced", times, (size_t)team.calls * threads);
  printf(",\"paced_events_per_second\":%.0f", (double)team.calls * threads / seconds);
  free(times);
  pause_between(sink);
}
