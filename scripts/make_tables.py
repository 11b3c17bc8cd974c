"""Write docs/kinds.md from the registry: what lies on the shelves, and what can be combined. Abilities are tried out."""

from __future__ import annotations

import argparse
import inspect
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core import registry
from ownproof.core.dataset import Dataset, Encoded
from ownproof.core.input import Encodes, Feature
from ownproof.core.learner import Explains, Model, Shape
from ownproof.core.schema import Column, Schema
from ownproof.core.target import Target
from ownproof.core.task import Task, Wishes

PAGE = Path(__file__).resolve().parent.parent / "docs" / "kinds.md"
ROWS = 120
HEAD = """# What can be combined

*Made by `make docs` from the registry. Abilities were tried out on a small table, not declared.*

Everything here entered through an entry point, and so can yours: see [the house](architecture.md#to-add-something).
`ownproof kinds` prints what is installed on your machine, packages of other people included.
"""


def first_sentence(thing: Any) -> str:
    """The first sentence of a docstring, without its full stop, as the cell of a table."""
    line = (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")
    return line.partition(". ")[0].rstrip(".").replace("|", "\\|")


def ours(things: Mapping[str, Any]) -> dict[str, Any]:
    """Without what other packages in this environment brought; things: classes or instances by name."""
    classes = {name: thing if isinstance(thing, type) else type(thing) for name, thing in things.items()}
    return {name: thing for name, thing in things.items() if classes[name].__module__.startswith("ownproof.")}


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def task_of(target: Target) -> Task | None:
    """A task of a target kind on made-up truth: two words, or numbers; None where neither is of the kind."""
    import polars as pl

    draw = np.random.default_rng(0)
    words = pl.Series("y", np.where(draw.random(ROWS) < 0.4, "yes", "no"))
    numbers = pl.Series("y", draw.normal(0, 1, ROWS))
    for column in sorted((words, numbers), key=target.recognise, reverse=True):
        try:
            return target.task(column, Wishes())
        except Exception:  # noqa: BLE001 - a kind of somebody else's may want truth of another sort
            continue
    return None


def data(task: Task) -> Dataset:
    """Rows with two matrix columns, the first of which knows the truth."""
    import polars as pl

    draw = np.random.default_rng(1)
    truth: np.ndarray = draw.integers(0, 2, ROWS) if task.classes else draw.normal(0, 1, ROWS)
    matrix = np.column_stack([truth + draw.normal(0, 0.5, ROWS), draw.integers(0, 3, ROWS)]).astype(np.float32)
    features = (Feature("a", "a", label="a"), Feature("b", "b", "categorical", 3, "b"))
    schema = Schema((Column("a", "number"), Column("b", "category")))
    frame = pl.LazyFrame({"a": matrix[:, 0].astype(float), "b": [f"level {v:.0f}" for v in matrix[:, 1]]})
    return Dataset(frame, schema, "made up", ROWS, truth=truth, encoded=Encoded(matrix, features))


def fitted(learner: Any, task: Task) -> Model | str:
    """The learner's first recipe, fitted; or why that was not possible."""
    dataset, shape = data(task), Shape(ROWS, 2, max(1, len(task.classes)))
    if refusal := learner.accepts(dataset.schema, task):
        return str(refusal)
    recipes = learner.portfolio(task, shape)
    if not recipes:
        return "needs what the user brings"
    with tempfile.TemporaryDirectory() as workdir:
        model: Model = learner.fit(
            dataset,
            None,
            task,
            recipes[0],
            workdir=Path(workdir),
            seed=0,
            cores=1,
            progress=lambda _share, _words: None,
        )
    return model


def abilities(learner: Any, tasks: Mapping[str, Task]) -> list[str]:
    """One cell per target kind: whether it is served and what a fitted model can do."""
    cells = []
    for task in tasks.values():
        model = fitted(learner, task)
        if isinstance(model, str):
            cells.append("yes, from a file" if model.startswith("needs") else f"no: {model}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            scorer = model.save(Path(folder))
            graph = scorer == "onnx" or any(Path(folder).rglob("*.onnx"))
        can = [f"scorer `{scorer}`", *(["ONNX"] if graph else []), *(["SHAP"] if isinstance(model, Explains) else [])]
        cells.append("yes: " + ", ".join(can))
    return cells


def learners_by_target() -> str:
    """Learner x target kind x ability."""
    tasks = {name: task for name, target in ours(registry.targets()).items() if (task := task_of(target))}
    head = ["learner", "what it is", "extra", "tried", *(f"target `{name}`" for name in tasks)]
    rows = []
    for name, learner in ours(registry.learners()).items():
        tried = "as a bar" if learner.baseline else "by itself" if learner.default else "by name"
        extra = f"`{learner.extra}`" if learner.extra else ""
        rows.append([f"`{name}`", first_sentence(learner), extra, tried, *abilities(learner, tasks)])
    return grid(head, rows)


def learners_by_input() -> str:
    """Learner x input kind, by asking each learner about a table with one column of the kind."""
    kinds = {name: kind for name, kind in ours(registry.inputs()).items() if kind.usable}
    task = next(task for target in ours(registry.targets()).values() if (task := task_of(target)))

    def cell(learner: Any, name: str, kind: Any) -> str:
        if learner.reads == "matrix" and not isinstance(kind, Encodes):
            return "no matrix"
        refusal = learner.accepts(Schema((Column("x", name),)), task)
        return f"no: {refusal}" if refusal else "yes"

    rows = [
        [f"`{name}`", *(cell(learner, kind, kinds[kind]) for kind in kinds)]
        for name, learner in ours(registry.learners()).items()
    ]
    some = [row for row in rows if not all(cell.startswith("no") for cell in row[1:])]
    return grid(["learner", *(f"`{kind}`" for kind in kinds)], some)


def page() -> str:
    """The whole page."""
    inputs = [
        [f"`{n}`", first_sentence(k), "a matrix" if isinstance(k, Encodes) else "cells" if k.usable else "not offered"]
        for n, k in ours(registry.inputs()).items()
    ]
    targets = []
    for name, target in ours(registry.targets()).items():
        task = task_of(target)
        metrics = ", ".join(f"`{m}`" for m in target.metrics(task)) if task else ""
        targets.append([f"`{name}`", first_sentence(target), metrics])
    plain = {
        shelf: grid(
            [shelf[:-1], "what it is"], [[f"`{n}`", first_sentence(c)] for n, c in ours(registry.shelf(shelf)).items()]
        )
        for shelf in ("scorers", "readers")
    }
    parts = [
        HEAD.strip(),
        "## Learners and targets",
        learners_by_target(),
        "## Learners and input kinds",
        learners_by_input(),
        "## Input kinds",
        grid(["input", "what it is", "learners get"], inputs),
        "## Target kinds",
        grid(["target", "what it is", "metrics"], targets),
        "## Scorers",
        plain["scorers"],
        "## Readers",
        plain["readers"],
    ]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Write the page, or say that it is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the page is not up to date")
    given = parser.parse_args()
    broken = [finding.evidence for shelf in registry.SHELVES for finding in registry.broken(shelf)]
    if broken:
        print("\n".join(broken), file=sys.stderr)
        return 1
    made = page()
    if given.check:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != made:
            print("docs/kinds.md is not up to date: make docs", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
