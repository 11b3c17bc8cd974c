"""Seconds of an audit by rows, and what it finds of planted leaks and says of sound tables: python bench/audit.py [rows ...]."""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.moments import moments
from ownproof.core.policy import Policy
from ownproof.core.reading import read_table
from ownproof.core.recognise import read_typed, recognise
from ownproof.core.report import Report
from ownproof.core.schema import Column, Schema
from ownproof.core.task import Wishes
from ownproof.phases.audit import About, audit

INPUTS, TARGETS = registry.inputs(), registry.targets()
Table = Mapping[str, np.ndarray]
Plant = Callable[[dict[str, np.ndarray], np.random.Generator], None]


def audited(
    frame: pl.DataFrame,
    second: np.ndarray | None = None,
    *,
    kinds: Mapping[str, str] | None = None,
    horizon: float = 0.0,
    **roles: str,
) -> Report:
    """The audit of a frame with the target `y`. second: bool (n,), the rows of a test that was handed in; horizon: in
    seconds, how far a label reaches; roles: time="at", group="customer" ..."""
    raw = read_table(frame, readers=registry.shelf("readers"))
    found = recognise(raw, INPUTS, told=kinds or {})
    role = {"y": "target"} | {name: role for role, name in roles.items()}
    columns = tuple(
        Column(k.column, k.kind, role.get(k.column, "feature" if INPUTS[k.kind].usable else "ignored"), k.details)  # type: ignore[arg-type]
        for k in found
    )
    table = read_typed(raw, found, INPUTS).collect()
    dataset = Dataset(table.lazy(), Schema(columns), "bench", table.height)
    cells = dataset.column("y")
    target = max(TARGETS.values(), key=lambda t: t.recognise(cells))
    task = target.task(cells, Wishes())
    sealed = np.arange(len(dataset)) % 7 == 0 if second is None else second
    group = roles.get("group")
    return audit(
        dataset,
        task=task,
        target=target,
        inputs=INPUTS,
        policy=Policy(),
        about=About(
            sealed,
            np.arange(len(dataset), dtype=np.uint64),
            supplied=second is not None,
            groups=INPUTS[dataset.schema[group].kind].keys(dataset.column(group)) if group else None,
            times=moments(dataset, roles["time"]) if "time" in roles else None,
            horizon_us=horizon * 1e6,
        ),
    )


# ---------------------------------------------------------------- sound tables
def labels(rng: np.random.Generator, rows: int, *, share: float = 0.3, classes: int = 2) -> dict[str, np.ndarray]:
    """Numbers, levels, ordinal codes and gaps, of which some say something of a label."""
    table: dict[str, np.ndarray] = {f"number_{i}": rng.normal(size=rows) for i in range(4)}
    table["amount"] = rng.lognormal(3, 1, rows).round(2)
    table["grade"] = rng.integers(1, 6, rows)
    table["region"] = rng.choice([f"region {i}" for i in range(12)], rows)
    table["holed"] = np.where(rng.random(rows) < 0.2, np.nan, rng.normal(size=rows))
    score = table["number_0"] + 0.7 * table["grade"] + rng.logistic(size=rows)
    cuts = (
        np.quantile(score, np.linspace(1 - share, 1, classes)[:-1]) if classes > 2 else np.quantile(score, [1 - share])
    )
    table["y"] = np.array([f"class {i}" for i in range(classes)])[np.searchsorted(cuts, score)]
    return table


