"""Tables without a target: strange rows are ranked, and what can be shown of that is shown."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.learner import Candidate, Learner, Shape
from ownproof.core.report import Note, Report, Section
from ownproof.core.target import Operating
from ownproof.errors import Refused
from ownproof.phases import stability as stability_phase
from ownproof.phases.evaluate import Contender
from ownproof.phases.stability import Likeness, flagged, likeness
from ownproof.phases.train import plan as planning
from ownproof.phases.train.account import Item
from ownproof.phases.train.choose import Choice
from ownproof.phases.train.folds import Bench, Tried, try_out
from ownproof.phases.train.run import Trained
from ownproof.project.state import State
from ownproof.project.training import base_digest, note_trained, preparing, workdir
from ownproof.runtime.predictor import Predictor

DETECTORS = ("isolation_forest", "density")
OTHER_SEED = 1000
ABOUT_ROWS = ("duplicates", "group-overlap", "time-overlap")
ABOUT_LEAKS = ("leak.duplicates", "leak.group-overlap", "leak.time-overlap")
ABOUT_TARGET = ("leaks", "target")


def train(state: State) -> None:
    """Score every held-out row by two detectors; the first one named ships."""
    project, config = state.project, state.project.config
    dataset, split, task, target = (state.need(n) for n in ("dataset", "split", "task", "target"))
    learners: Mapping[str, Learner] = registry.learners()
    note_trained(state, split.work)
    names = tuple(dict.fromkeys((*[n for n in config.learners if n in DETECTORS], *DETECTORS)))
    bench = Bench(
        dataset,
        split,
        task,
        target,
        preparing(state),
        project.memo(),
        base_digest(state),
        workdir(state),
        config.seed,
        config.cores,
        time.monotonic,
        float("inf") if config.budget_s is None else time.monotonic() + config.budget_s,
    )
    tried = {n: try_out(bench, learners[n], _recipe(learners[n], state, bench)) for n in names}
    first = tried[names[0]]
    done = [t for t in tried.values() if t is not None]
    if first is None or len(done) < 2:
        raise Refused(
            "the budget was spent before both detectors were done",
            expected="two finished detectors",
            hint="give a larger --budget",
            where="train",
            code="train.budget",
        )
    state.trained = _trained(state, first, done)
    state.model = Contender(first.candidate.label, state.trained.predictions, state.trained.operating)
    state.facts["likeness"] = _likenesses(state, bench, learners[names[0]], first, other=tried[names[1]])
    state.facts["candidates"] = [_line(t, 1.0 if t is first else 0.0) for t in done]
    state.reports["train"] = Report("train")


def _recipe(learner: Learner, state: State, bench: Bench) -> Candidate:
    encoded = bench.fold(0)[0].encoded
    shape = Shape(len(bench.split.folds[0].train), len(encoded.features) if encoded else 0)
    return Candidate(learner.name, learner.portfolio(state.need("task"), shape)[0])


def _line(tried: Tried, weight: float) -> dict[str, Any]:
    name = tried.candidate.label
    said = {"name": name, "learner": tried.candidate.learner, "params": dict(tried.candidate.params)}
    return {**said, "metric": "flagged", "value": None, "loss": None, "weight": weight, "seconds": tried.seconds}


def _trained(state: State, first: Tried, done: list[Tried]) -> Trained:
    """The first detector as what training found: its scores as ranks, its threshold, and a usual row to tell reasons by."""
    target, task, dataset = state.need("target"), state.need("task"), state.need("dataset")
    answered = dataset.take(state.need("split").answered)
    calibration = target.calibrate(answered.truth, first.predictions, answered.weigh(), task)
    predictions = replace(first.predictions, raw=target.calibrated(first.predictions.raw, calibration))
    operating = target.operate(answered.truth, predictions, answered.weigh(), task)
    operating = replace(operating, details={**operating.details, "usual": _usual(answered)})
    plan = planning.Plan((), tuple(Item(t.candidate, 0.0) for t in done), 0, None, 0.0, state.project.config.budget_s)
    choice = Choice(((first, 1.0),), first.predictions)
    return Trained(plan, tuple(done), choice, predictions, calibration, operating, {}, None, len(done))


def _usual(answered: Dataset) -> dict[str, list[Any]]:
    """By column the cell that is met most often, or in the middle: what a reason is told against."""
    found: dict[str, list[Any]] = {}
    for column in answered.schema.features:
        cells = answered.column(column.name).drop_nulls()
        if not len(cells):
            continue
        middle = cells.dtype.is_numeric()
        found[column.name] = [cells.median() if middle else cells.mode().sort()[0]]
    return {n: v for n, v in found.items() if isinstance(v[0], (int, float, str, bool))}


def _likenesses(state: State, bench: Bench, learner: Learner, first: Tried, *, other: Tried | None) -> list[Likeness]:
    """On the first fold's held-out rows: another seed, and either half of the training rows; on all: the second opinion."""
    share = float(state.need("task").details["share"])
    train, held = bench.fold(0)
    rng = np.random.default_rng(bench.seed)
    half = rng.permutation(len(train)) % 2 == 0

    def scores(rows: Dataset, seed: int) -> np.ndarray:
        model = learner.fit(
            rows,
            None,
            bench.task,
            first.candidate.params,
            workdir=bench.workdir,
            seed=seed,
            cores=bench.cores,
            progress=lambda *_: None,
        )
        return model.predict(held).raw

    found = [likeness("two seeds", scores(train, bench.seed), scores(train, bench.seed + OTHER_SEED), share)]
    halves = scores(train.take(half), bench.seed), scores(train.take(~half), bench.seed)
    found.append(likeness("two halves of the rows", *halves, share))
    second = first if other is None else other
    found.append(likeness("two detectors", first.predictions.raw, second.predictions.raw, share))
    return found


