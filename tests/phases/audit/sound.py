"""Sound tables of many kinds, drawn by seed: strong and weak, small and skewed, with what honest tables are full of."""

import numpy as np
import polars as pl

WORDS = [
    "bank",
    "river",
    "house",
    "paper",
    "green",
    "street",
    "number",
    "letter",
    "market",
    "window",
    "doctor",
    "garden",
    "winter",
    "engine",
    "summer",
    "bridge",
]


def sound(seed):
    """A table with the target `y` in which nothing leaks, and the roles of its columns."""
    rng = np.random.default_rng(seed)
    rows = int(rng.choice([80, 200, 600, 1500]))
    columns, signal = {}, np.zeros(rows)
    for name in rng.permutation(list(KINDS))[: int(rng.integers(4, 9))]:
        made, told = KINDS[name](rng, rows)
        columns |= {f"{name}_{part}": values for part, values in made.items()}
        signal = signal + float(rng.choice([0.0, 0.4, 1.0, 2.0])) * told
    noise = float(rng.choice([0.3, 1.0, 2.0]))
    columns["y"] = _target(rng, signal / max(float(signal.std()), 1e-9) + noise * rng.logistic(size=rows))
    roles = {"time": "calendar_at"} if "calendar_at" in columns and rng.random() < 0.5 else {}
    return pl.DataFrame(columns), roles


def _target(rng, score):
    form = rng.choice(["two", "rare", "four", "number", "count", "amount"])
    if form == "two":
        return np.where(score > np.median(score), "yes", "no")
    if form == "rare":
        return np.where(score > np.quantile(score, 0.92), "fraud", "fine")
    if form == "four":
        return np.array(["low", "mid", "high", "top"])[np.searchsorted(np.quantile(score, [0.4, 0.7, 0.9]), score)]
    if form == "number":
        return 50.0 + 10.0 * score
    return (
        rng.poisson(np.exp(0.5 * score.clip(-4, 4))) * 1.0
        if form == "count"
        else (1000 * np.exp(0.4 * score)).round(-1)
    )


def numbers(rng, n):
    x = rng.normal(size=(3, n))
    return {"a": x[0], "b": np.exp(x[1]).round(2), "c": (x[0] + 0.3 * x[2]).round(3)}, x[0] - 0.5 * x[1]


def parts(rng, n):
    one, two = rng.lognormal(3, 1, n).round(2), rng.lognormal(3, 0.7, n).round(2)
    return {"one": one, "two": two, "sum": one + two, "share": one / (one + two)}, np.log(one + two)


def levels(rng, n):
    k = int(rng.integers(3, 40))
    level, effect = rng.integers(0, k, n), rng.normal(size=k)
    rate = (20 + 5 * effect + rng.normal(0, 0.5, k)).round(1)
    return {"town": [f"town {i}" for i in level], "rate": rate[level], "zone": [f"z{i % 5}" for i in level]}, effect[
        level
    ]


def one_hot(rng, n):
    k = rng.integers(0, 4, n)
    return {str(i): (k == i).astype(int) for i in range(4)}, (k == 0) - 0.5 * (k == 2)


def calendar(rng, n):
    at = np.datetime64("2023-01-01", "us") + np.sort(rng.integers(0, 86400 * 500, n)).astype("m8[s]")
    hour = at.astype("M8[h]").astype(np.int64) % 24
    day = at.astype("M8[D]").astype("M8[us]")
    due = day + rng.integers(1, 60, n).astype("m8[D]")
    return {"at": at, "due": due, "days": (due - day) / np.timedelta64(1, "D"), "hour": hour}, np.sin(hour / 24 * 6.28)


def series(rng, n):
    x = (rng.normal(size=n + 2).cumsum() * 0.3).round(2)
    return {"now": x[2:], "lag1": x[1:-1], "lag2": x[:-2]}, x[2:] / max(float(x.std()), 0.1)


def cycle(rng, n):
    return {"id": np.arange(n) % 7, "slot": np.arange(n) % 24, "block_id": np.arange(n) // 10}, np.zeros(n)


def gaps(rng, n):
    x = rng.normal(size=n)
    filled = rng.random(n) < np.where(x > 0, 0.9, 0.4)
    other = [f"r{rng.integers(3)}" if f else None for f in rng.random(n) < 0.5]
    return {"x": [float(v) if f else None for v, f in zip(x, filled, strict=True)], "why": other}, x


def heaps(rng, n):
    some = rng.random(n) < 0.6
    return {"spent": np.where(some, 0, rng.lognormal(3, 1, n).round(2)), "visits": rng.poisson(2 * ~some)}, ~some * 1.0


def texts(rng, n):
    x = rng.normal(size=n)
    said = [" ".join(rng.choice(WORDS, 9)) + (" urgent" if rng.random() < 0.3 + 0.3 * (v > 0) else "") for v in x]
    return {"note": said}, x


def grades(rng, n):
    grade = rng.integers(1, 6, n)
    return {"grade": grade, "letter": np.array(list("ABCDE"))[grade - 1], "floor": rng.integers(0, 9, n)}, grade * 1.0


KINDS = {
    "numbers": numbers,
    "parts": parts,
    "levels": levels,
    "one": one_hot,
    "calendar": calendar,
    "series": series,
    "cycle": cycle,
    "gaps": gaps,
    "heaps": heaps,
    "texts": texts,
    "grades": grades,
}
