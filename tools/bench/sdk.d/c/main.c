// usage: peers calls WAY --events FILE [--threads N] [--batch N] [--batches N] [--rate N] [--paced-seconds S]
//        peers deliver WAY --events FILE [--count N] [--rows N] [--level N]
//
// WAY of calls: kafka-named, kafka-typed (with --server), json (with --file), pack-named, pack-typed, values, values-lock,
// memcpy, lock, stamp. WAY of deliver: kafka-named, kafka-typed, jetstream, all with --server. Prints one line of JSON.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jetstream.h"
#include "kafka.h"
#include "limits.h"

int main(int count, char **words) {
  static const struct option names[] = {
      {"events", 1, 0, 'e'}, {"server", 1, 0, 's'}, {"threads", 1, 0, 't'}, {"batch", 1, 0, 'b'},
      {"batches", 1, 0, 'B'}, {"rate", 1, 0, 'r'},  {"paced-seconds", 1, 0, 'p'}, {"count", 1, 0, 'c'},
      {"rows", 1, 0, 'R'},   {"level", 1, 0, 'l'},  {"file", 1, 0, 'f'},   {0, 0, 0, 0}};
  struct call_options options = {.threads = 1, .batch = 50000, .batches = 5, .rate = 50000, .paced_seconds = 4};
  const char *events = NULL, *server = NULL, *file = NULL;
  long total = 1000000;
  int rows = 500, level = 3;
  for (int name; (name = getopt_long(count, words, "", names, NULL)) != -1;) {
    switch (name) {
      case 'e': events = optarg; break;
      case 's': server = optarg; break;
      case 'f': file = optarg; break;
      case 't': options.threads = atoi(optarg); break;
      case 'b': options.batch = atoi(optarg); break;
      case 'B': options.batches = atoi(optarg); break;
      case 'r': options.rate = atoi(optarg); break;
      case 'p': options.paced_seconds = atof(optarg); break;
      case 'c': total = atol(optarg); break;
      case 'R': rows = atoi(optarg); break;
      case 'l': level = atoi(optarg); break;
      default: return 2;
    }
  }
  if (count - optind != 2 || !events || total < 1 || rows < 1 || options.batches < 1 || options.rate < 1) {
    fprintf(stderr, "peers: see the head of main.c\n");
    return 2;
  }
  const char *what = words[optind], *way = words[optind + 1];
  options.pool = read_pool(events);
  int is_kafka = strncmp(way, "kafka-", 6) == 0, is_jetstream = strcmp(way, "jetstream") == 0;
  if ((is_kafka || is_jetstream) && !server) {
    fprintf(stderr, "peers: %s needs --server\n", way);
    return 2;
  }
  if (is_kafka) kafka_begin(server, strcmp(way, "kafka-typed") == 0 ? write_typed : write_named);
  if (strcmp(what, "deliver") == 0 && is_kafka) {
    kafka_deliver(&options.pool, total);
  } else if (strcmp(what, "deliver") == 0 && is_jetstream) {
    jetstream_deliver(server, &options.pool, total, rows, level);
  } else {
    const struct sink *sink = is_kafka ? kafka_sink() : limits_sink(way, file);
    if (strcmp(what, "calls") != 0 || !sink) {
      fprintf(stderr, "peers: there is no %s of %s\n", what, way);
      return 2;
    }
    measure_calls(sink, &options);
  }
  if (is_kafka) kafka_end();
  puts("}");
  return 0;
}
