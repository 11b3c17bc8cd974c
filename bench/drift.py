"""Drift between two tables: false alarms, power, day effects, and what a comparison costs.

    python bench/drift.py --false-alarms 1000 --sizes 200 1000 10000
    python bench/drift.py --power 100 --sizes 200 1000 10000
    python bench/drift.py --days 20 --power 100 --sizes 1000
    python bench/drift.py --speed FOLDER --rows 100000 1000000 --python evidently=PATH/bin/python

Thirty columns: normal ones in a correlated block, Student's t, Pareto, log-normal, zero-inflated, counts small and large,
rounded to halves, nearly constant, half missing, categories of 2 to 500 levels (Zipf and even), ids. False alarms:
comparisons in which anything at all alarms though nothing changed; a new reference every `--fresh` comparisons. Power: the
share of comparisons in which the planted column (or pair) alarms. `--days N`: every window has a day effect of its own
(means by 0.05 standard deviations, spreads by 5 %, levels by 10 %), N such windows are the history. `--speed`: CPU
seconds and peak memory, each in a fresh process, beside a polars scan that reads every column of both files and takes its
gaps, ends and mean.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl

from ownproof.core.watch import Reference
from ownproof.phases.monitor.between import learn
from ownproof.phases.monitor.compare import Comparison, compare
from ownproof.runtime.watch import build, count

REFERENCE_ROWS = 20_000
PLANTS = {
    "mean + 0.2 sd": "plain_1",
    "sd x 1.3": "plain_1",
    "new level at 4 %": "level_8",
    "missing 2 -> 8 %": "holed_2",
    "correlation 0.7 -> 0": "joint",
    "6 points between levels": "level_8",
    "2 % x 50 in a tail": "pareto_1",
    "5 % in another unit": "lognormal_1",
}
KIND = {"level": "category", "id": "identifier"}


def names(prefix: str, codes: np.ndarray) -> pl.Series:
    """Codes as texts."""
    levels = pl.Series([f"{prefix}{k}" for k in range(int(codes.max(initial=0)) + 1)])
    return levels.gather(codes)


def levels(rng: np.random.Generator, rows: int, count_: int, tilt: float, day: float) -> np.ndarray:
    """Codes of a category: shares fall with the power `tilt`; a day moves each share by its own factor."""
    share = np.arange(1, count_ + 1.0) ** -tilt * np.exp(2 * day * rng.normal(size=count_))
    return np.searchsorted(np.cumsum(share / share.sum())[:-1], rng.random(rows), side="right")


def table(rng: np.random.Generator, rows: int, plant: str = "", *, day: float = 0.0) -> pl.DataFrame:
    """Thirty mixed columns; day: the size of day effects, in standard deviations."""

    def off() -> tuple[float, float]:
        return day * rng.normal(), float(np.exp(day * rng.normal()))

    z = rng.normal(size=(5, rows))
    z[1] = z[1] if plant == "correlation 0.7 -> 0" else 0.7 * z[0] + np.sqrt(0.51) * z[1]
    z[2] = 0.4 * z[0] + np.sqrt(0.84) * z[2]
    columns = {f"plain_{i}": v * s + m for i, (v, (m, s)) in enumerate((v, off()) for v in z)}
    for df in (1.5, 3):
        columns[f"student_{df}"] = rng.standard_t(df, size=rows) * off()[1]
    for i, shape in enumerate((1.2, 2.5)):
        columns[f"pareto_{i}"] = rng.pareto(shape, size=rows) * off()[1]
    for i, width in enumerate((0.5, 1.0, 2.0)):
        columns[f"lognormal_{i}"] = np.exp(width * (rng.normal(size=rows) + off()[0]))
    for i, share in enumerate((0.6, 0.95)):
        columns[f"zeros_{i}"] = np.where(rng.random(rows) < share, 0.0, rng.gamma(2.0, size=rows) * off()[1])
    for mean in (0.5, 4, 80):
        columns[f"count_{mean}"] = rng.poisson(mean * off()[1], size=rows).astype(float)
    columns["grade"] = rng.integers(1, 6, rows).astype(float)
    columns["halves"] = np.round(2 * (rng.normal(size=rows) * 3 + off()[0])) / 2
    columns["constant"] = np.where(rng.random(rows) < 0.9995, 1.0, 2.0)
    columns["holed_2"] = np.where(
        rng.random(rows) < (0.08 if "missing" in plant else 0.02), np.nan, rng.normal(size=rows)
    )
    columns["holed_50"] = np.where(rng.random(rows) < 0.5, np.nan, rng.exponential(size=rows))
    _numbers(columns, rng, plant)
    frame = pl.DataFrame(columns).with_columns(pl.all().fill_nan(None))
    return frame.with_columns(**_names(rng, rows, plant, day))


def _numbers(columns: dict[str, np.ndarray], rng: np.random.Generator, plant: str) -> None:
    if plant == "mean + 0.2 sd":
        columns["plain_1"] = columns["plain_1"] + 0.2
    elif plant == "sd x 1.3":
        columns["plain_1"] = columns["plain_1"] * 1.3
    elif plant == "2 % x 50 in a tail":
        hit = rng.random(len(columns["pareto_1"])) < 0.02
        columns["pareto_1"] = np.where(hit, columns["pareto_1"] * 50, columns["pareto_1"])
    elif plant == "5 % in another unit":
        hit = rng.random(len(columns["lognormal_1"])) < 0.05
        columns["lognormal_1"] = np.where(hit, columns["lognormal_1"] * 1000, columns["lognormal_1"])


def _names(rng: np.random.Generator, rows: int, plant: str, day: float) -> dict[str, pl.Series]:
    few = levels(rng, rows, 8, 0.7, day)
    if plant == "6 points between levels":
        few = np.where((few == 0) & (rng.random(rows) < 0.06 / 0.31), 3, few)
    named = names("w", few)
    if plant == "new level at 4 %":
        named = pl.select(pl.when(pl.Series(rng.random(rows) < 0.04)).then(pl.lit("new")).otherwise(named)).to_series()
    return {
        "level_2": names("a", levels(rng, rows, 2, 3.0, day)),
        "level_8": named,
        "level_50": names("c", levels(rng, rows, 50, 1.0, day)),
        "level_500": names("d", levels(rng, rows, 500, 0.8, day)),
        "level_500_even": names("e", levels(rng, rows, 500, 0.0, day)),
        "id": pl.Series([f"{k:012x}" for k in rng.integers(0, 2**48, rows)]),
    }


def kinds() -> dict[str, str]:
    """The input kind of every column."""
    return {n: KIND.get(n.partition("_")[0], "number") for n in table(np.random.default_rng(0), 10).columns}


def reference(rng: np.random.Generator, rows: int, day: float) -> Reference:
    """Of a table of so many rows, made of forty days where days differ."""
    if not day:
        return build(table(rng, rows), kinds())
    return build(pl.concat([table(rng, rows // 40, day=day) for _ in range(40)]), kinds())


def hit(found: Comparison, plant: str) -> bool:
    """Whether what was planted alarms."""
    if PLANTS[plant] == "joint":
        return found.joint is not None and found.joint.drift
    return any(c.drift and c.column == PLANTS[plant] for c in found.columns)


def simulate(args: argparse.Namespace, plants: list[str]) -> None:
    """Print a line a size and plant."""
    day = 0.05 if args.days else 0.0
    for rows in args.sizes:
        for plant in plants:
            rng = np.random.default_rng([args.seed, rows, len(plant)])
            started, alarms, hits, said = time.process_time(), 0, 0, Counter()
            rounds = args.power if plant else args.false_alarms
            for i in range(rounds):
                if i % args.fresh == 0:
                    held = reference(rng, args.reference, day)
                    windows = [count(held, table(rng, rows, day=day)) for _ in range(args.days)]
                    between = learn(held, windows) if windows else None
                found = compare(held, count(held, table(rng, rows, plant, day=day)), between=between, alpha=args.alpha)
                alarms += found.alarm
                hits += hit(found, plant) if plant else 0
                said.update(f"{c.column}/{c.test}" for c in found.columns if c.drift)
                said.update(["joint"] if found.joint is not None and found.joint.drift else [])
            each = (time.process_time() - started) / rounds * 1e3
            what = f"found in {hits / rounds:7.1%}" if plant else f"any alarm in {alarms / rounds:7.2%}"
            print(f"{args.reference:>7,} | {rows:>7,} | {plant or 'nothing':<24} | {what} of {rounds:>5,} | {each:5.0f} ms | "
                  f"{dict(said.most_common(4))}", flush=True)  # fmt: skip


SCAN = """
import polars as pl
for path in {paths!r}:
    frame = pl.scan_parquet(path)
    wanted = []
    for name, dtype in frame.collect_schema().items():
        column = pl.col(name)
        wanted += [column.null_count().alias(name + ":0"), column.min().alias(name + ":1"), column.max().alias(name + ":2")]
        wanted += [column.mean().alias(name + ":3")] if dtype.is_numeric() else []
    frame.select(wanted).collect(engine="streaming")
