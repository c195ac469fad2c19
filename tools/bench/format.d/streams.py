"""The project's own streams of predictions, as tables: the same rows and seed give the same values. They are made up, but
alike in kind to what services log: rounded amounts, counts, scores that a model computed in float32, names by popularity,
nulls that come together, and columns that others determine.

Columns: prediction_id (text of a UUID), timestamp (microseconds), the features, score, label, tag_*.
"""
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SYLLABLES = ("ba be bo da de di do fa fi ga go ha he ka ke ki ko la le li lo lu ma me mi mo na ne ni no pa pe po ra re "
             "ri ro sa se si so ta te ti to va ve vi wa we za zo").split()


def names(dice, count, syllables=3):
    """So many different made-up words."""
    assert 2 * count <= len(SYLLABLES) ** syllables
    found = {}
    while len(found) < count:
        parts = dice.choice(SYLLABLES, size=(count, syllables))
        for row in parts:
            found["".join(row)] = None
    return list(found)[:count]


def popular(dice, rows, count, exponent=1.0):
    """Which of `count` things each row has; the n-th thing is n^exponent times as rare as the first (Zipf's law)."""
    weights = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    ends = np.cumsum(weights / weights.sum())
    drawn = np.minimum(np.searchsorted(ends, dice.random(rows)), count - 1)
    return dice.permutation(count)[drawn]


def pick(words, which):
    return pa.array(words, pa.string()).take(pa.array(np.asarray(which, np.int64)))


def without(column, absent):
    """The column with nulls in these rows."""
    column = column if isinstance(column, pa.Array) else pa.array(column)
    return pc.if_else(pa.array(absent), pa.scalar(None, column.type), column)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def as_float32(x):
    """What a model computed in float32 and a service logs as float64."""
    return np.asarray(x, np.float32).astype(np.float64)


def walk(dice, rows, scale, low, high):
    """A quantity that drifts from row to row and stays within bounds."""
    path = np.cumsum(dice.normal(0, scale, rows))
    span = high - low
    return low + span - np.abs((path % (2 * span)) - span)


def table(dice, rows, features, score, label, tags, microseconds_between=9_000):
    """The columns every stream has, around the features."""
    ids = dice.integers(0, 256, (rows, 16), np.uint8)
    ids[:, 6] = ids[:, 6] & 0x0F | 0x40
    ids[:, 8] = ids[:, 8] & 0x3F | 0x80
    digits = ids.tobytes().hex()
    digits = [digits[i:i + 32] for i in range(0, 32 * rows, 32)]
    texts = [f"{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:]}" for d in digits]
    # Requests come in bursts, and some are logged a little late.
    gaps = dice.gamma(0.5, 2 * microseconds_between, rows)
    times = 1_767_225_600_000_000 + np.cumsum(gaps).astype(np.int64)
    times -= np.where(dice.random(rows) < 0.02, dice.integers(0, 200_000, rows), 0)
    columns = {"prediction_id": texts, "timestamp": pa.array(times, pa.timestamp("us")), **features}
    columns |= {"score": score, "label": label}
    columns |= {f"tag_{name}": values for name, values in tags.items()}
    return pa.table(columns)


CURRENCIES = {"EUR": 1.0, "USD": 0.92, "GBP": 1.17, "PLN": 0.23, "SEK": 0.088, "JPY": 0.0061, "BRL": 0.17, "INR": 0.011}
COUNTRIES = "DE FR NL IT ES US GB PL SE JP BR IN AT BE PT IE FI NO DK CH CZ RO GR HU CA MX AU SG".split()


