"""Train: follow the plan, choose, calibrate, set the operating point, and refit what ships."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ownproof.core.dataset import Dataset
from ownproof.core.encoder import Encoder
from ownproof.core.learner import Candidate, Learner, Model
from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating
from ownproof.core.task import Task
from ownproof.errors import Refused
from ownproof.phases.train.choose import Choice, choose
from ownproof.phases.train.folds import Bench, Prepare, Tried, try_out
from ownproof.phases.train.plan import Plan
from ownproof.phases.train.search import search


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What training found, on out-of-fold answers: nothing here has seen a sealed row.

    predictions: calibrated answers for the rows of `split.answered`; baselines and others: answers by learner name.
    cut: what the clock ended, None when the plan ran to its end.
    """

    plan: Plan
    tried: tuple[Tried, ...]
    choice: Choice
    predictions: Predictions
    calibration: Mapping[str, Any]
    operating: Operating
    baselines: Mapping[str, Tried]
    cut: str | None
    done: int

    def best_of(self, learner: str) -> Tried | None:
        """The best candidate of one learner, None when it was not tried."""
        mine = [t for t in self.tried if t.candidate.learner == learner]
        return min(mine, key=lambda t: t.loss) if mine else None


@dataclass(frozen=True, slots=True)
class Refitted:
    """One model for the bundle: its recipe, its share in the average, its weights (not yet written)."""

    candidate: Candidate
    weight: float
    model: Model


def out_of_fold(
    bench: Bench,
    learners: Mapping[str, Learner],
    plan: Plan,
    *,
    news: Callable[[int, int, str], None] = lambda *_: None,
) -> Trained:
    """Follow the plan on the folds of the split. Raises Refused when the budget ended before one candidate did."""
    total = len(plan.baselines) + len(plan.items) + plan.trials
    count = 0
    baselines: dict[str, Tried] = {}
    tried: list[Tried] = []

    def tell() -> None:
        best = min(tried, key=lambda t: t.loss, default=None)
        news(count, total, f"best {best.candidate.label}: {best.loss:.5g}" if best else "")

    deadline, bench.deadline = bench.deadline, float("inf")
    for item in plan.baselines:  # the bar is fitted whatever the clock says: it costs next to nothing
        result = try_out(bench, learners[item.candidate.learner], item.candidate)
        if result is not None:
            baselines[item.candidate.learner] = result
        count += 1
        tell()
    bench.deadline = deadline
    for item in plan.items:
        if bench.cut:
            break
        bench.last_resort = not tried  # half a model is better than none, and worse than a whole one of another kind
        result = try_out(bench, learners[item.candidate.learner], item.candidate)
        tried += [result] if result is not None else []
        count += 1
        tell()
    if tried and plan.search and not bench.cut:
        mine = [t for t in tried if t.candidate.learner == plan.search] or tried

        def done(result: Tried | None) -> None:
            nonlocal count
            count += 1
            tried.extend([result] if result is not None else [])
            tell()

        search(bench, learners[plan.search], best=min(mine, key=lambda t: t.loss), trials=plan.trials, done=done)
    if not tried:
        raise Refused(
            "the budget was spent before one candidate was done",
            expected="at least one finished candidate",
            hint="give a larger --budget, or --learners linear",
            where="train",
            code="train.budget",
        )
    return _finish(bench, plan, tried, baselines, count - (1 if bench.cut else 0))


def _finish(bench: Bench, plan: Plan, tried: Sequence[Tried], baselines: Mapping[str, Tried], done: int) -> Trained:
    answered = bench.dataset.take(bench.split.answered)
    truth, weights = answered.truth, answered.weigh()
    assert truth is not None  # noqa: S101 - training rows have truth
    choice = choose(tried, lambda p: bench.target.losses(truth, p, bench.task), weights)
    calibration = bench.target.calibrate(truth, choice.predictions, weights, bench.task)
    calibrated = replace(choice.predictions, raw=bench.target.calibrated(choice.predictions.raw, calibration))
    operating = bench.target.operate(truth, calibrated, weights, bench.task)
    cut = None
    if bench.cut:
        cut = f"the clock ended the plan after {done} of {len(plan.baselines) + len(plan.items) + plan.trials} items"
    return Trained(
        plan,
        tuple(sorted(tried, key=lambda t: t.loss)),
        choice,
        calibrated,
        calibration,
        operating,
        baselines,
        cut,
        done,
    )


def refit(
    dataset: Dataset,
    trained: Trained,
    learners: Mapping[str, Learner],
    task: Task,
    *,
    prepare: Prepare,
    workdir: Path,
    seed: int,
    cores: int,
    tell: Callable[[float, str], None],
) -> tuple[Encoder, list[Refitted]]:
    """Fit the chosen members again on every row of `dataset`, with the rounds that the folds found."""
    encoder, (ready,) = prepare(dataset, [])
    members = []
    for tried, weight in trained.choice.members:
        learner = learners[tried.candidate.learner]
        settled = Candidate(learner.name, learner.settle(tried.candidate.params, tried.facts))
        model = learner.fit(ready, None, task, settled.params, workdir=workdir, seed=seed, cores=cores, progress=tell)
        members.append(Refitted(settled, weight, model))
    return encoder, members


def refit_baseline(
    dataset: Dataset,
    tried: Tried,
    learner: Learner,
    task: Task,
    *,
    prepare: Prepare,
    workdir: Path,
    seed: int,
    cores: int,
) -> tuple[Encoder, Model]:
    """The baseline on every row of `dataset`: what it would answer for rows it has not seen."""
    encoder, (ready,) = prepare(dataset, [])
    params = learner.settle(tried.candidate.params, tried.facts)
    return encoder, learner.fit(
        ready, None, task, params, workdir=workdir, seed=seed, cores=cores, progress=lambda *_: None
    )