"""
OURS = """
from ownproof.project.drifting import drift
print(drift({paths!r}[0], {paths!r}[1])["exit"])
"""
BUILT = """
import json
from ownproof.core.watch import Reference
from ownproof.core import registry
from ownproof.core.reading import read_table
from ownproof.phases.monitor.compare import compare
from ownproof.runtime.watch import count_all
reference = Reference.from_json(json.load(open({json!r})))
raw = read_table({paths!r}[0], readers=registry.shelf("readers"))
print(compare(reference, count_all(reference, raw.frame)).alarm)
"""
EVIDENTLY = """
import pandas as pd
from evidently import Dataset, DataDefinition, Report
from evidently.presets import DataDriftPreset
before, now = (pd.read_parquet(p) for p in {paths!r})
print(len(str(Report([DataDriftPreset()]).run(now, before).dict())))
"""
WATCHED = """
import resource
exec({code!r})
own = resource.getrusage(resource.RUSAGE_SELF)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print("cost", own.ru_utime + own.ru_stime, int(peak.split()[1]) / 1024)
"""


def cost(python: str, code: str, **names_: object) -> tuple[float, float] | None:
    """CPU seconds and peak MB of some code in a fresh process; None when it fails."""
    done = subprocess.run(
        [python, "-c", WATCHED.format(code=code.format(**names_))], capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stderr.strip().splitlines()[-1][:200])
        return None
    return tuple(map(float, done.stdout.splitlines()[-1].split()[1:]))


def speed(args: argparse.Namespace) -> None:
    """Print a table of CPU seconds and memory."""
    folder = Path(args.speed)
    for rows in args.rows:
        paths = [folder / f"drift_{rows}_{part}.parquet" for part in ("before", "now")]
        for i, path in enumerate(paths):
            if not path.exists():
                parts = [table(np.random.default_rng([i, k]), min(rows, 250_000)) for k in range(-(-rows // 250_000))]
                pl.concat(parts).write_parquet(path)
        stored = folder / f"drift_{rows}.json"
        if not stored.exists():
            import json

            stored.write_text(json.dumps(build(pl.scan_parquet(paths[0]), kinds()).to_json()))
        both = {"paths": [str(p) for p in paths], "json": str(stored)}
        one = {**both, "paths": both["paths"][1:]}
        todo = {
            "polars scan, one file": (sys.executable, SCAN, one),
            "drift of one file against a stored reference": (sys.executable, BUILT, one),
            "polars scan, both files": (sys.executable, SCAN, both),
            "drift of two files": (sys.executable, OURS, both),
        }
        for said in args.python:
            name, _, python = said.partition("=")
            if name == "evidently":
                todo["Evidently, default"] = (python, EVIDENTLY, both)
        scans: dict[int, float] = {}
        for name, (python, code, paths_) in todo.items():
            found = min(filter(None, (cost(python, code, **paths_) for _ in range(args.times))), default=None)
            if found is None:
                print(f"{rows:>9,} | {name:<46} | failed")
                continue
            files = len(paths_["paths"])
            scans.setdefault(files, found[0])
            print(f"{rows:>9,} | {name:<46} | {found[0]:7.2f} CPU s | {found[0] / scans[files]:6.2f} x the scan | {found[1]:6.0f} MB",
                  flush=True)  # fmt: skip


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--false-alarms", type=int, default=0, help="comparisons without a change")
    parser.add_argument("--power", type=int, default=0, help="comparisons with each plant")
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 1000, 10_000])
    parser.add_argument("--reference", type=int, default=REFERENCE_ROWS, help="rows of the reference")
    parser.add_argument("--days", type=int, default=0, help="windows of history, with day effects")
    parser.add_argument("--fresh", type=int, default=5, help="comparisons with one reference")
    parser.add_argument("--alpha", type=float, default=None)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", metavar="FOLDER", help="where the files of the speed test lie")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--times", type=int, default=2)
    parser.add_argument("--python", nargs="*", default=[], metavar="NAME=PATH")
    args = parser.parse_args()
    print(
        "reference | rows | planted | result | CPU a comparison | what alarmed"
    ) if args.false_alarms or args.power else None
    simulate(args, ([""] if args.false_alarms else []) + (list(PLANTS) if args.power else []))
    if args.speed:
        speed(args)


if __name__ == "__main__":
    main()
