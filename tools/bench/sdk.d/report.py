"""What was found, as tables for people and as JSON. A finding is what one case printed; of several rounds the median of each
figure counts."""
import statistics

import cases


def median(findings):
    """Of dictionaries with the same figures, also within dictionaries; words are the first one's."""
    first = findings[0]
    if isinstance(first, dict):
        return {key: median([finding[key] for finding in findings if key in finding]) for key in first}
    if isinstance(first, (int, float)) and not isinstance(first, bool):
        return statistics.median(findings)
    return first


def table(lines):
    """Lines of words as columns: the first two to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    def row(line):
        return "  ".join(word.ljust(width) if index < 2 else word.rjust(width)
                         for index, (word, width) in enumerate(zip(line, widths))).rstrip()
    return "\n".join(map(row, lines))


class Report:
    def __init__(self, rounds):
        """Names of cases, and a list of findings for each; a failure is a text."""
        self.failures = {name: [f for f in found if isinstance(f, str)] for name, found in rounds.items()}
        good = {name: [f for f in found if not isinstance(f, str)] for name, found in rounds.items()}
        self.medians = {name: median(found) for name, found in good.items() if found}

    def section(self, name):
        return {key.split(": ", 1)[1]: found for key, found in self.medians.items() if key.startswith(name + ": ")}

    def text(self):
        parts = [self.calls(), self.allocations(), self.limits(), self.delivery(), self.memory(), self.ratios(),
                 *(f"FAILED: {name}: {text}" for name, texts in self.failures.items() for text in texts[:1])]
        return "\n\n".join(part for part in parts if part)

    def calls(self):
        section = self.section("calls")
        if not section:
            return ""
        lines = [["calls, in ns", "server, threads", "CPU", "p50", "p99", "p99.9", "paced p50", "p99", "p99.9",
                  "events/s", "dropped"]]
        for name, found in section.items():
            who, rest = name.split(", ", 1)
            dropped = found.get("dropped", 0) / found["logged"] if found.get("logged") else 0
            lines.append([who, rest.removeprefix("-, "), f"{found['cpu_ns']:,.0f}",
                          *(f"{found[mode][key]:,.0f}" for mode in ("full_rate", "paced") for key in ("p50", "p99", "p99.9")),
                          f"{found['paced_events_per_second']:,.0f}", f"{dropped:.0%}" if dropped else ""])
        clock = statistics.median(found["clock_ns"] for found in section.values())
        return (table(lines) + f"\nCPU is of the calling threads, an event. Each single time has one reading of the clock in "
                f"it: {clock:.0f} ns.")

    def allocations(self):
        section = self.section("allocations")
        return section and table([["heap allocations an event, calling thread", ""]] + [
            [name, f"{found['allocations']:.2f}"] for name, found in section.items()])

    def limits(self):
        section = self.section("limits")
        return section and table([["limits, CPU ns an event", ""]] + [
            [name, f"{found.get('cpu_ns', found.get('mutex_ns')):,.1f}".rjust(8)] for name, found in section.items()])

    def delivery(self):
        section = self.section("delivery")
        if not section:
            return ""
        lines = [["delivery, an event", "", "events/s", "client CPU ns", "of it the caller", "server CPU ns", "bytes"]]
        for name, found in section.items():
            lines.append([name, "", f"{found['events_per_second']:,.0f}", f"{found['cpu_ns']:,.0f}",
                          f"{found['caller_cpu_ns']:,.0f}", f"{found['server_cpu_ns']:,.0f}",
                          f"{found['bytes_an_event']:.1f}"])
        return table(lines)

    def memory(self):
        lines = []
        for name, found in self.section("memory").items():
            grown = found["resident_peak"] - found["resident_before"]
            lines.append(
                f"memory, {name}: bound {found['bound_bytes'] >> 20} MiB; without a server, at full rate, resident memory "
                f"grew by {grown / 2**20:.1f} MiB at most, bound and {(grown - found['bound_bytes']) / 2**20:.1f} MiB\n"
                f"then with one: {found['logged']:,} logged = {found['acknowledged']:,} acknowledged, and as many stored, + "
                f"{found['dropped']:,} dropped")
        return "\n".join(lines)

    def ratios(self):
        """How many times as much the peers take: above 1 ours is better."""
        lines = [["ratios: above 1 ours is better", ""]]
        calls, delivery = self.section("calls"), self.section("delivery")

        def add(what, theirs, mine):
            if theirs and mine:
                lines.append([what, f"{theirs / mine:.2f}".rjust(6)])

        for way in cases.WAYS:
            mine = calls.get(f"hindcast {way}, healthy, 1 thread")
            for name, theirs in calls.items():
                if mine and not name.startswith("hindcast") and name.endswith("1 thread"):
                    who = name.split(",")[0]
                    add(f"{who} / hindcast {way}: CPU of the caller", theirs["cpu_ns"], mine["cpu_ns"])
                    add(f"{who} / hindcast {way}: p99.9, paced", theirs["paced"]["p99.9"], mine["paced"]["p99.9"])
            for threads in cases.THREADS:
                word = f"{threads} thread{'s' if threads > 1 else ''}"
                mine = calls.get(f"hindcast {way}, healthy, {word}")
                for state in ("dead", "slow", "full"):
                    theirs = calls.get(f"hindcast {way}, {state}, {word}")
                    if mine and theirs:
                        add(f"hindcast {way}, {word}: {state} / healthy, p99.9, paced", theirs["paced"]["p99.9"],
                            mine["paced"]["p99.9"])
            mine = delivery.get(f"hindcast {way}")
            for name, theirs in delivery.items():
                if mine and not name.startswith("hindcast"):
                    add(f"{name} / hindcast {way}: client CPU in all", theirs["cpu_ns"], mine["cpu_ns"])
                    if "nats" in name:
                        add(f"hindcast {way} / {name}: durable events a second", mine["events_per_second"],
                            theirs["events_per_second"])
        return table(lines) if len(lines) > 1 else ""
