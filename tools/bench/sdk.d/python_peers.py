"""Two ways of Python's to log the events, measured as the others are: `opentelemetry`, log records through the SDK's batch
processor to an exporter that makes OTLP protobuf of them and drops it; `json`, json.dumps to a file. Prints a line of JSON.

usage: python_peers.py WAY --events FILE --folder DIR [--batch N] [--batches N] [--rate N] [--paced-seconds S]
"""
import argparse
import importlib.metadata
import json
import os
import statistics
import time
import uuid

import events

POOL = 20_000


class JSONLines:
    def __init__(self, options):
        self.file = open(os.path.join(options.folder, "python.jsonl"), "w")

    def log(self, features, outputs):
        self.file.write(json.dumps({
            "id": str(uuid.uuid4()), "time": time.time(), "model": "fraud", "version": "2026-11-01",
            "features": features, "outputs": outputs}) + "\n")

    def pause(self):
        self.file.flush()
        self.file.seek(0)

    def facts(self):
        return {}


class OpenTelemetry:
    """Nothing is dropped: the queue holds a batch."""

    def __init__(self, options):
        from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
        from opentelemetry.sdk._logs import LoggerProvider
        from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter, LogRecordExportResult

        class Dropping(LogRecordExporter):
            exported = bytes = 0

            def export(self, batch):
                self.bytes += len(encode_logs(batch).SerializeToString())
                self.exported += len(batch)
                return LogRecordExportResult.SUCCESS

            def force_flush(self, timeout_millis=0):
                return True

            def shutdown(self):
                pass

        self.exporter = Dropping()
        self.provider = LoggerProvider()
        self.provider.add_log_record_processor(
            BatchLogRecordProcessor(self.exporter, max_queue_size=2 * max(options.batch, options.rate)))
        self.logger = self.provider.get_logger("fraud", "2026-11-01")
        self.logged = 0

    def log(self, features, outputs):
        self.logged += 1
        # An attribute has a value; a null is left out.
        attributes = {name: value for name, value in features.items() if value is not None}
        attributes.update(outputs)
        self.logger.emit(
            timestamp=time.time_ns(), event_name="prediction", body=str(uuid.uuid4()), attributes=attributes)

    def pause(self):
        self.provider.force_flush()

    def facts(self):
        return {"logged": self.logged, "exported": self.exporter.exported,
                "bytes_an_event": self.exporter.bytes / max(1, self.exporter.exported),
                "version": importlib.metadata.version("opentelemetry-sdk")}


def percentiles(times):
    times.sort()
    count = len(times)
    return {"p50": times[count // 2], "p99": times[count * 99 // 100], "p99.9": times[count * 999 // 1000],
            "max": times[-1], "calls": count}


def timed(peer, pair, times):
    began = time.perf_counter_ns()
    peer.log(*pair)
    times.append(time.perf_counter_ns() - began)


def measure(peer, pool, options):
    processor_times, single, paced = [], [], []
    batch = [pool[index % len(pool)] for index in range(options.batch)]
    for turn in range(options.batches + 1):  # the first warms up
        process, began = time.process_time_ns(), time.thread_time_ns()
        for pair in batch:
            peer.log(*pair)
        thread = time.thread_time_ns() - began
        peer.pause()
        if turn:
            processor_times.append((thread, time.process_time_ns() - process))
    for _ in range(options.batches):
        for pair in batch:
            timed(peer, pair, single)
        peer.pause()
    burst = max(1, options.rate // 1_000)
    first, bursts = time.perf_counter(), max(1, int(options.paced_seconds * options.rate / burst))
    for turn in range(bursts):
        time.sleep(max(0.0, first + turn * burst / options.rate - time.perf_counter()))
        for index in range(burst):
            timed(peer, pool[(turn * burst + index) % len(pool)], paced)
    seconds = time.perf_counter() - first
    peer.pause()
    clocks = []
    for _ in range(10_001):
        began = time.perf_counter_ns()
        clocks.append(time.perf_counter_ns() - began)
    return {"cpu_ns": statistics.median(thread for thread, _ in processor_times) / options.batch,
            "process_cpu_ns": statistics.median(process for _, process in processor_times) / options.batch,
            "clock_ns": statistics.median(clocks), "full_rate": percentiles(single), "paced": percentiles(paced),
            "paced_events_per_second": len(paced) / seconds, **peer.facts()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=["opentelemetry", "json"])
    parser.add_argument("--events", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--batch", type=int, default=10_000)
    parser.add_argument("--batches", type=int, default=3)
    parser.add_argument("--rate", type=int, default=2_000)
    parser.add_argument("--paced-seconds", type=float, default=4)
    options = parser.parse_args()
    pool = events.dictionaries(options.events, POOL)
    peer = JSONLines(options) if options.way == "json" else OpenTelemetry(options)
    print(json.dumps(measure(peer, pool, options)))


if __name__ == "__main__":
    main()