def numbers(rng: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    """The same with a number to predict."""
    table = labels(rng, rows)
    table["y"] = (1000 * np.exp(0.5 * table["number_0"] + 0.2 * table["grade"] + rng.normal(size=rows) * 0.4)).round(0)
    return table


def levels(rng: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    """A table of few levels, in which rows repeat by chance."""
    table: dict[str, np.ndarray] = {f"answer_{i}": rng.integers(0, 3, rows) for i in range(5)}
    table["y"] = np.where(table["answer_0"] + rng.integers(0, 3, rows) > 2, "yes", "no")
    return table


def apart(rng: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    """Two kinds of things that several measures part without an error, as species are."""
    kind = rng.integers(0, 2, rows)
    table: dict[str, np.ndarray] = {f"size_{i}": (rng.normal(size=rows) + 7 * kind).round(1) for i in range(4)}
    table["y"] = np.array(["this", "that"])[kind]
    return table


SOUND: dict[str, Callable[[np.random.Generator, int], dict[str, np.ndarray]]] = {
    "two classes": labels,
    "rare class": lambda rng, rows: labels(rng, rows, share=0.03),
    "five classes": lambda rng, rows: labels(rng, rows, classes=5, share=0.6),
    "sorted by label": lambda rng, rows: _sorted(labels(rng, rows)),
    "number": numbers,
    "few levels": levels,
    "apart by nature": apart,
}


def _sorted(table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    order = np.argsort(table["y"], kind="stable")
    return {name: column[order] for name, column in table.items()}


# ---------------------------------------------------------------- plants, by the rule that should find them
def _codes(table: Table) -> np.ndarray:
    y = table["y"]
    return np.unique(y, return_inverse=True)[1] if y.dtype.kind in "US" else (y > np.median(y)).astype(int)


def _magnitude(table: Table, rng: np.random.Generator) -> np.ndarray:
    """A number that the label cuts, or the target itself."""
    y = table["y"]
    if y.dtype.kind not in "US":
        return y.astype(float)
    return _codes(table) + rng.random(len(y))


def _set(name: str, make: Callable[[dict[str, np.ndarray], np.random.Generator], np.ndarray]) -> Plant:
    def plant(table: dict[str, np.ndarray], rng: np.random.Generator) -> None:
        table[name] = make(table, rng)

    return plant


def _flipped(codes: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    wrong = rng.random(len(codes)) < share
    return np.where(wrong, rng.permutation(codes), codes)


PLANTS: dict[str, tuple[str, Plant]] = {
    "equal": ("leak.copy", _set("planted", lambda t, _: t["y"])),
    "re-coded": (
        "leak.copy",
        _set(
            "planted",
            lambda t, _: (
                np.where(_codes(t) > 0, "B", "A")
                if len(np.unique(_codes(t))) == 2 and t["y"].dtype.kind in "US"
                else t["y"].astype(str)
                if t["y"].dtype.kind in "US"
                else -t["y"]
            ),
        ),
    ),
    "finer codes": ("leak.copy", _set("planted", lambda t, rng: 2 * _codes(t) + rng.integers(0, 2, len(t["y"])) + 10)),
    "cut or monotone": ("leak.copy", _set("planted", lambda t, rng: np.log1p(_magnitude(t, rng)))),
    "nearly equal": ("leak.copy", _set("planted", lambda t, rng: _flipped(t["y"], rng, 0.0005))),
    "afterwards by name": (
        "leak.availability",
        _set("final_result", lambda t, rng: _magnitude(t, rng) * rng.normal(1, 0.08, len(t["y"])) + 0.2),
    ),
    "proxy": (
        "leak.proxy",
        _set(
            "planted",
            lambda t, rng: (
                _flipped(_codes(t), rng, 0.05) + rng.normal(0, 0.05, len(t["y"]))
                if t["y"].dtype.kind in "US"
                else t["y"] * rng.normal(1, 0.05, len(t["y"]))
            ),
        ),
    ),
    "identifier": (
        "leak.id",
        _set("record_id", lambda t, rng: np.argsort(np.argsort(_magnitude(t, rng) + rng.normal(0, 0.05, len(t["y"]))))),
    ),
}


def main(sizes: list[int]) -> None:
    for rows in sizes:
        seconds(rows)
    quality(2000)


def seconds(rows: int) -> None:
    rng = np.random.default_rng(0)
    table = labels(rng, rows) | {f"more_{i}": rng.normal(size=rows) for i in range(12)}
    table |= {f"level_{i}": rng.choice([f"level {k}" for k in range(5 * 4**i)], rows) for i in range(5)}
    frame = pl.DataFrame(table)
    start, cpu = time.perf_counter(), time.process_time()
    audited(frame)
    wall, spent = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{rows:>9,} x {len(table)}  {wall:6.2f} s  {spent:6.2f} s of CPU, reading included  {peak:,} MB")


def quality(rows: int, seeds: int = 3) -> None:
    accused: Counter[str] = Counter()
    print(f"\n{'sound table':<20} tables  accusations of a leak")
    for name, make in SOUND.items():
        accused.clear()
        for seed in range(seeds):
            for size in (120, rows):
                report = audited(pl.DataFrame(make(np.random.default_rng(seed), size)))
                accused.update(
                    f"{f.rule} {f.level}" for f in report.findings if f.rule.startswith("leak.") and f.level != "ok"
                )
        print(f"{name:<20} {2 * seeds:>6}  {dict(accused) or 'none'}")
    print(f"\n{'plant':<20} {'rule':<20} found of  other columns accused")
    for name, (rule, plant) in PLANTS.items():
        found = of = other = 0
        for base in ("two classes", "rare class", *([] if name == "finer codes" else ["number"])):
            for seed in range(seeds):
                rng = np.random.default_rng(100 + seed)
                table = SOUND[base](rng, rows)
                before = set(table)
                plant(table, rng)
                planted = next(iter(set(table) - before))
                report = audited(pl.DataFrame(table))
                named = {
                    c for f in report.findings if f.rule.startswith("leak.") and f.level != "ok" for c in f.columns
                }
                of, found, other = of + 1, found + (planted in named), other + len(named - {planted})
        print(f"{name:<20} {rule:<20} {found:>5} {of:>2}  {other}")


if __name__ == "__main__":
    main([int(a.replace("_", "")) for a in sys.argv[1:]] or [10_000, 100_000])
