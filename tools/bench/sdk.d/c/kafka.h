#ifndef KAFKA_H
#define KAFKA_H
#include "measure.h"

void kafka_begin(const char *bootstrap, event_writer writer);
const struct sink *kafka_sink(void);
// Sends events as fast as they are taken until the broker has acknowledged all; begins the line of JSON.
void kafka_deliver(const struct pool *pool, long count);
void kafka_end(void);
#endif
