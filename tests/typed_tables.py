"""Tables through the real door: read, recognised and typed by the kinds that are installed."""

import numpy as np
import polars as pl

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.reading import read_table
from ownproof.core.recognise import read_typed, recognise
from ownproof.core.schema import Column, Schema

INPUTS = registry.inputs()


def typed(where, *, kinds=None, **roles):
    """A dataset from a frame or a path. roles: target="y", time="t" ...; drop=("a", "b"); kinds: told by name."""
    raw = read_table(where, readers=registry.shelf("readers"))
    found = recognise(raw, INPUTS, told=kinds or {})
    dropped = roles.pop("drop", ())
    role = {name: role for role, name in roles.items()}
    columns = tuple(
        Column(k.column, k.kind, "drop" if k.column in dropped else role.get(k.column, "feature"), k.details)
        for k in found
    )
    frame = read_typed(raw, found, INPUTS).collect()
    return Dataset(frame.lazy(), Schema(columns), "test", frame.height)


def strata(dataset):
    """The target's values as strata, int64 (n,)."""
    column = dataset.schema.role("target")
    return np.unique(dataset.column(column.name).cast(pl.String).fill_null("").to_numpy(), return_inverse=True)[1]


def customers(rows=1200, *, seed=0):
    """A table like those that people have: a number, levels, a text, a date and a rare outcome."""
    rng = np.random.default_rng(seed)
    start = np.datetime64("2024-01-01", "s")
    return pl.DataFrame(
        {
            "income": rng.normal(3000, 500, rows).round(2),
            "town": rng.choice(["Bern", "Zürich", "Genève", "Chur"], rows),
            "visits": rng.integers(0, 30, rows),
            "joined": (start + rng.integers(0, 400 * 86400, rows).astype("m8[s]")).astype("datetime64[us]"),
            "churn": np.where(rng.random(rows) < 0.1, "yes", "no"),
        }
    )
