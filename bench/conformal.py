"""How often the truth lies inside the interval of a number, on rows that training never saw.

    python bench/conformal.py [--only NAME ...] [--budget 20s] [--level 0.95] [--seeds 1] [--table FILE:TARGET[:TIME[:DROP,DROP]]] ...

Made tables (linear with a noise that grows, skewed prices, counts, house values with place, drifting load forward in
time), scikit-learn's diabetes, and any tables of your own. A quarter of the rows (the latest where there is time) is the
test; diabetes is split ten times over. Prints a Markdown table: coverage with its 95 % interval, coverage in the narrowest
and in the widest third of the intervals, the mean width beside that of a band without a model.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import polars as pl

import ownproof as op
from ownproof.stats.intervals import wilson


@dataclass(frozen=True)
class Case:
    """A table, its target, the column that orders it, and how many splits of it are averaged."""

    frame: pl.DataFrame
    target: str
    time: str | None = None
    splits: int = 1


def growing_noise(rng: np.random.Generator, rows: int = 6000) -> Case:
    x = rng.normal(size=(rows, 6))
    size = np.exp(0.8 * x[:, 0])
    y = 3 * x[:, 0] + x[:, 1] * x[:, 2] + size * rng.normal(size=rows)
    return Case(pl.DataFrame({**{f"x{i}": x[:, i] for i in range(6)}, "y": y}), "y")


def hidden_noise(rng: np.random.Generator, rows: int = 6000) -> Case:
    """The noise grows with a column that does not move the mean."""
    x = rng.normal(size=(rows, 6))
    y = 2 * x[:, 0] + np.sin(2 * x[:, 1]) + np.exp(0.9 * x[:, 2]) * rng.normal(size=rows)
    return Case(pl.DataFrame({**{f"x{i}": x[:, i] for i in range(6)}, "y": y}), "y")


def prices(rng: np.random.Generator, rows: int = 6000) -> Case:
    size, zone, age = rng.lognormal(4.6, 0.4, rows), rng.choice(list("ABCDEF"), rows), rng.integers(0, 90, rows)
    worth = {z: 0.25 * i for i, z in enumerate("ABCDEF")}
    log = 7 + 0.9 * np.log(size) + np.array([worth[z] for z in zone]) - 0.004 * age + 0.25 * rng.standard_t(4, rows)
    return Case(pl.DataFrame({"size": size, "zone": zone, "age": age, "price": np.exp(log).round()}), "price")


def counts(rng: np.random.Generator, rows: int = 6000) -> Case:
    x, day = rng.normal(size=(rows, 4)), rng.integers(0, 7, rows)
    rate = np.exp(1.0 + 0.6 * x[:, 0] - 0.4 * x[:, 1] + 0.3 * (day > 4))
    return Case(pl.DataFrame({**{f"x{i}": x[:, i] for i in range(4)}, "day": day, "calls": rng.poisson(rate)}), "calls")


def places(rng: np.random.Generator, rows: int = 8000) -> Case:
    """House values by place, capped at the top, in the manner of California's census blocks."""
    lat, lon = rng.uniform(32.5, 42, rows), rng.uniform(-124, -114, rows)
    income, rooms = rng.lognormal(1.2, 0.45, rows), rng.lognormal(1.6, 0.25, rows)
    coast = np.exp(-np.square(lon + 124 - 0.9 * (42 - lat)) / 3)
    value = 0.45 * income * (0.6 + coast) + 0.1 * rooms + 0.25 * income * 0.5 * rng.normal(size=rows)
    return Case(
        pl.DataFrame({"lat": lat, "lon": lon, "income": income, "rooms": rooms, "value": np.clip(value, 0.15, 5.0)}),
        "value",
    )


def drifting_load(rng: np.random.Generator, rows: int = 9000) -> Case:
    """An hourly load whose level and noise rise slowly."""
    hour = np.arange(rows)
    at = np.datetime64("2023-01-01T00", "us") + (hour * 3600 * 10**6).astype("m8[us]")
    warm = 10 + 8 * np.sin(hour / 8766 * 6.283) + rng.normal(0, 3, rows)
    level = 50 + 12 * np.sin(hour % 24 / 24 * 6.283) + 0.8 * np.abs(warm - 15) + hour / rows * 4
    load = level + (2 + hour / rows) * rng.normal(size=rows)
    return Case(pl.DataFrame({"at": at, "warm": warm, "load": load}), "load", "at")


