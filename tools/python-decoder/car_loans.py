"""CSV and JSON lines of our own, the same each time: car loans whose columns follow from others, and rows of lists.

Each relation that compaction looks for is there, most of them with exceptions: a text by class (mapped), sums, differences,
products and quotients (arithmetic), roundings of a multiple, by class or not (scaled), and moments close to others (offset).

    car_loans.py FOLDER
"""
import csv
import json
import random
import sys
from datetime import datetime, timedelta, timezone

START = datetime(2026, 3, 1, tzinfo=timezone.utc)
REGIONS = [(f"region-{number}", f"{'north south east west'.split()[number % 4]}", 0.01 + number * 0.00137)
           for number in range(40)]
SALARIES = {"0 - 20K €": 0, "20K - 40K €": 20_000, "40K - 60K €": 40_000, "60K+ €": 60_000}


def moment(time):
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def loan(rng, number):
    time = START + timedelta(microseconds=number * 29_876_543)
    region, quarter, rate = rng.choice(REGIONS)
    salary = rng.choice(list(SALARIES))
    value = round(rng.uniform(3_000, 60_000), 2)
    down = round(rng.uniform(0, 3_000), 2)
    months = rng.randrange(6, 72)
    income = rng.uniform(10_000, 90_000)
    odd = rng.random() < 0.004
    return {
        "id": f"loan-{number:06d}",
        "timestamp": moment(time),
        "car_value": repr(value),
        "downpayment": repr(down),
        "amount": repr(value - down if not odd else rng.random()),
        "price_and_downpayment": repr(value + down),
        "weight": repr(value * income),
        "income": repr(income),
        "months": months,
        "monthly": repr(value / months if not odd else float("nan")),
        "euros": repr(round(value * 0.9217, 2)) if number % 3 else "",
        "region": region,
        "quarter": quarter if not odd else "elsewhere",
        "fee": repr(round(value * rate, 2)),
        "salary_range": salary,
        "salary_from": SALARIES[salary] if number % 5 else "",
        "decided": moment(time + timedelta(microseconds=rng.randrange(900_000))),
        "mileage": rng.randrange(10**9),
        "skewed": int(rng.expovariate(1 / 400)) if rng.random() > 0.001 else rng.randrange(2**60),
        "repaid_loan_on_prev_car": rng.choice(["True", "False"]),
        "driver_tenure": repr(rng.uniform(0, 9)),
        "y_pred_proba": repr(round(rng.random(), 2)),
        "y_pred": rng.randrange(2),
    }


def write_csv(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_loans(predictions, actuals, count):
    rng = random.Random(7)
    rows = [loan(rng, number) for number in range(count)]
    write_csv(predictions, rows)
    # One in seven is still to come.
    write_csv(actuals, [{"id": row["id"], "repaid": rng.randrange(2)} for number, row in enumerate(rows) if number % 7])


def write_lists(path, count):
    """Rows with a vector of 5, a narrow number, and lists of texts and of numbers, some absent, some empty."""
    rng = random.Random(8)
    with open(path, "w", encoding="utf-8") as file:
        for number in range(count):
            row = {
                "id": f"{rng.randrange(2**128):032x}", "time": moment(START + timedelta(seconds=number)),
                "embedding": [rng.randrange(-1000, 1000) / 64 for _ in range(5)] if number % 11 else None,
                "narrow": rng.randrange(-1000, 1000) / 64,
                "words": [rng.choice(["zwölf", "", "a", "boxes"]) for _ in range(rng.randrange(4))] if number % 7 else None,
                "numbers": [rng.gauss(0, 1) for _ in range(rng.randrange(4))] if number % 13 else None,
            }
            file.write(json.dumps({name: value for name, value in row.items() if value is not None}) + "\n")


if __name__ == "__main__":
    write_loans(f"{sys.argv[1]}/predictions.csv", f"{sys.argv[1]}/actuals.csv", 20_000)
    write_lists(f"{sys.argv[1]}/lists.jsonl", 2_000)
