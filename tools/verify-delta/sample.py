"""CSV of our own, the same for the same seed: every type that import knows, nulls, odd texts and odd names."""
import csv, random
from datetime import datetime, timedelta, timezone

# What import must find in the columns below.
TYPES = {"amount": "float64", "Amount": "int64", "ratio": "float64", "größe in €": "float64", "age": "int64",
         "big, \"quoted\"": "int64", "member": "bool", "name": "string", "postcode": "string", "joined": "timestamp",
         "nothing": "string"}
TEXTS = ["Zoë", "O'Neil", "say \"hi\"", "a,b;c", "line\nbreak", "tab\there", "日本語", "🚲", " spaces ", "null", "NaN?", "\\n"]
START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def chance(rng, share, value):
    return value if rng.random() < share else ""


def prediction(rng, id, number):
    return {
        "id": id,
        "timestamp": (START + timedelta(microseconds=number * 61_234_567)).isoformat().replace("+00:00", "Z"),
        "amount": chance(rng, 0.9, repr(rng.choice([rng.uniform(-1e6, 1e6), rng.random() * 1e-300, 0.1 + 0.2, -0.0, 5e-324,
                                                   1.7976931348623157e308, round(rng.random(), 2)]))),
        "Amount": rng.randrange(1000),
        "ratio": chance(rng, 0.8, rng.choice(["nan", "inf", "-inf", "0.5", "1e-3"])),
        "größe in €": repr(rng.gauss(170, 10)),
        "age": chance(rng, 0.7, rng.randrange(-5, 120)),
        "big, \"quoted\"": rng.choice([2**63 - 1, -2**63, 2**53 + 1, rng.randrange(10**15)]),
        "member": chance(rng, 0.8, rng.choice(["true", "false"])),
        "name": chance(rng, 0.9, rng.choice(TEXTS) + str(rng.randrange(40))),
        "postcode": f"{rng.randrange(10**5):05d}",
        "joined": chance(rng, 0.6, rng.choice(["2020-02-29", "1969-12-31T23:59:59.999999Z", "2026-07-01 12:00:00+05:30"])),
        "nothing": "",
        "y_pred_proba": repr(rng.random()),
        "y_pred": rng.randrange(2),
    }


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def ids(prefix, first, count):
    # Of every kind of text that an id may be.
    return [f"{prefix}{['', 'é', '日', chr(34) + ',', ' '][number % 5]}-{number:06d}" for number in range(first, first + count)]


def write_pair(folder, name, rng, first, count, change=lambda row, number: row):
    """PREDICTIONS.csv and ACTUALS.csv of `count` rows from number `first` on; one prediction in seven has no actual."""
    names = ids(name, first, count)
    predictions, actuals = f"{folder}/{name}-{first}-predictions.csv", f"{folder}/{name}-{first}-actuals.csv"
    write(predictions, [change(prediction(rng, id, first + row), first + row) for row, id in enumerate(names)])
    write(actuals, [{"id": id, "repaid": rng.randrange(2)} for row, id in enumerate(names) if row % 7])
    return predictions, actuals
