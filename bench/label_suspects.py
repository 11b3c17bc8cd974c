"""How many turned labels `label suspects` finds, and how many it names beside them: labels of real tables are turned at random.

    python bench/label_suspects.py DATA:TARGET ... [--rows 2000] [--share 0.06] [--repeats 1]

Every table is cut to some rows, and a share of its labels is turned into another one, half of them at random and half into
the class that is most often meant by mistake (drawn once a class). Prints precision and recall of all that is named, and
the precision of the first twenty. The labels of the tables hold errors of their
own, so precision is a lower bound.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import polars as pl

from ownproof.core import registry
from ownproof.core.reading import read_table
from ownproof.project import suspecting

FIRST = 20


def turned(labels: np.ndarray, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The labels with some of them turned, and which."""
    names = np.unique(labels)
    usual = {n: rng.choice(names[names != n]) for n in names}
    rows = rng.choice(len(labels), round(share * len(labels)), replace=False)
    changed = labels.copy()
    for number, row in enumerate(rows):
        others = names[names != labels[row]]
        changed[row] = usual[labels[row]] if number % 2 else rng.choice(others)
    return changed, rows


def once(path: str, target: str, *, rows: int, share: float, seed: int) -> tuple[str, float, float, float, float]:
    """One table with turned labels: precision, recall, precision of the first, seconds of CPU."""
    frame = read_table(path, readers=registry.shelf("readers")).frame.collect()
    frame = frame.filter(pl.col(target).is_not_null())
    rng = np.random.default_rng(seed)
    frame = frame[np.sort(rng.choice(frame.height, min(rows, frame.height), replace=False))]
    labels, wrong = turned(frame[target].cast(pl.String).to_numpy().astype(str), share, rng)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.parquet"
        frame.with_columns(pl.Series(target, labels)).write_parquet(file)
        started = time.process_time()
        answer = suspecting.suspects(str(file), {"target": target, "task": "label", "seed": seed})
        took = time.process_time() - started
    named = [s["row"] - 1 for s in answer["suspects"]]
    hits = set(wrong.tolist())
    good = [row in hits for row in named]
    precision = float(np.mean(good)) if good else float("nan")
    first = float(np.mean(good[:FIRST])) if good else float("nan")
    return " + ".join(answer["learners"]), precision, sum(good) / len(hits), first, took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", metavar="DATA:TARGET", nargs="+")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--share", type=float, default=0.06)
    parser.add_argument("--repeats", type=int, default=1)
    said = parser.parse_args()
    print(f"{'table':24} {'precision':>9} {'recall':>7} {f'first {FIRST}':>8} {'CPU s':>6}  learners")
    for each in said.tables:
        path, _, target = each.rpartition(":")
        found = [once(path, target, rows=said.rows, share=said.share, seed=seed) for seed in range(said.repeats)]
        p, r, f, s = (float(np.nanmean([line[i] for line in found])) for i in (1, 2, 3, 4))
        name = Path(path).parent.name + "/" + Path(path).name
        print(f"{name[-24:]:24} {p:9.2f} {r:7.2f} {f:8.2f} {s:6.1f}  {found[0][0]}", flush=True)


if __name__ == "__main__":
    main()
