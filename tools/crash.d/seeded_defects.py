"""Holds the checker to its word: a log with one thing wrong must be found wrong, in every way that `check` promises, and a
good one good. Needs no server; every run of tools/crash begins with it."""
from hindcast.v1 import service_pb2 as s

import events
from check import Acknowledged, Reading, Verdict
from ledger import Ledger
from server import Failed

BLOCKS = 12


def good_log():
    """Two producers, the second in its second life; the last block of each life sent and never answered."""
    ledgers, stored, position = [], [], 0
    for producer, epoch in ((0, 1), (1, 1), (1, 2)):
        ledger = Ledger("", producer, epoch)
        for sequence in range(1, BLOCKS + 1):
            position += 1
            block = events.block(producer, epoch, sequence)
            stored.append(s.StoredBlock(position=position, last_position=position, block=block))
            ledger.sent = sequence
            if sequence < BLOCKS:
                ledger.positions.append(position)
        ledgers.append(ledger)
    return stored, ledgers


def without_last_row(block):
    block.rows -= 1
    for column in block.columns:
        values = getattr(column, events.LISTS[column.type])
        del values[-1]


def as_in_archive(stored, position):
    column = stored.block.columns.add(name="position", role=7, type=2)
    column.int64s.extend([position] * stored.block.rows)
    stored.position = 1


def change_value(stored):
    stored.block.columns[2].float64s[3] += 1


def change_presence(stored):
    column = next(each for each in stored.block.columns if each.name == "age")
    column.validity = bytes([column.validity[0] ^ 1]) + column.validity[1:]


def swap(stored, one, other):
    stored[one].position, stored[other].position = stored[other].position, stored[one].position


def unacknowledged(stored, ledgers):
    """The block before the end of producer 0 gets no answer either, and changes places with the one behind it."""
    del ledgers[0].positions[-1]
    swap(stored, BLOCKS - 2, BLOCKS - 1)


# Each changes a good log and its ledgers; then the complaint that is due, or none.
DEFECTS = {
    "nothing": (lambda log, ledgers: None, None),
    "a row's position as archives have it": (lambda log, ledgers: as_in_archive(log[5], 6), None),
    "an unanswered block is not there": (lambda log, ledgers: log.pop(), None),
    "an acknowledged block is not there": (lambda log, ledgers: log.pop(3), "acknowledged events are not there"),
    "an acknowledged row is not there": (
        lambda log, ledgers: without_last_row(log[3].block), "acknowledged events are not there"),
    "a block is there twice": (lambda log, ledgers: log.append(log[3]), "more than once"),
    "a block moved": (lambda log, ledgers: as_in_archive(log[5], 7), "another position"),
    "a value changed": (lambda log, ledgers: change_value(log[5]), "other values"),
    "a value appeared": (lambda log, ledgers: change_presence(log[5]), "other values"),
    "a model changed": (lambda log, ledgers: setattr(log[5].block, "model", "weather"), "other values"),
    "a block that was never sent": (lambda log, ledgers: setattr(ledgers[2], "sent", BLOCKS - 1), "never sent"),
    "an unanswered block in parts": (lambda log, ledgers: without_last_row(log[-1].block), "in parts"),
    "unanswered blocks out of order": (unacknowledged, "before one that was sent earlier"),
    "two lives out of order": (
        lambda log, ledgers: swap(log, 2 * BLOCKS - 1, 3 * BLOCKS - 1), "before one that was sent earlier"),
    "a position without a block": (lambda log, ledgers: setattr(log[-1], "position", 3 * BLOCKS + 1), "positions"),
}


def run():
    """Throws `Failed` if the checker misses one; returns how many it found."""
    for name, (spoil, due) in DEFECTS.items():
        log, ledgers = good_log()
        spoil(log, ledgers)
        reading = Reading()
        for stored in log:
            reading.add(stored)
        complaints = Verdict(Acknowledged(ledgers), reading, 3 * BLOCKS + 1, ledgers).complaints
        if due is None and complaints:
            raise Failed(f"the checker complains of a good log ({name}): {complaints}")
        if due is not None and not any(due in each for each in complaints):
            raise Failed(f"the checker does not see it when {name}: {complaints}")
    return sum(due is not None for _, due in DEFECTS.values())
