"""Label quality: which given labels are probably wrong, by what two learners say of rows that they did not see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.core.report import Block, Chart, Finding, Grid, Note, Report, Section, Series
from ownproof.core.target import Suspected, Target
from ownproof.core.task import Task

ADVICE = (
    "where people gave the labels, look at the first of them and mend what is wrong at its source; where the label is an "
    "outcome that nobody can foresee, most of them are right"
)
SHOWN = 30
PAIRS = 10


def suspects(
    dataset: Dataset, task: Task, target: Target, answers: Mapping[str, Predictions], *, policy: Policy
) -> Report:
    """Rows of the evidence whose label is doubted; nothing is changed or left out.

    dataset: rows with their truth; answers: held-out ones by the learner's name, in the order of the rows.
    facts: `suspects`, with the table of all of them under `table`; empty where nobody can say.
    """
    if dataset.truth is None:
        raise ValueError("suspects need rows whose truth is known")
    able = {name: p for name, p in answers.items() if not p.hard}
    found = target.suspects(dataset.truth, list(able.values()), task) if able else None
    if found is None or len(dataset.truth) < policy.suspect_rows_least:
        return Report("suspects")
    table = _table(dataset, task, target, found)
    count, n = len(found.rows), len(dataset.truth)
    told: dict[str, Any] = {
        "count": count,
        "rows": n,
        "estimate": found.share,
        "learners": list(able),
        "file": None,
        "table": table,
    }
    if not count:
        words = f"no label of {n:,} rows contradicts {_names(able)}"
        return Report(
            "suspects", (Finding("quality.suspects", "ok", (task.column,), 0.0, words),), facts={"suspects": told}
        )
    about = "" if found.share is None else f"; at most {100 * found.share:.1f} % of all labels are wrong by this count"
    words = f"{count:,} of {n:,} labels contradict {_names(able)}{about}"
    advice = ADVICE
    finding = Finding("quality.suspects", "ok", (task.column,), float(count), words, advice)
    section = Section("Labels to look at", _blocks(words, table, found, task, target, dataset), "suspects")
    return Report("suspects", (finding,), sections=(section,), facts={"suspects": told})


def _names(answers: Mapping[str, Predictions]) -> str:
    return " and ".join(answers)


def _table(dataset: Dataset, task: Task, target: Target, found: Suspected) -> dict[str, list[Any]]:
    """The columns of the file, the most probable suspect first. row: counted from 1 among the rows with a target."""
    assert dataset.truth is not None  # noqa: S101 - asked for before
    table: dict[str, list[Any]] = {"row": (dataset.positions[found.rows] + 1).tolist()}
    key = dataset.schema.role("id")
    if key is not None:
        table[key.name] = dataset.take(found.rows).column(key.name).to_list()
    table["given"] = [target.to_json(v, task) for v in dataset.truth[found.rows]]
    table["likely"] = [target.to_json(v, task) for v in found.likely]
    return table | {name: values.tolist() for name, values in found.measures.items()}


def _blocks(
    words: str, table: Mapping[str, list[Any]], found: Suspected, task: Task, target: Target, dataset: Dataset
) -> tuple[Block, ...]:
    lines = tuple(zip(*(column[:SHOWN] for column in table.values()), strict=True))
    more = len(found.rows) - len(lines)
    caption = "The most probable first; what a learner doubts may still be right." + (
        f" {more:,} more are in the file." if more > 0 else ""
    )
    note = Note(f"{words[:1].upper()}{words[1:]}. {ADVICE[:1].upper()}{ADVICE[1:]}. Nothing was changed or left out.")
    picture = _pairs(table) if task.classes else _apart(dataset, found, target, task)
    return (note, picture, Grid(tuple(table), lines, caption))


def _pairs(table: Mapping[str, list[Any]]) -> Chart:
    """How often which label is doubted in favour of which."""
    pairs = [f"{given} → {likely}" for given, likely in zip(table["given"], table["likely"], strict=True)]
    names, counts = np.unique(pairs, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:PAIRS]
    bars = Series("rows", tuple(str(names[i]) for i in order), tuple(float(counts[i]) for i in order))
    return Chart("Given and likely", "bars", (bars,), x_label="rows", caption="Which label is doubted, and for which.")


def _apart(dataset: Dataset, found: Suspected, target: Target, task: Task) -> Chart:
    """What is given against what is likely."""
    assert dataset.truth is not None  # noqa: S101 - asked for before
    given = [float(target.to_json(v, task)) for v in dataset.truth[found.rows]]
    likely = [float(target.to_json(v, task)) for v in found.likely]
    dots = Series("suspects", tuple(likely), tuple(given))
    return Chart(
        "Given and likely",
        "points",
        (dots,),
        x_label="likely",
        y_label="given",
        reference="diagonal",
        caption="The further from the diagonal, the stranger the given number.",
    )
