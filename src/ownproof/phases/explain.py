"""What drives the model, and whether more rows would help: measured on rows that its fit did not see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core.dataset import Dataset, Encoded
from ownproof.core.learner import Cut, Explains, Learner, Model, Progress
from ownproof.core.report import Chart, Finding, Note, Report, Section, Series
from ownproof.core.target import Target
from ownproof.core.task import Task

ROWS = 2000
CELLS = 60_000  # rows x columns that are shuffled: every column asks the model about all rows again
ROWS_SHAP = 500  # large models take a hundredth of a second a row
ROWS_AT_ONCE = 100
SHARES = (0.125, 0.25, 0.5)
SHOWN = 15


def explain(
    fold: Callable[[int], tuple[Dataset, Dataset]],
    learner: Learner,
    tried: Any,
    *,
    task: Task,
    target: Target,
    workdir: Path,
    seed: int,
    cores: int,
    progress: Progress,
    over: Callable[[], bool],
) -> dict[str, Any]:
    """Fit the best recipe on the first fold again, and ask it about the rows held out there.

    Permutation importance: how much the loss grows when one column's values are shuffled among the rows (Breiman 2001;
    the rows are held out). Learning curve: the same recipe on an eighth, a quarter and half of the rows. SHAP values
    where the model has them. over: whether the time is over; a fit that was cut short says nothing and is left out.
    Returns JSON values: what was ready before the clock ended it.
    """
    train, held = fold(0)
    found: dict[str, Any] = {}

    def fit(part: Dataset) -> Model:
        made = learner.fit(part, None, task, params, workdir=workdir, seed=seed, cores=cores, progress=progress)
        if over():
            raise Cut
        return made

    try:
        params = learner.settle(tried.candidate.params, tried.facts[:1])
        model = fit(train)
        sample = held.take(_some(len(held), ROWS, seed))
        few = sample.take(_some(len(sample), max(500, CELLS // max(1, len(train.schema.features))), seed))
        importance = _importance(model, few, task, target, seed=seed, progress=progress)
        found |= {"recipe": tried.candidate.label, "importance": importance}
        found["curve"] = _curve(fit, train, held, task, target, model, seed=seed)
        if isinstance(model, Explains) and sample.encoded is not None:
            found["shap"] = _shap(model, sample.take(_some(len(sample), ROWS_SHAP, seed)), progress)
    except Cut:
        pass
    return found


def _some(rows: int, most: int, seed: int) -> np.ndarray:
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _mean_loss(model: Model, dataset: Dataset, task: Task, target: Target) -> float:
    assert dataset.truth is not None  # noqa: S101 - held-out rows of training have truth
    return float(np.average(target.losses(dataset.truth, model.predict(dataset), task), weights=dataset.weigh()))


def _importance(
    model: Model, sample: Dataset, task: Task, target: Target, *, seed: int, progress: Progress
) -> list[list[Any]]:
    """[column, growth of the loss] for every column that has a part in the matrix, largest first."""
    if sample.encoded is None or not sample.encoded.features:
        return []
    from dataclasses import replace

    before = _mean_loss(model, sample, task, target)
    order = np.random.default_rng(seed).permutation(len(sample))
    owners = [f.column for f in sample.encoded.features]
    rows = []
    for column in dict.fromkeys(owners):
        matrix = sample.encoded.matrix.copy()
        mine = [i for i, owner in enumerate(owners) if owner == column]
        matrix[:, mine] = matrix[order][:, mine]
        shuffled = replace(sample, encoded=Encoded(matrix, sample.encoded.features))
        rows.append([column, _mean_loss(model, shuffled, task, target) - before])
        progress(0.5, f"shuffled {column}")
    return sorted(rows, key=lambda r: (-r[1], r[0]))


def _shap(model: Explains, sample: Dataset, progress: Progress) -> list[list[Any]]:
    """[column, mean absolute SHAP value] with a column's matrix parts added up, largest first."""
    assert sample.encoded is not None  # noqa: S101 - asked for before
    total: dict[str, float] = {}
    whole = np.zeros(len(sample.encoded.features))
    for start in range(0, len(sample), ROWS_AT_ONCE):
        progress(start / len(sample), "SHAP values")
        some = sample.take(np.arange(start, min(start + ROWS_AT_ONCE, len(sample))))
        whole += np.abs(model.contributions(some)).sum(axis=0)
    values = whole / len(sample)
    for feature, value in zip(sample.encoded.features, values, strict=True):
        total[feature.column] = total.get(feature.column, 0.0) + float(value)
    return sorted(([c, v] for c, v in total.items()), key=lambda r: (-float(r[1]), str(r[0])))


def _curve(
    fit: Callable[[Dataset], Model],
    train: Dataset,
    held: Dataset,
    task: Task,
    target: Target,
    whole: Model,
    *,
    seed: int,
) -> list[list[float]]:
    """[rows, held-out loss], fewest rows first; the last point is the whole fold."""
    points = []
    order = np.random.default_rng(seed).permutation(len(train))
    for share in SHARES:
        rows = int(len(train) * share)
        if rows < 50:
            continue
        points.append([float(rows), _mean_loss(fit(train.take(np.sort(order[:rows]))), held, task, target)])
    return [*points, [float(len(train)), _mean_loss(whole, held, task, target)]]


def report(found: Mapping[str, Any]) -> Report:
    """The chapter that shows it."""
    if not found:
        return Report("explain")
    blocks: list[Any] = []
    for key, title, label, caption in (
        (
            "importance",
            "Permutation importance",
            "growth of the held-out loss",
            "How much worse the answers get when a column's values are shuffled among held-out rows.",
        ),
        (
            "shap",
            "SHAP values",
            "mean absolute contribution",
            "How far each column moves the answer, on average over held-out rows, in the model's own unit.",
        ),
    ):
        rows = [r for r in found.get(key, []) if r[1] is not None][:SHOWN]
        if rows:
            names, values = tuple(r[0] for r in rows), tuple(float(r[1]) for r in rows)
            blocks.append(Chart(title, "bars", (Series(label, names, values),), x_label=label, caption=caption))
    sections = (
        [
            Section(
                "What drives the model",
                (
                    Note(
                        f"Measured with {found['recipe']} on rows that its fit did not see. Importance is no proof of a cause."
                    ),
                    *blocks,
                ),
                "drivers",
            )
        ]
        if blocks
        else []
    )
    curve = [p for p in found.get("curve", []) if p[1] is not None]
    findings = []
    if len(curve) > 2:
        xs, ys = tuple(p[0] for p in curve), tuple(p[1] for p in curve)
        last = (ys[-2] - ys[-1]) / max(abs(ys[-2]), 1e-12)
        words = f"Doubling the rows from {xs[-2]:,.0f} to {xs[-1]:,.0f} lowered the held-out loss by {last:.1%}" + (
            "; more rows of the same kind would probably still help."
            if last > 0.01
            else "; more rows of the same kind would probably not help much."
        )
        chart = Chart(
            "Learning curve",
            "line",
            (Series("held-out loss", xs, ys),),
            x_label="training rows",
            y_label="loss",
            caption=words,
        )
        sections.append(Section("Would more data help", (chart,), "learning-curve"))
        findings.append(Finding("data.curve", "ok", (), last, words, ""))
    return Report("explain", tuple(findings), sections=tuple(sections))
