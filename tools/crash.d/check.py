"""Reads the whole log and holds it to what the clients wrote down: every acknowledged event is there once, at the position
it was acknowledged with, with the values it was sent with; nothing is there that was not sent."""
import numpy as np
from hindcast.v1 import block_pb2 as b
from hindcast.v1 import service_pb2 as s
from hindcast.v1 import service_pb2_grpc

import events
from server import Failed

# Rows are compared with what they must be in lots of about this many.
LOT_ROWS = 200_000


class Reading:
    """Rows as they come from `Read`: their keys and positions. Their other columns are checked on the way."""

    def __init__(self):
        self.keys, self.positions = [], []
        self.wrong_values = 0
        self.examples = []
        self.waiting = {b.KIND_PREDICTION: [], b.KIND_ACTUAL: []}
        self.waiting_rows = 0

    def add(self, stored):
        block = stored.block
        if block.kind not in self.waiting:
            raise Failed(f"position {stored.position}: a block of kind {block.kind}, which nobody sent")
        self.waiting[block.kind].append(stored)
        self.waiting_rows += block.rows
        if self.waiting_rows >= LOT_ROWS:
            self.settle()

    def settle(self):
        """Takes in what waits."""
        for kind, lot in self.waiting.items():
            if lot:
                self._take(kind, lot)
                lot.clear()
        self.waiting_rows = 0

    def arrays(self):
        self.settle()
        if not self.keys:
            return np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint64)
        self.keys, self.positions = [np.concatenate(self.keys)], [np.concatenate(self.positions)]
        return self.keys[0], self.positions[0]

    def _take(self, kind, lot):
        ids, positions, models, cells = [], [], [], {}
        for stored in lot:
            block = stored.block
            rows = block.rows
            own = None
            for column in block.columns:
                name = b.Role.Name(column.role).removeprefix("ROLE_").lower() + ":" + column.name
                if name == "id:id":
                    ids.extend(column.byte_strings)
                elif name == "system:position":
                    own = np.array(column.int64s, dtype=np.uint64)
                else:
                    self._cells(cells, name, column, rows)
            positions.append(np.full(rows, stored.position, dtype=np.uint64) if own is None else own)
            models.append(np.full(rows, events.MODELS.index(block.model) if block.model in events.MODELS else -1))
        keys = events.keys_of(b"".join(ids), kind == b.KIND_ACTUAL)
        if keys is None:
            raise Failed(f"an id that nobody sent, between the positions {lot[0].position} and {lot[-1].last_position}")
        positions = np.concatenate(positions)
        wrong = events.model_numbers(keys >> np.uint64(events.BLOCK_SHIFT)) != np.concatenate(models)
        expected = events.columns(keys)
        if cells.keys() != expected.keys():
            raise Failed(f"rows have the columns {sorted(cells)} where {sorted(expected)} were sent")
        for name, (values, present) in expected.items():
            found, is_there = (np.concatenate(parts) for parts in cells[name])
            if len(found) != len(keys):
                raise Failed(f"column {name} has {len(found)} values for {len(keys)} rows")
            if present is None:
                present = np.ones(len(keys), dtype=bool)
            wrong |= (is_there != present) | (present & (found != values))
        if wrong.any():
            self.wrong_values += int(wrong.sum())
            self.examples += [int(each) for each in keys[wrong][:5]]
        self.keys.append(keys)
        self.positions.append(positions)

    @staticmethod
    def _cells(cells, name, column, rows):
        values, present = cells.setdefault(name, ([], []))
        field = events.LISTS.get(column.type)
        if field is None:
            raise Failed(f"column {name} came back with the type {column.type}")
        values.append(np.array(getattr(column, field)))
        if column.validity:
            flags = np.unpackbits(np.frombuffer(column.validity, dtype=np.uint8), count=rows, bitorder="little")
            present.append(flags.astype(bool))
        else:
            present.append(np.ones(rows, dtype=bool))


def read(server, timeout=600):
    """Everything that is durable now. Returns the reading and the position that it reached."""
    reading, reached = Reading(), 0
    with server.channel() as channel:
        for item in service_pb2_grpc.HindcastStub(channel).Read(s.ReadRequest(plain=True), timeout=timeout):
            kind = item.WhichOneof("item")
            if kind == "gap":
                gap = item.gap
                raise Failed(f"the log has a gap: positions {gap.first_position} to {gap.last_position}: {gap.reason}")
            if kind == "reached":
                reached = max(reached, item.reached)
            else:
                reading.add(item.block)
    return reading, reached


class Acknowledged:
    """Blocks and positions that the ledgers vouch for at one moment."""

    def __init__(self, ledgers):
        producers, epochs, sequences, positions = [], [], [], []
        for ledger in ledgers:
            count = ledger.acknowledged
            producers.append(np.full(count, ledger.producer, dtype=np.uint64))
            epochs.append(np.full(count, ledger.epoch, dtype=np.uint64))
            sequences.append(np.arange(1, count + 1, dtype=np.uint64))
            positions.append(np.array(ledger.positions, dtype=np.uint64))
        join = lambda parts: np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)
        self.keys = events.block_keys(join(producers), join(epochs), join(sequences))
        self.positions = join(positions)

    @property
    def events(self):
        return int(events.row_counts(self.keys).sum())

    def rows(self):
        """Keys of all rows, and the position of each."""
        counts = events.row_counts(self.keys)
        starts = np.repeat(np.cumsum(counts) - counts, counts)
        rows = (np.arange(counts.sum(), dtype=np.int64) - starts).astype(np.uint64)
        return (np.repeat(self.keys, counts) << np.uint64(events.BLOCK_SHIFT)) + rows, np.repeat(self.positions, counts)