def fraud(dice, rows):
    """Card payments: amounts in several currencies, merchants, counts, ratios, places and devices."""
    shops, cards = popular(dice, rows, 4_000, 0.95), popular(dice, rows, 60_000, 0.5)
    shop_kind = dice.integers(0, 32, 4_000)
    shop_country = popular(dice, 4_000, len(COUNTRIES), 0.8)
    home = popular(dice, 60_000, len(COUNTRIES), 0.8)
    currency_of = dice.integers(0, len(CURRENCIES), len(COUNTRIES))
    abroad = dice.random(rows) < 0.08
    country = np.where(abroad, shop_country[shops], home[cards])
    currency = currency_of[country]
    rates = np.array(list(CURRENCIES.values()))
    euros = np.exp(dice.normal(3.1, 1.1, rows)) * (1 + shop_kind[shops] / 16)
    amount = np.round(euros / rates[currency], 2)
    amount = np.where(dice.random(rows) < 0.2, np.ceil(amount) - 0.01, amount)
    amount = np.where(currency == 5, np.round(amount), amount)  # yen have no hundredths
    amount_eur = np.round(amount * rates[currency], 2)
    limit = dice.choice([1_000.0, 2_000.0, 3_000.0, 5_000.0, 10_000.0], 60_000)[cards]
    balance = np.round(limit * dice.beta(1.2, 3, rows), 2)
    usual = np.round(np.exp(dice.normal(3.2, 0.5, 60_000)), 2)[cards]
    hour_count = dice.poisson(0.4, rows)
    day_count = hour_count + dice.poisson(3, rows)
    mobile = dice.random(rows) < 0.55
    models = [f"{maker}-{model}" for maker in names(dice, 12, 2) for model in names(dice, 30, 2)]
    latitude = np.round(dice.normal(48, 6, rows), 5)
    distance = np.round(np.where(abroad, dice.gamma(3, 500, rows), dice.gamma(0.7, 9, rows)), 1)
    hidden = dice.normal(0, 1, rows)
    features = {
        "amount": amount, "currency": pick(list(CURRENCIES), currency), "amount_eur": amount_eur,
        "fee_eur": np.round(amount_eur * 0.014 + 0.25, 2),
        "merchant": pick([f"m{i:05}" for i in dice.permutation(90_000)[:4_000]], shops),
        "merchant_category": pick(names(dice, 32), shop_kind[shops]),
        "merchant_country": pick(COUNTRIES, shop_country[shops]), "card_country": pick(COUNTRIES, home[cards]),
        "country": pick(COUNTRIES, country), "is_abroad": abroad,
        "credit_limit": limit, "balance": balance, "utilisation": balance / limit,
        "amount_to_usual": amount_eur / usual, "usual_amount": usual, "payments_1h": hour_count,
        "payments_1d": day_count, "payments_30d": day_count + dice.negative_binomial(4, 0.15, rows),
        "failed_1d": dice.poisson(0.05, rows),
        "card_age_days": dice.integers(1, 2_600, 60_000)[cards], "is_mobile": mobile,
        "device": without(pick(models, popular(dice, rows, len(models), 1.1)), ~mobile),
        "app_version": without(pick([f"7.{i // 4}.{i % 4}" for i in range(24)], popular(dice, rows, 24, 1.5)), ~mobile),
        "latitude": without(latitude, ~mobile), "longitude": without(np.round(dice.normal(9, 8, rows), 5), ~mobile),
        "distance_km": without(distance, dice.random(rows) < 0.07),
        "session_seconds": np.round(dice.exponential(40, rows), 3),
        "network_risk": as_float32(logistic(hidden + dice.normal(-2, 1, rows))),
        "device_risk": without(as_float32(logistic(0.5 * hidden + dice.normal(-1, 1, rows))), ~mobile),
        "profile_0": as_float32(dice.normal(0, 0.2, rows)), "profile_1": as_float32(dice.normal(0, 0.2, rows)),
    }
    score = logistic(1.3 * hidden - 3 + 0.9 * abroad + 0.3 * hour_count + np.log1p(amount_eur / usual) * 0.4)
    label = pick(["approve", "review", "decline"], np.digitize(score, [0.2, 0.6]))
    tags = {"region": pick(["eu-1", "eu-2", "us-1"], popular(dice, rows, 3)),
            "rollout": pick(["stable", "canary"], cards % 16 == 5)}
    return table(dice, rows, features, score, label, tags)


