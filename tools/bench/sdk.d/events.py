"""The events that everybody logs: 30 features of a payment, a score and a label, made beforehand from a seed.

The features are 12 doubles (amounts with two decimals, ratios with all their digits, risks with four), one more that is null
in a fifth of the events, 6 integers, 3 booleans, a float, a time, and 6 short texts, of which 3 have few distinct values
(country, currency, channel), 2 have some thousands (merchant, city), and one is new nearly every time (session).
`RECORD` is how they lie in the file; c/event.h and Sources/Benchmarks/SDKBenchmark/EventPool.swift read it.
"""
import numpy as np

NUMBERS = ("amount", "balance", "average_30d", "amount_ratio", "hours_since_last", "distance_km", "velocity_1h",
           "velocity_24h", "device_risk", "address_risk", "merchant_risk", "account_age_days")
INTEGERS = ("hour", "transactions_24h", "merchant_category", "failed_attempts", "card_prefix", "account")
FLAGS = ("card_present", "is_foreign", "is_recurring")
TEXTS = ("country", "currency", "channel", "merchant", "city", "session")
TEXT_BYTES = 31

RECORD = np.dtype([
    *((name, "<f8") for name in (*NUMBERS, "score", "income")),
    *((name, "<i8") for name in (*INTEGERS, "card_issued")),
    ("similarity", "<f4"),
    *((name, "u1") for name in (*FLAGS, "label", "has_income")),
    ("nothing", "V3"),
    *(field for name in TEXTS for field in ((name, f"S{TEXT_BYTES}"), (name + "_length", "u1"))),
    ("end", "V4"),
])
assert RECORD.itemsize == 376

COUNTRIES = {"PT": "EUR", "ES": "EUR", "FR": "EUR", "DE": "EUR", "GB": "GBP", "US": "USD", "BR": "BRL", "PL": "PLN",
             "SE": "SEK", "CH": "CHF", "JP": "JPY", "AO": "AOA"}
CHANNELS = ("web", "ios", "android", "terminal", "phone order")
SYLLABLES = ("al", "ba", "co", "de", "es", "fa", "gua", "lis", "mon", "nor", "por", "san", "te", "vi", "za", "ra")


def make(count, seed):
    random = np.random.default_rng(seed)
    events = np.zeros(count, RECORD)
    merchants = np.array([f"merchant-{number:05d}" for number in range(5_000)])
    categories, risks = random.integers(300, 9_000, 5_000), random.beta(1.5, 20, 5_000).round(4)
    cities = np.array(["".join(random.choice(SYLLABLES, random.integers(2, 6))) for _ in range(1_500)])
    merchant = random.zipf(1.3, count) % 5_000
    country = random.zipf(1.6, count) % len(COUNTRIES)

    events["amount"] = random.lognormal(3.5, 1.2, count).round(2)
    events["balance"] = random.lognormal(7.0, 1.5, count).round(2)
    events["average_30d"] = random.lognormal(3.4, 0.9, count)
    events["amount_ratio"] = events["amount"] / events["average_30d"]
    events["hours_since_last"] = random.exponential(20, count).round(2)
    events["distance_km"] = random.exponential(12, count).round(1)
    events["velocity_1h"] = random.lognormal(3.0, 1.0, count).round(2)
    events["velocity_24h"] = events["velocity_1h"] + random.lognormal(4.0, 1.0, count).round(2)
    events["device_risk"] = random.beta(1.2, 15, count)
    events["address_risk"] = random.beta(1.5, 12, count).round(4)
    events["merchant_risk"] = risks[merchant]
    events["account_age_days"] = random.exponential(900, count).round(1)
    events["score"] = random.beta(1, 12, count)
    events["has_income"] = random.random(count) > 0.2
    events["income"] = np.where(events["has_income"], random.lognormal(10.2, 0.5, count).round(0), 0)
    events["hour"] = random.integers(0, 24, count)
    events["transactions_24h"] = random.poisson(3.2, count)
    events["merchant_category"] = categories[merchant]
    events["failed_attempts"] = random.poisson(0.2, count)
    events["card_prefix"] = random.integers(400_000, 600_000, count)
    events["account"] = random.integers(10_000_000, 99_999_999, count)
    events["card_issued"] = 1_760_000_000_000_000 - random.integers(0, 2_000, count) * 86_400_000_000
    events["similarity"] = random.random(count).astype("<f4")
    events["card_present"] = random.random(count) < 0.6
    events["is_foreign"] = random.random(count) < 0.08
    events["is_recurring"] = random.random(count) < 0.2
    events["label"] = events["score"] > 0.3
    texts = {
        "country": np.array(list(COUNTRIES))[country], "currency": np.array(list(COUNTRIES.values()))[country],
        "channel": np.array(CHANNELS)[random.zipf(1.7, count) % len(CHANNELS)], "merchant": merchants[merchant],
        "city": cities[random.zipf(1.3, count) % len(cities)],
        "session": np.array([f"s-{bits:016x}" for bits in random.integers(0, 1 << 63, count)]),
    }
    for name, values in texts.items():
        # A NUL stays behind the last byte.
        events[name] = np.char.encode(values).astype(f"S{TEXT_BYTES - 1}")
        events[name + "_length"] = np.char.str_len(events[name])
    return events


def raw_bytes(events):
    """Of an event on average: 8 bytes a number, 4 a float, a byte a flag, a text's own. No id, no time of the event."""
    fixed = 8 * (len(NUMBERS) + len(INTEGERS) + 3) + 4 + len(FLAGS) + 1
    return fixed + sum(float(events[name + "_length"].mean()) for name in TEXTS)


def dictionaries(path, count):
    """For Python's peers: the features of the first events, and their outputs."""
    made = []
    for event in np.fromfile(path, RECORD, count):
        features = {name: float(event[name]) for name in NUMBERS}
        features["income"] = float(event["income"]) if event["has_income"] else None
        features.update((name, int(event[name])) for name in (*INTEGERS, "card_issued"))
        features["similarity"] = float(event["similarity"])
        features.update((name, bool(event[name])) for name in FLAGS)
        features.update((name, event[name].decode()) for name in TEXTS)
        made.append((features, {"score": float(event["score"]), "label": bool(event["label"])}))
    return made
