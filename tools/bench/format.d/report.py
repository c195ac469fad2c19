"""What was measured as tables for people, and what it has to show. A result is a dictionary: stream, format, block (rows in
a full one), rows, and either `error`, or bytes, seconds and perhaps the bytes of each column."""
import ours
import tables

PARQUET = "parquet zstd-1, tuned"
PARQUET_19 = "parquet zstd-19, tuned"

# What the format has to reach on the two streams it was asked for, by stream: sizes are bytes an event without ids, the
# others ratios. The blocks are: small and middle of ingest, large of compaction.
TARGETS = {
    "fraud": {"small": 59.0, "middle": 56.8, "large": 50.0, "encode": 1.3, "encode large": 5.0, "decode": 2.0, "chosen": 3.0},
    "embedding": {"small": 219.0, "middle": 218.7, "large": 218.6, "encode": 1.2, "encode large": 50.0, "decode": 1.0},
}


class Results:
    def __init__(self, results):
        self.all = results
        self.found = {(r["stream"], r["format"], r["block"]): r for r in results if "error" not in r}

    def get(self, stream, format_, block, key):
        """A figure an event; None: not measured."""
        result = self.found.get((stream, format_, block))
        return result[key] / result["rows"] if result else None

    def streams(self):
        return list(dict.fromkeys(r["stream"] for r in self.all))

    def blocks(self, stream):
        return sorted({r["block"] for r in self.all if r["stream"] == stream})


