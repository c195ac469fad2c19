"""What a table must hold, from the CSV alone: columns by role, name and type, values with every bit.

A value is None, or: a bool, an int, a text; a float64 is its 64 bits as an int, a timestamp its microseconds since 1970.
"""
import csv, gzip, re, struct
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
WHOLE = re.compile(r"0|-?[1-9][0-9]*")
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][+-]?[0-9]+)?")
NOT_FINITE = {"nan", "inf", "-inf", "infinity", "-infinity"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?)?")


def bits(number):
    return struct.unpack("<q", struct.pack("<d", number))[0]


def microseconds(text):
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return (moment - EPOCH) // timedelta(microseconds=1)


def is_float(text):
    return text.lower() in NOT_FINITE or bool(re.search(r"\d", text) and NUMBER.fullmatch(text))


# In the order in which `hindcast import` tries them; an empty field is no value.
TYPES = [
    ("bool", lambda text: text.lower() in ("true", "false"), lambda text: text.lower() == "true"),
    ("int64", lambda text: WHOLE.fullmatch(text) and -2**63 <= int(text) < 2**63, int),
    ("float64", is_float, lambda text: bits(float(text))),
    ("timestamp", MOMENT.fullmatch, microseconds),
    ("string", lambda text: True, str),
]


def read_csv(path):
    """Columns of texts by their names; None for empty fields."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        names = next(rows)
        columns = list(zip(*rows)) or [()] * len(names)
    return {name: [text or None for text in column] for name, column in zip(names, columns)}


def typed(texts):
    present = [text for text in texts if text is not None]
    for name, fits, convert in TYPES:
        if all(fits(text) for text in present):
            return name, [None if text is None else convert(text) for text in texts]


def expected(path, uses, other=None):
    """{(role, name, type): {id: value}}. `uses` gives role and name of columns; the rest have `other`'s role and their own
    names, or are not imported."""
    columns = read_csv(path)
    ids = columns["id"]
    result = {("id", "id", "string"): dict(zip(ids, ids))}
    for name, texts in columns.items():
        if name == "id" or (name not in uses and other is None):
            continue
        kind, values = typed(texts)
        role, new_name = uses.get(name, (other, name))
        # A column without any value is in no block, and so in no table.
        if any(value is not None for value in values):
            result[role, new_name, kind] = dict(zip(ids, values))
    return result


def joined(parts):
    """One table of several imports: null where a part lacks a column."""
    ids = [id for part in parts for id in part["id", "id", "string"]]
    result = {}
    for part in parts:
        for key, values in part.items():
            result.setdefault(key, dict.fromkeys(ids)).update(values)
    return result