def diabetes(_: np.random.Generator) -> Case:
    from sklearn.datasets import load_diabetes

    found = load_diabetes()
    return Case(
        pl.DataFrame({**dict(zip(found.feature_names, found.data.T, strict=True)), "y": found.target}), "y", None, 10
    )


MADE: dict[str, Callable[[np.random.Generator], Case]] = {
    f.__name__: f for f in (growing_noise, hidden_noise, prices, counts, places, drifting_load, diabetes)
}


def own(said: str) -> Case:
    """FILE:TARGET[:TIME[:DROP,DROP]]."""
    path, target, time, drop = [*said.split(":"), "", ""][:4]
    read = pl.read_parquet if path.endswith(".parquet") else pl.read_csv
    frame = read(path).drop(drop.split(",") if drop else []).filter(pl.col(target).is_not_null())
    return Case(frame, target, time or None)


def parted(case: Case, seed: int) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Training rows and test rows: the latest quarter where there is time, else a random one."""
    for split in range(case.splits):
        rows = case.frame.height
        if case.time:
            order = case.frame[case.time].arg_sort().to_numpy()
        else:
            order = np.random.default_rng(1000 * seed + split).permutation(rows)
        cut = rows - rows // 4
        if case.time:  # equal times on one side
            at = case.frame[case.time][order]
            cut = int((at < at[cut]).sum())
        yield case.frame[order[:cut]], case.frame[order[cut:]]


def measured(case: Case, seed: int, *, level: float, budget: str) -> list[np.ndarray]:
    """For each test row: the truth, the answer and the ends of its interval."""
    found = []
    for train, test in parted(case, seed):
        with tempfile.TemporaryDirectory() as folder:
            test.write_parquet(f"{folder}/test.parquet")
            said = {"time": case.time} if case.time else {}
            done = op.run(
                train,
                target=case.target,
                out=f"{folder}/p",
                test=f"{folder}/test.parquet",
                interval=level,
                budget=budget,
                learners=["lightgbm", "linear"],
                seed=seed,
                **said,
            )
            if done.bundle is None:
                print(f"no bundle: {[g['id'] for g in done.answer['gates'] if g['status'] == 'refused']}")
                continue
            from ownproof.runtime.batch import predict

            predict(done.bundle, f"{folder}/test.parquet", f"{folder}/answers.parquet")
            answers = pl.read_parquet(f"{folder}/answers.parquet")
            columns = ["prediction", "prediction_low", "prediction_high"]
            found.append(np.column_stack([test[case.target].to_numpy(), *(answers[c].to_numpy() for c in columns)]))
    return found


def line(name: str, parts: list[np.ndarray], level: float) -> str:
    truth, _, low, high = np.concatenate(parts).T
    inside, width = (low <= truth) & (truth <= high), high - low
    thirds = np.array_split(np.argsort(width, kind="stable"), 3)
    ends = wilson(float(inside.sum()), float(len(inside)))
    blind = np.quantile(truth, 0.5 + level / 2) - np.quantile(truth, 0.5 - level / 2)
    return (
        f"| {name} | {len(truth):,} | {inside.mean():.3f} ({ends.low:.3f} to {ends.high:.3f}) | "
        f"{inside[thirds[0]].mean():.3f} | {inside[thirds[2]].mean():.3f} | {width.mean():.4g} | {width.mean() / blind:.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=list(MADE), choices=[*MADE, "none"])
    parser.add_argument("--table", action="append", default=[])
    parser.add_argument("--budget", default="20s")
    parser.add_argument("--level", type=float, default=0.95)
    parser.add_argument("--seeds", type=int, default=1)
    said = parser.parse_args()
    print("| table | rows | coverage | narrowest third | widest third | mean width | share of a band without a model |")
    print("|---|---|---|---|---|---|---|", flush=True)
    cases: dict[str, Callable[[np.random.Generator], Case]] = {n: MADE[n] for n in said.only if n in MADE}
    cases |= {Path(t.split(":")[0]).parent.name or t: (lambda _, t=t: own(t)) for t in said.table}
    for name, make in cases.items():
        parts = []
        for seed in range(said.seeds):
            parts += measured(make(np.random.default_rng(seed)), seed, level=said.level, budget=said.budget)
        if parts:
            print(line(name, parts, said.level), flush=True)


if __name__ == "__main__":
    main()
