"""A small table of customers: a quantity, a choice, and an amount that is mostly nothing."""

import numpy as np
import polars as pl

KINDS = {"age": "number", "plan": "category", "spend": "number"}


def rows(n, seed, *, age=0.0, plan=(0.5, 0.3, 0.2)):
    draw = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "age": 40 + 10 * (draw.normal(size=n) + age),
            "plan": draw.choice(["a", "b", "c"], n, p=plan),
            "spend": np.where(draw.random(n) < 0.9, 0.0, draw.lognormal(size=n)),
        }
    )
