"""Tables to be audited: sound ones, and the door to an audit of them."""

import numpy as np
import polars as pl

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.moments import moments
from ownproof.core.policy import Policy
from ownproof.core.reading import read_table
from ownproof.core.recognise import read_typed, recognise
from ownproof.core.schema import Column, Schema
from ownproof.core.task import Wishes
from ownproof.phases.audit import About, audit

INPUTS, TARGETS = registry.inputs(), registry.targets()
OUTSIDE = ("target", "time", "group", "id", "weight")


def audited(
    frame,
    target="y",
    *,
    sealed=None,
    supplied=False,
    returning=False,
    available=None,
    horizon_us=0.0,
    drop=(),
    kinds=None,
    **roles,
):
    """The report on a frame. sealed: bool (n,), none when not given; roles: time="at", group="patient" ..."""
    raw = read_table(frame, readers=registry.shelf("readers"))
    found = recognise(raw, INPUTS, told=kinds or {})
    said = {"target": target, **roles}
    named = {name: role for role, name in said.items()}
    columns = []
    for kind in found:
        usable = INPUTS[kind.kind].usable
        role = "drop" if kind.column in drop else named.get(kind.column, "feature" if usable else "ignored")
        details = {**kind.details, "also_feature": True} if usable and role in ("time", "group") else kind.details
        columns.append(Column(kind.column, kind.kind, role, details, kind.reason))
    table = read_typed(raw, found, INPUTS).collect()
    dataset = Dataset(table.lazy(), Schema(tuple(columns)), "test", table.height)
    cells = dataset.column(target)
    kind = max(TARGETS.values(), key=lambda t: t.recognise(cells))
    task = kind.task(cells, Wishes())
    n = len(dataset)
    group = roles.get("group")
    return audit(
        dataset,
        task=task,
        target=kind,
        inputs=INPUTS,
        policy=Policy(),
        about=About(
            np.zeros(n, dtype=bool) if sealed is None else sealed,
            np.arange(n, dtype=np.uint64),
            supplied=supplied,
            returning=returning,
            available=available or {},
            groups=INPUTS[dataset.schema[group].kind].keys(dataset.column(group)) if group else None,
            times=moments(dataset, roles["time"]) if "time" in roles else None,
            horizon_us=horizon_us,
        ),
    )


def leaks(report):
    """What was accused, as (rule, level, columns)."""
    return [(f.rule, f.level, f.columns) for f in report.findings if f.rule.startswith("leak.") and f.level != "ok"]


def finding(report, rule):
    """The first finding of a rule."""
    return next(f for f in report.findings if f.rule == rule)


def gate(report, name):
    """A gate by the last part of its id."""
    return next(g for g in report.gates if g.id == f"audit.{name}")


def loans(rows=600, *, seed=0, share=0.3):
    """A sound table with a label: numbers, a level, an ordinal code, gaps, some of which say something of it."""
    rng = np.random.default_rng(seed)
    income, age = rng.lognormal(8, 0.4, rows).round(2), rng.integers(18, 80, rows)
    grade, town = rng.integers(1, 6, rows), rng.choice(["Bern", "Chur", "Thun", "Genf"], rows)
    score = -2 * (np.log(income) - 8) + grade * 0.5 + rng.logistic(size=rows)
    return pl.DataFrame(
        {
            "income": income,
            "age": age,
            "grade": grade,
            "town": town,
            "holed": [
                None if gap else float(v) for gap, v in zip(rng.random(rows) < 0.1, rng.normal(size=rows), strict=True)
            ],
            "noise": rng.normal(size=rows),
            "y": np.where(score > np.quantile(score, 1 - share), "bad", "good"),
        }
    )


def prices(rows=600, *, seed=0):
    """A sound table with a number to predict."""
    rng = np.random.default_rng(seed)
    size, rooms = rng.normal(100, 25, rows).round(1), rng.integers(1, 7, rows)
    zone = rng.choice(["A", "B", "C"], rows)
    y = (1000 * np.exp(0.01 * size + 0.1 * rooms + rng.normal(0, 0.3, rows))).round(0)
    return pl.DataFrame({"size": size, "rooms": rooms, "zone": zone, "noise": rng.normal(size=rows), "y": y})


def put(frame, **columns):
    """The frame with further columns, each from an array."""
    return frame.with_columns(*(pl.Series(name, values) for name, values in columns.items()))


def is_bad(frame):
    """The label as bool (n,)."""
    return (frame["y"] == "bad").to_numpy()
