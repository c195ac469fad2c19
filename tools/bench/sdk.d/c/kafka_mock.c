// librdkafka's built-in mock cluster, one broker, in a process of its own, so that what it takes is not the producer's. Prints
// its address and ends with its standard input.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>

int main(void) {
  char error[512];
  rd_kafka_conf_t *configuration = rd_kafka_conf_new();
  if (rd_kafka_conf_set(configuration, "test.mock.num.brokers", "1", error, sizeof error) != RD_KAFKA_CONF_OK) {
    fprintf(stderr, "kafka-mock: %s\n", error);
    return 1;
  }
  rd_kafka_t *owner = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, error, sizeof error);
  rd_kafka_mock_cluster_t *cluster = owner ? rd_kafka_handle_mock_cluster(owner) : NULL;
  if (!cluster) {
    fprintf(stderr, "kafka-mock: %s\n", error);
    return 1;
  }
  rd_kafka_mock_topic_create(cluster, "events", 1, 1);
  puts(rd_kafka_mock_cluster_bootstraps(cluster));
  fflush(stdout);
  while (getchar() != EOF) {}
  rd_kafka_destroy(owner);
  return 0;
}
