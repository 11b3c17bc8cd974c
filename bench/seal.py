"""Seconds to seal a table and to find the seal again, by rows: python bench/seal.py [rows ...]."""

from __future__ import annotations

import resource
import sys
import time
from itertools import pairwise

import numpy as np
import polars as pl

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.schema import Column, Schema
from ownproof.phases import seal, split

NUMBERS, LEVELS, MOMENTS = 18, 10, 2


def table(rows: int, *, time_column: bool) -> Dataset:
    """Eighteen numbers, ten columns of levels and two of moments, with a target of two classes."""
    rng = np.random.default_rng(0)
    frame: dict[str, np.ndarray] = {f"n{i}": rng.normal(size=rows) for i in range(NUMBERS)}
    frame |= {
        f"c{i}": rng.choice([f"level {k}" for k in range(5 * 3**i if i < 6 else 50)], rows) for i in range(LEVELS)
    }
    start = np.datetime64("2020-01-01", "us")
    frame |= {f"m{i}": start + rng.integers(0, 10**14, rows).astype("m8[us]") for i in range(MOMENTS)}
    frame["y"] = rng.choice(["no", "yes"], rows, p=[0.9, 0.1])
    kinds = {"n": "number", "c": "category", "m": "moment", "y": "category"}
    roles = {"y": "target", "m0": "time" if time_column else "feature"}
    columns = tuple(Column(n, kinds[n[0]], roles.get(n, "feature")) for n in frame)  # type: ignore[arg-type]
    return Dataset(pl.DataFrame(frame).lazy(), Schema(columns), "bench", rows)


def main(sizes: list[int]) -> None:
    inputs, policy = registry.inputs(), Policy()
    print(f"{'rows':>9} {'seal':>10} {'draw':>7} {'match':>7} {'split':>7} {'sealed':>8}  MB")
    for rows in sizes:
        for time_column in (False, True):
            dataset = table(rows, time_column=time_column)
            strata = (dataset.column("y") == "yes").to_numpy().astype(np.int64)
            clock = [time.perf_counter()]
            sealed, _ = seal.first(dataset, strata, inputs, policy=policy)
            clock.append(time.perf_counter())
            found = seal.match(sealed, dataset, inputs, policy=policy)
            clock.append(time.perf_counter())
            times = dataset.column("m0").to_numpy() if time_column else None
            split.propose(dataset, found.sealed, found.keys, strata, policy=policy, times=times, classes=("no", "yes"))
            clock.append(time.perf_counter())
            took = "".join(f" {b - a:6.2f}s" for a, b in pairwise(clock))
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(f"{rows:>9,} {sealed.kind:>10}{took} {sealed.sealed_rows:>8,}  {peak:,}")


if __name__ == "__main__":
    main([int(a.replace("_", "")) for a in sys.argv[1:]] or [100_000, 1_000_000])