class Verdict:
    """How a reading stands to the ledgers. `acknowledged` was taken before the reading began, `ledgers` are up to date."""

    def __init__(self, acknowledged, reading, reached, ledgers):
        self.complaints = []
        keys, positions = reading.arrays()
        order = np.argsort(keys, kind="stable")
        self.keys, self.positions = keys[order], positions[order]
        self.events = len(keys)
        self.duplicated = int((self.keys[1:] == self.keys[:-1]).sum())
        self._complain_of_duplicates()
        self._find(acknowledged)
        if reading.wrong_values:
            self._complain(f"{reading.wrong_values} events have other values than were sent", reading.examples)
        self.unasked = 0
        self._check_blocks(ledgers, reached)

    @property
    def is_good(self):
        return not self.complaints

    def _complain(self, what, row_keys):
        blocks = sorted({int(key) >> events.BLOCK_SHIFT for key in row_keys})[:8]
        self.complaints.append(f"{what}: {'; '.join(map(events.describe, blocks))}")

    def _complain_of_duplicates(self):
        if not self.duplicated:
            return
        again = np.flatnonzero(self.keys[1:] == self.keys[:-1])
        self._complain(f"{self.duplicated} events are there more than once", self.keys[again])
        first = again[0]
        self.complaints.append(f"the first of them at the positions {self.positions[first]} and {self.positions[first + 1]}")

    def _find(self, acknowledged):
        keys, positions = acknowledged.rows()
        self.acknowledged = len(keys)
        places = np.minimum(np.searchsorted(self.keys, keys), max(0, len(self.keys) - 1))
        there = self.keys[places] == keys if len(self.keys) else np.zeros(len(keys), dtype=bool)
        self.lost = int((~there).sum())
        if self.lost:
            self._complain(f"{self.lost} acknowledged events are not there", keys[~there])
            self.complaints.append(f"the first of them was acknowledged at position {positions[~there].min()}")
        moved = there & (self.positions[places] != positions) if len(self.keys) else there
        self.moved = int(moved.sum())
        if self.moved:
            self._complain(f"{self.moved} events stand at another position than was acknowledged", keys[moved])

    def _check_blocks(self, ledgers, reached):
        """Blocks are whole, were sent, and stand in the order they were sent; every position has one."""
        blocks, starts, counts = np.unique(
            self.keys >> np.uint64(events.BLOCK_SHIFT), return_index=True, return_counts=True)
        if not len(blocks):
            return
        lives, sequences = events.life_of(blocks)
        sent = {ledger.producer << events.EPOCH_BITS | ledger.epoch: ledger.sent for ledger in ledgers}
        limits = np.array([sent.get(int(life), 0) for life in lives], dtype=np.uint64)
        self.unasked = int(counts[sequences > limits].sum())
        if self.unasked:
            self._complain(f"{self.unasked} events are there that were never sent",
                           blocks[sequences > limits] << np.uint64(events.BLOCK_SHIFT))
        self._say_which(blocks, counts != events.row_counts(blocks), "blocks are there in parts")
        lows, highs = np.minimum.reduceat(self.positions, starts), np.maximum.reduceat(self.positions, starts)
        self._say_which(blocks, lows != highs, "blocks stand at more than one position")
        # `life_of` orders by producer, then epoch: an earlier life's blocks stand before a later one's.
        order = np.lexsort((sequences, lives))
        producers = (lives >> np.uint64(events.EPOCH_BITS))[order]
        falls = (producers[1:] == producers[:-1]) & (lows[order][1:] <= lows[order][:-1])
        self._say_which(blocks[order][1:], falls, "blocks stand before one that was sent earlier")
        held = np.unique(lows)
        if len(held) != len(blocks) or held[0] != 1 or held[-1] != len(held) or held[-1] > reached:
            self.complaints.append(
                f"{len(blocks)} blocks stand at {len(held)} positions, {held[0]} to {held[-1]}, of {reached} that were read")

    def _say_which(self, blocks, is_bad, what):
        if is_bad.any():
            self._complain(f"{int(is_bad.sum())} {what}", blocks[is_bad] << np.uint64(events.BLOCK_SHIFT))


def check(server, ledgers):
    """Reads all, and returns the verdict. Clients may go on meanwhile: what was acknowledged before must be there, and
    nothing that was not sent after."""
    for ledger in ledgers:
        ledger.refresh()
    acknowledged = Acknowledged(ledgers)
    reading, reached = read(server)
    for ledger in ledgers:
        ledger.refresh()
    return Verdict(acknowledged, reading, reached, ledgers)
