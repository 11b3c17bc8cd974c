"""Small tables for a selftest, the same on every machine, and what can be planted in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

ROWS = 800


def customers(rows: int = ROWS, *, seed: int = 11) -> pl.DataFrame:
    """Who left: two numbers and a level tell something of it, a third number nothing."""
    import polars as pl

    rng = np.random.default_rng(seed)
    usage, age = rng.normal(50, 15, rows).round(2), rng.uniform(18, 80, rows).round(1)
    plan = rng.choice(["basic", "plus", "pro"], rows, p=[0.5, 0.3, 0.2])
    score = (50 - usage) / 8 + (45 - age) / 20 + np.where(plan == "basic", 1.0, -0.5)
    left = rng.random(rows) < 1 / (1 + np.exp(-score))
    return pl.DataFrame(
        {
            "usage": usage,
            "age": age,
            "plan": plan,
            "noise": rng.normal(size=rows).round(4),
            "left": np.where(left, "yes", "no"),
        }
    )


def readings(rows: int = ROWS, *, seed: int = 12) -> pl.DataFrame:
    """A reading an hour, with an alarm that the load tells something of."""
    import polars as pl

    rng = np.random.default_rng(seed)
    at = np.datetime64("2024-01-01T00", "us") + np.arange(rows) * np.timedelta64(1, "h")
    load = rng.normal(size=rows).round(3)
    alarm = rng.random(rows) < 1 / (1 + np.exp(-2 * load))
    return pl.DataFrame({"at": at, "load": load, "noise": rng.normal(size=rows).round(3), "alarm": alarm.astype(int)})


def visits(rows: int = ROWS, *, seed: int = 13) -> pl.DataFrame:
    """Four visits each of patients."""
    import polars as pl

    rng = np.random.default_rng(seed)
    table = customers(rows, seed=seed)
    return table.with_columns(pl.Series("patient", [f"P{n}" for n in rng.permutation(np.arange(rows) // 4)]))
