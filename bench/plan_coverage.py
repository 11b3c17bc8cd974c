"""How often the score at 2 and 4 times the rows lies in the interval that `plan` gave, on rows that neither saw.

    python bench/plan_coverage.py DATA ... [--rows 500 2000] [--budget 30s] [--seeds 1] [--metric M] [--most 30000]

DATA is FILE:TARGET[:DROP,DROP ...] (any table that ownproof reads), or a folder with `task.json` (target, metric,
known_leaks) and `train.csv`, `train.jsonl` or `train.csv.gz` with their `test`. All rows are shuffled; a third is the test.
`plan` gets the first N of the others; the truth is its own recipe, fitted on 2 and 4 times its training rows (the first N
among them) and scored on the test. Prints a Markdown table and what it adds up to: the share covered;
the mean width of the intervals, as a share of what is left to gain (from the interval's poor end to perfect), which is the
interval that knows nothing but today's score; the mean gap of the middle and of "stay at the last point" to the truth.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import polars as pl

from ownproof.core import registry
from ownproof.core.learner import Candidate
from ownproof.core.reading import read_table
from ownproof.project import flow, steps
from ownproof.project.config import Config
from ownproof.project.planning.fits import answered
from ownproof.project.planning.plan import Wanted, plan

HEAD = ("table", "metric", "learner", "rows", "times", "today", "low", "middle", "high", "truth", "inside", "CPU s")
TIMES = (2, 4)


@dataclass(frozen=True)
class Table:
    """Rows to learn from, shuffled, and rows to test on."""

    name: str
    train: pl.DataFrame
    test: pl.DataFrame
    target: str
    drop: tuple[str, ...] = ()
    metric: str | None = None


def read(path: Path) -> pl.DataFrame:
    if path.suffix == ".gz":
        return pl.read_csv(path, infer_schema_length=None)
    return read_table(path, readers=registry.shelf("readers")).frame.collect()


def table(said: str, *, seed: int, most: int) -> Table:
    """A table by its name on the command line, in the seed's order, a third of it for the test."""
    folder = Path(said)
    if folder.is_dir():
        task = json.loads((folder / "task.json").read_text()) if (folder / "task.json").is_file() else {}
        file = next(p for end in ("csv", "jsonl", "csv.gz") if (p := folder / f"train.{end}").is_file())
        train = read(file)
        whole = pl.concat([train, read(folder / file.name.replace("train", "test")).select(train.columns)])
        target = task.get("target", train.columns[-1])
        drop, metric = tuple(task.get("known_leaks", ())), task.get("metric")
    else:
        name, target, *rest = said.split(":")
        whole = read(Path(name))
        drop, metric = tuple(rest[0].split(",")) if rest else (), None
    whole = whole.filter(pl.col(target).is_not_null()).sample(fraction=1.0, shuffle=True, seed=seed).head(most)
    third = len(whole) // 3
    return Table(folder.name.partition(":")[0], whole.slice(third), whole.head(third), target, drop, metric)


def truths(case: Table, rows: int, recipe: dict[str, Any], metric: str) -> dict[int, float]:
    """The score of the recipe on the test rows, by how many times `rows` training rows it was fitted on."""
    known = len(case.train)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "whole.parquet"
        pl.concat([case.train, case.test.select(case.train.columns)]).write_parquet(file)
        config = Config(data=str(file), target=case.target, drop=case.drop, metric=metric)
        with flow.in_memory(config) as project:
            state = flow.begin(project, str(file))
            steps.read(state)
            dataset, target, task = state.need("dataset"), state.need("target"), state.need("task")
            if len(dataset) != known + len(case.test):
                raise SystemExit(f"{case.name}: rows without a target; leave them out")
            held = np.arange(known, len(dataset))
            found = {}
            for times in TIMES:
                if times * rows > known:
                    continue
                candidate = Candidate(recipe["learner"], recipe["params"])
                said = answered(state, candidate, np.arange(times * rows), held, seed=0)
                part = dataset.take(held)
                point = target.operate(part.truth, said, part.weigh(), task)
                tally = target.tally(part.truth, said, task, point)
                found[times] = float(target.score(tally, part.weigh()[None], task, [metric])[metric][0])
            return found


def cases(case: Table, rows: int, budget: str, metric: str | None) -> tuple[list[tuple[Any, ...]], str]:
    """One line for each multiple, or the reason why there is none."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.parquet"
        case.train.head(rows).write_parquet(file)
        started = time.process_time()
        config = Config(data=str(file), target=case.target, drop=case.drop, metric=metric or case.metric)
        answer, _ = plan(config, str(file), Wanted(budget=budget))
        took = time.process_time() - started
    if answer["refused"]:
        return [], f"{case.name}, {rows:,} rows: {answer['refused']} ({answer['enough']})"
    found = truths(case, answer["training_rows"], answer["recipe"], answer["metric"])
    lines = []
    for each in answer["ahead"]:
        if each["times"] not in found:
            continue
        truth = found[each["times"]]
        lines.append(
            (
                case.name, answer["metric"], answer["learner"], rows, each["times"], answer["curve"][-1]["value"],
                each["low"], each["value"], each["high"], truth, each["low"] <= truth <= each["high"], took,
            )
        )  # fmt: skip
    return lines, ""


def summary(lines: list[tuple[Any, ...]]) -> str:
    """What the table adds up to, overall and by multiple."""
    said = []
    for name, some in (("all", lines), *((f"{t} times", [x for x in lines if x[4] == t]) for t in TIMES)):
        if not some:
            continue
        share, gap, stay = [], [], []
        for *_, today, low, middle, high, truth, _inside, _cpu in some:
            best = 1.0 if high <= 1.0 and middle >= today - 1e-9 else 0.0
            poor = low if best else high
            share.append((high - low) / max(abs(best - poor), 1e-9))
            scale = max(abs(best - truth), 1e-9)
            gap.append(abs(middle - truth) / scale)
            stay.append(abs(today - truth) / scale)
        inside = sum(x[10] for x in some)
        said.append(
            f"{name}: {inside} of {len(some)} truths inside ({100 * inside / len(some):.0f} %); width {100 * np.mean(share):.0f} % of "
            f"the interval that knows nothing but today's score; gap to the truth, as a share of the remaining error: middle "
            f"{100 * np.mean(gap):.1f} %, last point {100 * np.mean(stay):.1f} %"
        )
    return "\n".join(said)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+")
    parser.add_argument("--rows", type=int, nargs="+", default=[500, 2000])
    parser.add_argument("--budget", default="30s")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--metric")
    parser.add_argument("--most", type=int, default=30_000)
    said = parser.parse_args()
    lines: list[tuple[Any, ...]] = []
    refused: list[str] = []
    print("| " + " | ".join(HEAD) + " |")
    print("|" + "---|" * len(HEAD))
    for name in said.data:
        for seed in range(said.seeds):
            case = table(name, seed=seed, most=said.most)
            for rows in said.rows:
                if 2 * rows > len(case.train):
                    continue
                found, why = cases(case, rows, said.budget, said.metric)
                refused += [why] * bool(why)
                for line in found:
                    print(
                        "| " + " | ".join(f"{x:.4g}" if isinstance(x, float) else str(x) for x in line) + " |",
                        flush=True,
                    )
                lines += found
    print("\n" + summary(lines))
    for why in refused:
        print(f"not carried on: {why}")


if __name__ == "__main__":
    main()
