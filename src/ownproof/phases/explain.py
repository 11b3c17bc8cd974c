"""What drives the model, and whether more rows would help: measured on rows that its fit did not see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core.dataset import Dataset, Encoded
from ownproof.core.learner import Cut, Explains, Learner, Model, Progress
from ownproof.core.report import Chart, Finding, Note, Report, Section, Series
from ownproof.core.target import Target
from ownproof.core.task import Task
from ownproof.stats.distributions import two_sided
from ownproof.stats.learning import Doubling, doubling

ROWS = 2000
CELLS = 60_000  # rows x columns that are shuffled: every column asks the model about all rows again
ROWS_SHAP = 500  # large models take a hundredth of a second a row
ROWS_AT_ONCE = 100
SHARES = (0.125, 0.25, 0.5)
SHOWN = 15
LEVEL = 0.95
HELP_LEAST = 0.01  # of the loss: less is hardly worth twice the rows
HELP = {
    "yes": "more rows of the same kind would probably still help.",
    "no": "more rows of the same kind would hardly help; better columns or labels would.",
    "unsure": "whether more rows would help cannot be told from these.",
}


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
        found |= _curve(fit, train, held, task, target, model, seed=seed)
        if isinstance(model, Explains) and sample.encoded is not None:
            found["shap"] = _shap(model, sample.take(_some(len(sample), ROWS_SHAP, seed)), progress)
    except Cut:
        pass
    return found


def _some(rows: int, most: int, seed: int) -> np.ndarray:
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _losses(model: Model, dataset: Dataset, task: Task, target: Target) -> np.ndarray:
    assert dataset.truth is not None  # noqa: S101 - held-out rows of training have truth
    return np.asarray(target.losses(dataset.truth, model.predict(dataset), task))


def _mean_loss(model: Model, dataset: Dataset, task: Task, target: Target) -> float:
    return float(np.average(_losses(model, dataset, task, target), weights=dataset.weigh()))


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
) -> dict[str, Any]:
    """`curve`: [rows, held-out loss, low, high], fewest rows first, the last is the whole fold; `doubling`: what the
    last doubling brought and the next one probably would."""
    order = np.random.default_rng(seed).permutation(len(train))
    sizes = [int(len(train) * share) for share in SHARES if int(len(train) * share) >= 50]
    losses = [_losses(fit(train.take(np.sort(order[:rows]))), held, task, target) for rows in sizes]
    losses.append(_losses(whole, held, task, target))
    weights = held.weigh()
    share = weights / weights.sum()
    points = []
    for rows, loss in zip([*sizes, len(train)], losses, strict=True):
        mean = float(loss @ share)
        reach = two_sided(LEVEL) * float(np.sqrt(((loss - mean) ** 2) @ share**2))
        points.append([float(rows), mean, mean - reach, mean + reach])
    made = asdict(doubling(np.stack(losses), weights, level=LEVEL)) if len(losses) > 2 else None
    return {"curve": points, "doubling": made}


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
    findings = []
    if found.get("doubling"):
        finding, section = _more_rows(found["curve"], Doubling(**found["doubling"]))
        findings.append(finding)
        sections.append(section)
    facts = {"curve": {"points": found["curve"], **found["doubling"]}} if findings else {}
    return Report("explain", tuple(findings), sections=tuple(sections), facts=facts)


def _percent(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:g} %"


def _more_rows(curve: list[list[float]], found: Doubling) -> tuple[Finding, Section]:
    """Whether twice the rows would help: the curve with its intervals, and where it would go on to."""
    xs, ys = tuple(p[0] for p in curve), tuple(p[1] for p in curve)
    moved = f"{'lowered' if found.last >= 0 else 'raised'} the held-out loss by {_percent(abs(found.last))}"
    words = (
        f"Doubling the rows from {xs[-2]:,.0f} to {xs[-1]:,.0f} {moved} ({_percent(found.last_low)} to {_percent(found.last_high)}); "
        f"twice as many again would bring about {_percent(found.next)} ({_percent(found.next_low)} to {_percent(found.next_high)}): "
    ) + HELP[found.helps(HELP_LEAST)]
    ahead = Series(
        "carried on",
        (xs[-1], 2 * xs[-1]),
        (ys[-1], ys[-1] * (1 - found.next)),
        (ys[-1], ys[-1] * (1 - found.next_high)),
        (ys[-1], ys[-1] * (1 - found.next_low)),
    )
    seen = Series("held-out loss", xs, ys, tuple(p[2] for p in curve), tuple(p[3] for p in curve))
    chart = Chart(
        "Learning curve", "line", (seen, ahead), x_label="training rows", y_label="loss", caption="With 95 % intervals."
    )
    return (
        Finding("data.curve", "ok", (), found.next, words, ""),
        Section("Would more data help", (Note(words), chart), "learning-curve"),
    )
