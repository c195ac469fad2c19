// The event as protobuf, packed by protobuf-c, as JSON, and as bare bytes.
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "fraud.pb-c.h"

static const char model[] = "fraud", version[] = "2026-11-01";

static void set_number(Peers__Feature *feature, double value) {
  feature->value_case = PEERS__FEATURE__VALUE_NUMBER;
  feature->number = value;
}

size_t write_named(const struct event *event, uint8_t *buffer) {
  struct stamp stamp = stamp_now();
  Peers__Feature features[FEATURES + OUTPUTS], *pointers[FEATURES + OUTPUTS];
  for (int i = 0; i < FEATURES + OUTPUTS; i++) {
    peers__feature__init(&features[i]);
    pointers[i] = &features[i];
  }
  Peers__Feature *next = features;
  for (int i = 0; i < NUMBERS; i++, next++) {
    next->name = (char *)number_names[i];
    set_number(next, event->numbers[i]);
  }
  next->name = "income";
  if (event->has_income) set_number(next, event->income);
  next++;
  for (int i = 0; i < INTEGERS; i++, next++) {
    next->name = (char *)integer_names[i];
    next->value_case = PEERS__FEATURE__VALUE_INTEGER;
    next->integer = event->integers[i];
  }
  next->name = "card_issued";
  next->value_case = PEERS__FEATURE__VALUE_TIME_US;
  next->time_us = event->card_issued_us;
  next++;
  next->name = "similarity";
  next->value_case = PEERS__FEATURE__VALUE_SINGLE;
  next->single = event->similarity;
  next++;
  for (int i = 0; i < FLAGS; i++, next++) {
    next->name = (char *)flag_names[i];
    next->value_case = PEERS__FEATURE__VALUE_FLAG;
    next->flag = event->flags[i];
  }
  for (int i = 0; i < TEXTS; i++, next++) {
    next->name = (char *)text_names[i];
    next->value_case = PEERS__FEATURE__VALUE_TEXT;
    next->text = (char *)event->texts[i].bytes;
  }
  next->name = "score";
  set_number(next, event->score);
  next++;
  next->name = "label";
  next->value_case = PEERS__FEATURE__VALUE_FLAG;
  next->flag = event->label;

  Peers__NamedEvent row = PEERS__NAMED_EVENT__INIT;
  row.id = (ProtobufCBinaryData){sizeof stamp.id, stamp.id};
  row.time_us = stamp.time_us;
  row.model = (char *)model;
  row.version = (char *)version;
  row.n_features = FEATURES;
  row.features = pointers;
  row.n_outputs = OUTPUTS;
  row.outputs = pointers + FEATURES;
  return peers__named_event__pack(&row, buffer);
}

size_t write_typed(const struct event *event, uint8_t *buffer) {
  struct stamp stamp = stamp_now();
  Peers__TypedEvent row = PEERS__TYPED_EVENT__INIT;
  row.id = (ProtobufCBinaryData){sizeof stamp.id, stamp.id};
  row.time_us = stamp.time_us;
  row.model = (char *)model;
  row.version = (char *)version;
  row.amount = event->numbers[0];
  row.balance = event->numbers[1];
  row.average_30d = event->numbers[2];
  row.amount_ratio = event->numbers[3];
  row.hours_since_last = event->numbers[4];
  row.distance_km = event->numbers[5];
  row.velocity_1h = event->numbers[6];
  row.velocity_24h = event->numbers[7];
  row.device_risk = event->numbers[8];
  row.address_risk = event->numbers[9];
  row.merchant_risk = event->numbers[10];
  row.account_age_days = event->numbers[11];
  if (event->has_income) {
    row.known_income_case = PEERS__TYPED_EVENT__KNOWN_INCOME_INCOME;
    row.income = event->income;
  }
  row.hour = event->integers[0];
  row.transactions_24h = event->integers[1];
  row.merchant_category = event->integers[2];
  row.failed_attempts = event->integers[3];
  row.card_prefix = event->integers[4];
  row.account = event->integers[5];
  row.card_issued_us = event->card_issued_us;
  row.similarity = event->similarity;
  row.card_present = event->flags[0];
  row.is_foreign = event->flags[1];
  row.is_recurring = event->flags[2];
  row.country = (char *)event->texts[0].bytes;
  row.currency = (char *)event->texts[1].bytes;
  row.channel = (char *)event->texts[2].bytes;
  row.merchant = (char *)event->texts[3].bytes;
  row.city = (char *)event->texts[4].bytes;
  row.session = (char *)event->texts[5].bytes;
  row.score = event->score;
  row.label = event->label;
  return peers__typed_event__pack(&row, buffer);
}

size_t write_json(const struct event *event, uint8_t *buffer) {
  struct stamp stamp = stamp_now();
  char *next = (char *)buffer, *end = next + EVENT_BYTES_MAX;
#define PUT(...) (next += snprintf(next, end - next, __VA_ARGS__))
  PUT("{\"id\":\"");
  for (int i = 0; i < 16; i++) {
    static const char digits[] = "0123456789abcdef";
    if (i == 4 || i == 6 || i == 8 || i == 10) *next++ = '-';
    *next++ = digits[stamp.id[i] >> 4];
    *next++ = digits[stamp.id[i] & 15];
  }
  PUT("\",\"time_us\":%lld,\"model\":\"%s\",\"version\":\"%s\",\"features\":{", (long long)stamp.time_us, model, version);
  // 17 digits, since fewer can lose bits.
  for (int i = 0; i < NUMBERS; i++) PUT("\"%s\":%.17g,", number_names[i], event->numbers[i]);
  if (event->has_income) PUT("\"income\":%.17g,", event->income); else PUT("\"income\":null,");
  for (int i = 0; i < INTEGERS; i++) PUT("\"%s\":%lld,", integer_names[i], (long long)event->integers[i]);
  PUT("\"card_issued\":%lld,\"similarity\":%.9g", (long long)event->card_issued_us, event->similarity);
  for (int i = 0; i < FLAGS; i++) PUT(",\"%s\":%s", flag_names[i], event->flags[i] ? "true" : "false");
  // No text of the pool needs escaping.
  for (int i = 0; i < TEXTS; i++) PUT(",\"%s\":\"%s\"", text_names[i], event->texts[i].bytes);
  PUT("},\"outputs\":{\"score\":%.17g,\"label\":%s}}\n", event->score, event->label ? "true" : "false");
#undef PUT
  return next - (char *)buffer;
}

size_t write_raw(const struct event *event, uint8_t *buffer) {
  uint8_t *next = buffer;
#define PUT(bytes, count) (memcpy(next, bytes, count), next += (count))
  for (int i = 0; i < NUMBERS; i++) PUT(&event->numbers[i], 8);
  PUT(&event->score, 8);
  PUT(&event->income, 8);
  for (int i = 0; i < INTEGERS; i++) PUT(&event->integers[i], 8);
  PUT(&event->card_issued_us, 8);
  PUT(&event->similarity, 4);
  for (int i = 0; i < FLAGS; i++) *next++ = event->flags[i];
  *next++ = event->label;
  *next++ = event->has_income;
  for (int i = 0; i < TEXTS; i++) {
    *next++ = event->texts[i].length;
    PUT(event->texts[i].bytes, event->texts[i].length);
  }
#undef PUT
  return next - buffer;
}
