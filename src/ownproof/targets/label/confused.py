"""Which classes are taken for which: the confusion, the figures of each class, the pairs that are confused most."""

from __future__ import annotations

import numpy as np

from ownproof.core.report import Block, Chart, Grid, Series
from ownproof.core.task import Task
from ownproof.stats.classes import confusion, per_class

HEAT_MOST = 20
LINES_MOST = 50
PAIRS_MOST = 10


def confused_blocks(truth: np.ndarray, decision: np.ndarray, task: Task) -> tuple[Block, ...]:
    """Confusion (of the most frequent classes, where there are many), figures by class, and for several classes the
    pairs confused most."""
    if not len(truth):
        return ()
    table = confusion(truth, decision, None, len(task.classes))[0]
    blocks: list[Block] = [heat(table, task), class_grid(table, task)]
    pairs = pair_grid(table, task) if len(task.classes) > 2 else None
    return (*blocks, pairs) if pairs else tuple(blocks)


def heat(table: np.ndarray, task: Task) -> Chart:
    """Rows are the truth, columns the decision, numbers are examples."""
    often = np.sort(np.argsort(-table.sum(axis=1), kind="stable")[:HEAT_MOST])
    names = tuple(str(task.classes[i]) for i in often)
    lines = tuple(Series(str(task.classes[i]), names, tuple(table[i, often].tolist())) for i in often)
    left = len(task.classes) - len(often)
    more = f" The {left} rarest classes are left out." if left else ""
    return Chart(
        "Confusion",
        "heat",
        lines,
        x_label="decided",
        y_label="true",
        caption=f"Each row is a true class, each column what it was taken for.{more}",
    )


def class_grid(table: np.ndarray, task: Task) -> Grid:
    """Precision, recall and F1 of each class, the largest first."""
    each = per_class(table[None])
    order = np.argsort(-each.support[0], kind="stable")[:LINES_MOST]
    lines = tuple(
        (
            str(task.classes[i]),
            int(each.support[0, i]),
            float(each.precision[0, i]),
            float(each.recall[0, i]),
            float(each.f1[0, i]),
        )
        for i in order
    )
    left = len(task.classes) - len(order)
    more = f" The {left} rarest classes are left out." if left else ""
    return Grid(
        ("class", "rows", "precision", "recall", "F1"),
        lines,
        f"Of those called a class, the share that is (precision); of those that are, the share found (recall).{more}",
    )


def pair_grid(table: np.ndarray, task: Task) -> Grid | None:
    """The pairs confused most, by rows and by share of the true class; None when nothing is confused."""
    wrong = table * (1.0 - np.eye(len(table)))
    flat = np.argsort(-wrong.ravel(), kind="stable")[:PAIRS_MOST]
    places = [divmod(int(p), len(table)) for p in flat if wrong.ravel()[p] > 0]
    if not places:
        return None
    lines = tuple(
        (str(task.classes[i]), str(task.classes[j]), int(wrong[i, j]), float(wrong[i, j] / table[i].sum()))
        for i, j in places
    )
    return Grid(("true", "taken for", "rows", "share of the true class"), lines, "The pairs confused most.")