def embedding(dice, rows):
    """One vector of 56 float32 a row, of length 1, near one of some centres."""
    topics = dice.normal(0, 1, (30, 56))
    topic = popular(dice, rows, 30, 0.7)
    vectors = (topics[topic] + dice.normal(0, 0.7, (rows, 56))).astype(np.float32)
    vectors /= np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    affinity = logistic((vectors[:, :4].sum(axis=1) * 3).astype(np.float64))
    features = {"vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), 56)}
    tags = {"language": pick("en de fr es it".split(), popular(dice, rows, 5))}
    return table(dice, rows, features, affinity, pick(names(dice, 30, 2), topic), tags)


def low_cardinality(dice, rows):
    """A rules engine: every column has few values, and some stay for long."""
    features = {f"answer_{i:02}": pick(names(dice, 3 + i, 2), popular(dice, rows, 3 + i, 1.2)) for i in range(8)}
    features |= {f"flag_{i}": dice.random(rows) < 0.02 * 3 ** i for i in range(4)}
    features |= {f"level_{i}": popular(dice, rows, 5 + 3 * i, 0.6) for i in range(6)}
    features |= {f"share_{i}": dice.integers(0, 21, rows) / 20 for i in range(4)}
    features["configuration"] = pick(names(dice, 12), np.arange(rows) // 5_000 % 12)
    features["batch"] = np.arange(rows) // 256
    grade = popular(dice, rows, 10, 0.4)
    tags = {"site": pick(names(dice, 4, 2), np.arange(rows) // 900 % 4)}
    return table(dice, rows, features, grade / 10, pick(["no", "yes"], grade > 6), tags)


def high_cardinality(dice, rows):
    """Web personalisation: addresses, sessions and people, most of them seldom seen."""
    pages, people = popular(dice, rows, 200_000, 0.6), popular(dice, rows, 2_000_000, 0.3)
    words = np.array(names(dice, 900))
    sections, titles = words[dice.integers(0, 40, 200_000)], words[dice.integers(0, 900, (200_000, 2))]
    paths = [f"/{section}/{a}-{b}/{i}" for i, (section, (a, b)) in enumerate(zip(sections, titles))]
    session = dice.integers(0, 256, (rows, 8), np.uint8).tobytes().hex()
    address = dice.integers(1, 255, (rows, 4))
    features = {
        "url": pick(paths, pages), "person": people + 10_000_000,
        "session": [session[i:i + 16] for i in range(0, 16 * rows, 16)],
        "address": [".".join(map(str, row)) for row in address.tolist()],
        "email_domain": pick([f"{w}.example" for w in names(dice, 3_000)], popular(dice, rows, 3_000, 1.3)),
        "cart_value": np.round(dice.gamma(2, 30, rows), 2), "dwell": dice.exponential(12, rows),
        "interest": dice.normal(0, 1, rows), "visits": dice.negative_binomial(1, 0.02, rows),
    }
    score = logistic(features["interest"] - 1)
    label = pick([f"offer-{i:04}" for i in range(5_000)], popular(dice, rows, 5_000, 0.9))
    tags = {"host": pick([f"web-{i:03}" for i in range(48)], dice.integers(0, 48, rows))}
    return table(dice, rows, features, score, label, tags)


def text_heavy(dice, rows):
    """Prompts and answers in words by Zipf's law, as a language model's log has them."""
    words = np.array(names(dice, 12_000))

    def texts(mean):
        counts = 3 + dice.poisson(mean, rows)
        flat = words[popular(dice, int(counts.sum()), len(words), 1.05)].tolist()
        ends = np.cumsum(counts)
        bounds = zip((ends - counts).tolist(), ends.tolist())
        return [" ".join(flat[first:end]) + "." for first, end in bounds], counts

    prompt, prompt_words = texts(25)
    answer, answer_words = texts(70)
    system = [f"You are {name}. Answer in one paragraph and name your sources." for name in names(dice, 6)]
    features = {
        "system": pick(system, popular(dice, rows, 6)), "prompt": prompt, "answer": answer,
        "prompt_tokens": prompt_words * 4 // 3 + 22, "answer_tokens": answer_words * 4 // 3,
        "temperature": dice.choice([0.0, 0.2, 0.7, 1.0], rows),
        "seconds": np.round(answer_words * 0.011 + dice.gamma(2, 0.1, rows), 3),
    }
    score = as_float32(logistic(dice.normal(1, 1, rows)))
    label = pick(["stop", "length", "refused"], popular(dice, rows, 3, 2.5))
    return table(dice, rows, features, score, label, {"tenant": pick(names(dice, 80), popular(dice, rows, 80))})


def sparse(dice, rows):
    """Features of optional sources: most rows have none of them, and those of one source come together."""
    features = {}
    for source, name in enumerate(names(dice, 10)):
        absent = dice.random(rows) > 0.12 / (source + 1)
        features[f"{name}_count"] = without(dice.poisson(4, rows), absent)
        features[f"{name}_value"] = without(np.round(dice.gamma(2, 20, rows), 2), absent)
        features[f"{name}_risk"] = without(as_float32(dice.beta(2, 5, rows)), absent | (dice.random(rows) < 0.1))
        features[f"{name}_kind"] = without(pick(names(dice, 20, 2), popular(dice, rows, 20)), absent)
    features["empty"] = pa.nulls(rows, pa.float64())
    score = logistic(dice.normal(-1, 1, rows))
    tags = {"zone": without(pick(names(dice, 5), popular(dice, rows, 5)), dice.random(rows) < 0.9)}
    return table(dice, rows, features, score, pick(["low", "high"], score > 0.5), tags)


def ranking(dice, rows):
    """A request's candidates in their order with scores; requests of one person come one after the other."""
    items = [f"item-{i:06}" for i in range(30_000)]
    counts = dice.choice([5, 10, 20], rows, p=[0.2, 0.6, 0.2])
    ends = np.concatenate([[0], np.cumsum(counts)])
    offsets = pa.array(ends, pa.int32())
    total = int(ends[-1])
    candidate = popular(dice, total, len(items), 0.8)
    row = np.repeat(np.arange(rows), counts)
    scores = as_float32(logistic(dice.normal(-1, 1.2, total)))
    order = np.lexsort((-scores, row))
    scores = scores[order]
    rank = np.arange(total) - ends[row] + 1
    clicked = np.minimum(dice.geometric(0.35, rows), counts) - 1
    people = [f"person-{i:07}" for i in dice.permutation(9_000_000)[:20_000]]
    queries = [f"{a} {b}" for a, b in zip(names(dice, 4_000), names(dice, 4_000))]
    features = {
        "candidates": pa.ListArray.from_arrays(offsets, pick(items, candidate)),
        "ranks": pa.ListArray.from_arrays(offsets, pa.array(rank.astype(np.float64))),
        "scores": pa.ListArray.from_arrays(offsets, pa.array(scores)),
        "group": pick(people, np.cumsum(dice.random(rows) < 0.3) % len(people)),
        "candidate_count": counts, "query": pick(queries, popular(dice, rows, len(queries))),
        "page": dice.geometric(0.7, rows),
    }
    label = pick(items, candidate[ends[:-1] + clicked])
    tags = {"surface": pick(["home", "search", "mail"], popular(dice, rows, 3))}
    return table(dice, rows, features, scores[ends[:-1]], label, tags)


def wide(dice, rows):
    """300 features of the kinds that tables for gradient boosting have."""
    features = {}
    for i in range(60):
        features[f"mean_{i:03}"] = np.round(dice.gamma(1.5, 10 + i, rows), 2)
        features[f"model_{i:03}"] = as_float32(dice.normal(i / 60, 0.3, rows))
        features[f"count_{i:03}"] = dice.poisson(0.2 * (i + 1), rows)
    for i in range(40):
        features[f"kind_{i:03}"] = pick(names(dice, 3 + i, 2), popular(dice, rows, 3 + i))
        features[f"flag_{i:03}"] = dice.random(rows) < (i + 1) / 80
        gauge = np.round(walk(dice, rows, 0.05, 0, 50), 2)
        features[f"gauge_{i:03}"] = without(gauge, dice.random(rows) < 0.01 * (i % 5))
    assert len(features) == 300
    score = logistic(dice.normal(-1, 1, rows))
    return table(dice, rows, features, score, pick(["low", "high"], score > 0.5), {"shard": dice.integers(0, 8, rows)})


ALL = {maker.__name__: maker for maker in (
    fraud, embedding, low_cardinality, high_cardinality, text_heavy, sparse, ranking, wide)}


def make(name, rows, seed):
    """Other streams, and how many there are, do not change what one has."""
    return ALL[name](np.random.default_rng([seed, *name.encode()]), rows)
