"""The chapter on the target: how its answers are spread, and which are rare."""

from __future__ import annotations

import math

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.report import Block, Chart, Finding, Grid, Note, Section, Series
from ownproof.core.target import Target
from ownproof.core.task import Task
from ownproof.phases.audit.explore.pictures import level_bars, number_histogram
from ownproof.phases.audit.truth import Truth
from ownproof.stats.shapes import histogram

SKEWED = 2.0  # from here on the mean says little of a usual row
LEVELS_SHOWN = 20


def chapter(
    dataset: Dataset, task: Task, target: Target, *, truth: Truth, policy: Policy
) -> tuple[Section, list[Finding]]:
    """Balance or distribution of the truth in the rows of a dataset."""
    values = dataset.truth if dataset.truth is not None else target.truth(dataset.column(task.column), task)
    profile = target.profile(values, task)
    blocks: list[Block] = []
    if (profile.levels and profile.distinct <= LEVELS_SHOWN) or not profile.edges:
        blocks.append(level_bars(f"Rows by {task.column}", profile.levels[:LEVELS_SHOWN], profile.rows))
    else:
        blocks.append(number_histogram(f"Rows by {task.column}", histogram(np.asarray(values, dtype=np.float64))))
    if profile.numbers:
        shown = {k: v for k, v in profile.numbers.items() if math.isfinite(v) and not (k == "infinite" and v == 0)}
        blocks.append(Grid(tuple(shown), (tuple(shown.values()),), f"{task.column} in numbers"))
    found = _balance(truth, policy) if truth.exact and task.classes else []
    if truth.numbers is not None:
        found += _shape(truth.numbers, task.column)
    blocks[:0] = [Note(f.evidence[:1].upper() + f.evidence[1:] + ".") for f in found]
    return Section("The target", tuple(blocks), "target"), found


def _balance(truth: Truth, policy: Policy) -> list[Finding]:
    counts = np.bincount(truth.codes, minlength=truth.k)
    order = np.argsort(-counts, kind="stable")
    most, least = int(order[0]), int(order[-1])
    n = len(truth)
    found = [
        Finding(
            "quality.balance",
            "ok",
            (truth.column,),
            float(counts[least] / n),
            f"{counts[most] / n:.1%} of {n:,} rows are {truth.spell(most)}, {counts[least] / n:.1%} are {truth.spell(least)}",
        )
    ]
    rare = [f"{truth.spell(int(c))} ({counts[c]})" for c in order if counts[c] < policy.class_units_least]
    if rare:
        shown = ", ".join(rare[:8]) + (f" and {len(rare) - 8} more" if len(rare) > 8 else "")
        found.append(
            Finding(
                "quality.rare-class",
                "warn",
                (truth.column,),
                float(len(rare)),
                f"fewer than {policy.class_units_least} rows: {shown}; little can be learnt or shown of them",
                "bring more rows of these classes, or merge them with others",
            )
        )
    return found


def _shape(numbers: np.ndarray, name: str) -> list[Finding]:
    known = numbers[np.isfinite(numbers)]
    if len(known) < 3 or known.min() == known.max():
        return []
    scaled = (known - known.mean()) / max(float(np.abs(known - known.mean()).max()), 1e-300)
    skew = float((scaled**3).mean() / (scaled**2).mean() ** 1.5)
    if abs(skew) < SKEWED:
        return []
    side = "large" if skew > 0 else "small"
    return [
        Finding(
            "quality.skew",
            "ok",
            (name,),
            skew,
            f"{name} is skewed ({skew:.1f}): a few very {side} values decide a squared error",
            "look at MAE beside RMSE, or predict its logarithm if ratios matter",
        )
    ]


def strength_bars(pairs: list[tuple[str, float]], title: str, label: str, *, middle: float) -> Chart:
    """What each column says alone, the strongest first; middle: what a column that says nothing has."""
    ordered = sorted(pairs, key=lambda p: (-p[1], p[0]))[:30]
    return Chart(
        title,
        "dots",
        (Series("", tuple(n for n, _ in ordered), tuple(v for _, v in ordered)),),
        x_label=label,
        reference=f"y={middle}",
    )