def rows(lines):
    """Lines of words as columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*lines)]
    def row(line):
        words = [line[0].ljust(widths[0]), *(word.rjust(width) for word, width in zip(line[1:], widths[1:]))]
        return "  ".join(words).rstrip()
    return "\n".join(map(row, lines))


def stream_table(results, stream):
    lines = [["", "rows a block", "bytes an event", "encode MB/s", "decode MB/s", "two columns, ms a million"]]
    mine = [r for r in results.all if r["stream"] == stream]
    raw = next(r["raw_bytes"] / r["rows"] for r in mine if "raw_bytes" in r)
    for r in sorted(mine, key=lambda r: r["block"]):
        if "error" in r:
            lines.append([r["format"], f"{r['block']:,}", r["error"], "", "", ""])
            continue
        def speed(key):
            return f"{raw * r['rows'] / 1e6 / max(r[key], 1e-9):,.0f}"
        lines.append([
            r["format"], f"{r['block']:,}", f"{r['bytes'] / r['rows']:.2f}", speed("encode_seconds"),
            speed("decode_seconds"), f"{r['chosen_seconds'] / r['rows'] * 1e9:.1f}"])
    count = max(r.get("rows", 0) for r in mine)
    return f"{stream}: {count:,} events, {raw:.1f} raw bytes each without ids\n" + rows(lines)


def size_table(results):
    """Formats by streams: bytes an event."""
    streams = results.streams()
    kinds = sorted({(r["block"], i, r["format"]) for i, r in enumerate(results.all)})
    kinds = list(dict.fromkeys((block, format_) for block, _, format_ in kinds))
    lines = [["bytes an event", "rows a block", *streams]]
    for block, format_ in kinds:
        sizes = [results.get(stream, format_, block, "bytes") for stream in streams]
        lines.append([format_, f"{block:,}", *("" if size is None else f"{size:.2f}" for size in sizes)])
    return rows(lines)


def must_show(results, stream, targets):
    """What is asked of the stream, and what was found. Without targets just the figures."""
    blocks = results.blocks(stream)
    if not blocks:
        return []
    names = dict(zip(("small", "middle"), blocks[:-1] or blocks))
    names["large"] = blocks[-1]
    shown = []

    def add(what, found, key, is_size=False):
        target = targets.get(key)
        if found is None and target is None:
            return
        met = None if found is None or target is None else (found <= target if is_size else found >= target)
        shown.append({"stream": stream, "what": what, "target": target, "found": found, "met": met, "is_size": is_size})

    def ratio(theirs, mine, key, block):
        """How much faster ours is."""
        mine = results.get(stream, mine, block, key)
        found = [t for t in (results.get(stream, name, block, key) for name in theirs) if t is not None]
        return min(found) / mine if found and mine else None

    parquets = list(dict.fromkeys(r["format"] for r in results.all if r["format"].startswith("parquet")))
    for name, block in names.items():
        format_ = ours.COMPACTION if name == "large" else ours.INGEST
        what = f"{format_.split()[1]}, {block:,} rows"
        add(f"{what}: bytes an event", results.get(stream, format_, block, "bytes"), name, is_size=True)
        if name == "large":
            key, peer = "encode large", PARQUET_19
        else:
            key, peer = "encode", PARQUET
        add(f"{what}: encode against {peer}", ratio([peer], format_, "encode_seconds", block), key)
        add(f"{what}: decode against {PARQUET}", ratio([PARQUET], format_, "decode_seconds", block), "decode")
        best = "two columns against the best reader of Parquet"
        add(f"{what}: {best}", ratio(parquets, format_, "chosen_seconds", block), "chosen")
    return shown


def must_show_table(shown):
    lines = [["", "stream", "target", "found", ""]]
    for line in shown:
        sign, unit = ("<= ", "") if line["is_size"] else (">= ", " x")
        lines.append([
            line["what"], line["stream"], "" if line["target"] is None else f"{sign}{line['target']:g}{unit}",
            "not measured" if line["found"] is None else f"{line['found']:.2f}{unit}",
            {None: "", True: "met", False: "MISSED"}[line["met"]]])
    return rows(lines)


def smaller_peers(results):
    """Where a peer takes fewer bytes than ours in blocks of the same size."""
    found = []
    for stream, format_, block in results.found:
        if format_ not in (ours.INGEST, ours.COMPACTION):
            continue
        mine = results.get(stream, format_, block, "bytes")
        for peer in dict.fromkeys(r["format"] for r in results.all):
            theirs = results.get(stream, peer, block, "bytes")
            if theirs is not None and theirs < mine and peer not in (ours.INGEST, ours.COMPACTION):
                found.append({
                    "stream": stream, "format": format_, "block": block, "ours": mine, "peer": peer, "theirs": theirs})
    return found


def smaller_peers_table(lines):
    words = [["peers that are smaller", "", "rows a block", "ours", "theirs", ""]]
    for line in lines:
        words.append([line["stream"], line["format"], f"{line['block']:,}", f"{line['ours']:.2f}", f"{line['theirs']:.2f}",
                      line["peer"]])
    return rows(words)


def larger_columns(results):
    """Columns of ours in which some peer is smaller in blocks of the same size, the largest difference first."""
    found = []
    for mine in results.found.values():
        if "encodings" not in mine:
            continue
        theirs = {}
        for r in results.found.values():
            if all(r[key] == mine[key] for key in ("stream", "block", "rows")) and "encodings" not in r:
                for name, count in r.get("columns", {}).items():
                    theirs.setdefault(tables.qualified(name), []).append((count / r["rows"], r["format"]))
        for name, count in mine["columns"].items():
            own, (size, peer) = count / mine["rows"], min(theirs.get(name, [(float("inf"), "")]))
            if size < own:
                found.append({
                    "stream": mine["stream"], "format": mine["format"], "block": mine["block"], "column": name, "ours": own,
                    "encoding": mine["encodings"][name], "theirs": size, "peer": peer})
    return sorted(found, key=lambda line: line["theirs"] - line["ours"])


def larger_columns_table(lines, count):
    words = [["columns in which a peer is smaller", "", "rows a block", "ours", "theirs", "", "as"]]
    for line in lines[:count]:
        words.append([f"{line['stream']} {line['column']}", line["format"].split()[1], f"{line['block']:,}",
                      f"{line['ours']:.3f}", f"{line['theirs']:.3f}", line["peer"], line["encoding"][:60]])
    return rows(words)
