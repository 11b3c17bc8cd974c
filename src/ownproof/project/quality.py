"""What is asked of the answers beside the verdict: where they err, how much is luck, which labels contradict them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ownproof.core import registry
from ownproof.core.prediction import Predictions
from ownproof.core.report import Report
from ownproof.phases.evaluate import errors, seeds
from ownproof.phases.suspects import suspects
from ownproof.phases.train.folds import Bench, Tried
from ownproof.phases.train.seeds import reseeded
from ownproof.project.state import State
from ownproof.project.store import digest

FILE = "suspects.csv"


def add_errors(state: State) -> None:
    """Where the model errs, on the rows that evaluation speaks from."""
    split = state.need("split")
    report = errors(
        state.need("dataset").take(split.answered),
        split.units[split.answered],
        state.need("task"),
        state.need("target"),
        model=state.need("model"),
        policy=state.policy,
        level=state.policy.level,
        seed=state.project.config.seed,
    )
    state.add("errors", report)


def add_seeds(state: State) -> None:
    """How much of the gain is luck of the seed: the chosen recipe again on the first fold, while there is time."""
    bench: Bench = state.facts["bench"]
    trained, target, task = state.need("trained"), state.need("target"), state.need("task")
    verdict = state.reports["evaluate"].facts["verdict"]
    if bench.cut or verdict.metric not in target.metrics(task):
        return
    answers = reseeded(bench, registry.learners(), trained.choice)
    answers = [replace(a, raw=target.calibrated(a.raw, trained.calibration)) for a in answers]
    held = state.need("dataset").take(bench.split.folds[0].validation)
    state.add("seeds", seeds(held, task, target, answers, operating=trained.operating, verdict=verdict))


def two_learners(tried: Sequence[Tried], reference: Tried | None) -> dict[str, Predictions]:
    """Held-out answers of the best candidate and of the best one of another learner."""
    ranked = sorted(tried, key=lambda t: (t.loss, t.candidate.label))
    best: dict[str, Predictions] = {}
    for one in (*ranked, *([reference] if reference is not None else [])):
        if len(best) < 2:
            best.setdefault(one.candidate.learner, one.predictions)
    return best


def add_suspects(state: State, answers: Mapping[str, Predictions]) -> None:
    """Look for labels that are probably wrong among the rows of the evidence; the list becomes a file in the store."""
    dataset = state.need("dataset").take(state.need("split").answered)
    report = suspects(dataset, state.need("task"), state.need("target"), answers, policy=state.policy)
    told: dict[str, Any] = dict(report.facts.get("suspects", {}))
    table = told.pop("table", {})
    if table.get("row"):
        state.facts["suspects_file"] = _write(state, table)
    state.add("suspects", replace(report, facts={"suspects": told or None}))


def _write(state: State, table: Mapping[str, list[Any]]) -> Path:
    import polars as pl

    frame = pl.DataFrame({name: pl.Series(name, values, strict=False) for name, values in table.items()})
    key = digest(state.run, *(str(v) for v in table.values()))[:32]
    folder = state.project.store.put("suspects", key, lambda place: frame.write_csv(place / FILE))
    return folder / FILE


def file_of(report: Report | None, path: Path | None) -> dict[str, Any] | None:
    """The object `suspects` of the JSON answer with the place of its file; None where nobody was asked."""
    told = report.facts.get("suspects") if report is not None else None
    return None if told is None else {**told, "file": None if path is None else str(path)}
