"""Small made-up tables for walks through the whole line."""

import numpy as np
import polars as pl


def loans(rows=1200, *, seed=7, signal=2.0):
    """A binary outcome `bad` that depends on two numbers and a level, with gaps and a few odd cells."""
    rng = np.random.default_rng(seed)
    income = rng.lognormal(8, 0.4, rows).round(2)
    age = rng.integers(18, 80, rows)
    town = rng.choice(["Bern", "Chur", "Thun", "Genf"], rows, p=[0.4, 0.3, 0.2, 0.1])
    score = signal * ((np.log(income) - 8) * 2 - (age - 45) / 20 + np.where(town == "Thun", 1.0, 0.0))
    bad = rng.random(rows) < 1 / (1 + np.exp(score + 0.5))
    return pl.DataFrame(
        {
            "income": [None if gap else v for gap, v in zip(rng.random(rows) < 0.05, income.tolist(), strict=True)],
            "age": age,
            "town": town,
            "noise": rng.normal(size=rows).round(4),
            "bad": np.where(bad, "yes", "no"),
        }
    )


def prices(rows=900, *, seed=8):
    """A number to predict."""
    rng = np.random.default_rng(seed)
    size, rooms = rng.normal(100, 25, rows).round(1), rng.integers(1, 7, rows)
    zone = rng.choice(["A", "B", "C"], rows)
    price = 1000 * (size * 3 + rooms * 12 + np.where(zone == "A", 60, 0) + rng.normal(0, 25, rows))
    return pl.DataFrame({"size": size, "rooms": rooms, "zone": zone, "price": price.round(0)})


def sensors(rows=1500, *, seed=9):
    """Rows in the order of time, one every hour."""
    rng = np.random.default_rng(seed)
    at = np.datetime64("2024-01-01T00", "us") + (np.arange(rows) * 3600 * 10**6).astype("m8[us]")
    hour = np.arange(rows) % 24
    load = rng.normal(0, 1, rows).round(3)
    alarm = rng.random(rows) < 1 / (1 + np.exp(-(2 * load + 2 * np.sin(hour / 24 * 6.28) - 1)))
    return pl.DataFrame({"at": at, "load": load, "noise": rng.normal(size=rows).round(3), "alarm": alarm.astype(int)})


def grades(rows=1000, *, seed=10):
    """Four classes, one of them rare."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=rows), rng.normal(size=rows)
    grade = np.select([x > 0.8, y > 0.5, x + y < -2], ["a", "b", "rare"], "c")
    flip = rng.random(rows) < 0.08
    grade = np.where(flip, rng.permutation(grade), grade)
    return pl.DataFrame({"x": x.round(4), "y": y.round(4), "z": rng.normal(size=rows).round(4), "grade": grade})