def evaluate(state: State) -> None:
    """No verdict: what share is flagged, and how steady that is."""
    trained, task, split = state.need("trained"), state.need("task"), state.need("split")
    least = trained.operating.threshold
    flags = flagged(trained.predictions.raw >= least, split.units[split.answered], state.policy.level)
    report = stability_phase.stability(
        state.facts["likeness"],
        trained.predictions.raw,
        flags,
        share=float(task.details["share"]),
        steady_least=state.policy.steady_least,
        detectors=(trained.tried[0].candidate.learner, trained.tried[1].candidate.learner),
    )
    facts = {**report.facts, "operating": Operating(least, None, trained.operating.why)}
    state.evidence = "out-of-fold"
    state.add("evaluate", replace(report, facts=facts))


def audit(report: Report) -> Report:
    """An audit without what is about a target."""
    gates = tuple(g for g in report.gates if g.id.removeprefix("audit.") in ABOUT_ROWS)
    findings = tuple(f for f in report.findings if f.rule.startswith("quality.") or f.rule in ABOUT_LEAKS)
    return replace(
        report, gates=gates, findings=findings, sections=tuple(s for s in report.sections if s.id not in ABOUT_TARGET)
    )


def on_sealed(state: State) -> None:
    """The share that the written bundle flags among the sealed rows: they hold no answers, so nothing is opened."""
    if state.bundle_path is None:
        return
    split, task, dataset = state.need("split"), state.need("task"), state.need("dataset")
    table = dataset.take(split.sealed).table([c.name for c in dataset.schema.features])
    raw = Predictor.open(state.bundle_path).raw(table)
    flags = flagged(raw >= 1.0 - float(task.details["share"]), split.units[split.sealed], state.policy.level)
    words = (
        f"Of {len(raw):,} sealed rows, which the detector was not fitted on, {100 * flags.value:.2f} % are flagged "
        f"({100 * flags.low:.2f} to {100 * flags.high:.2f} %); {100 * float(task.details['share']):g} % were declared. "
        "They hold no answers, so looking at them opens nothing."
    )
    state.reports["sealed"] = Report("evaluate", sections=(Section("On sealed rows", (Note(words),), "metrics"),))
