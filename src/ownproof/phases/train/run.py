"""Train: follow the plan, choose, calibrate, set the operating point, and refit what ships."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.encoder import Encoder
from ownproof.core.learner import Candidate, Learner, Model
from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.core.target import Operating
from ownproof.core.task import Task
from ownproof.errors import Refused
from ownproof.phases.train.account import Account, Item, estimated
from ownproof.phases.train.choose import Choice, Terms, choose
from ownproof.phases.train.distil import Soft, softened
from ownproof.phases.train.folds import Bench, Prepare, Tried, shape_of, try_out
from ownproof.phases.train.plan import Plan
from ownproof.phases.train.search import inside, search

SMALLEST_SEARCH = 4  # fewer trials than this cannot find anything a portfolio has not


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """What training found, on out-of-fold answers: nothing here has seen a sealed row.

    predictions: calibrated answers for the rows of `split.answered`; terms: what the choice was made by; baselines and
    others: answers by learner name.
    cut: what the clock ended, None when the plan ran to its end. soft: what the only member is taught beside the truth,
    where it is the student of another model.
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
    terms: Terms = Terms(Policy(), 0.0)  # noqa: RUF009 - frozen
    soft: Soft | None = None

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


@dataclass(slots=True)
class _Work:
    """A plan on its way."""

    bench: Bench
    learners: Mapping[str, Learner]
    plan: Plan
    news: Callable[[int, int, str], None]
    account: Account = field(init=False)
    bars: dict[str, Tried] = field(default_factory=dict)
    tried: list[Tried] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    trials: int = 0
    _usual: Item | None = None

    def __post_init__(self) -> None:
        room, limit = (float("inf") if s is None else s for s in (self.plan.room_s, self.plan.limit_s))
        self.account = Account(room, limit)

    @property
    def count(self) -> int:
        return len(self.bars) + len(self.items) + self.trials

    def baselines(self) -> None:
        """The bars: fitted whatever the clock says, for they cost next to nothing."""
        deadline, self.bench.deadline = self.bench.deadline, float("inf")
        for item in self.plan.baselines:
            before = self.bench.spent_s
            result = try_out(self.bench, self.learners[item.candidate.learner], item.candidate)
            if result is not None:
                self.bars[item.candidate.learner] = result
            self.account.note(item, self.bench.spent_s - before, told=False)
            self._tell(self._waiting())
        self.bench.deadline = deadline

    def portfolio(self) -> None:
        """The queue: whatever is first and has room."""
        while not self.bench.cut:
            waiting = self._waiting()
            some = [i for i in waiting if self.account.fits(i)]
            if not some and (self.tried or not waiting):
                break
            item = some[0] if some else min(waiting, key=lambda i: i.seconds)  # one candidate is always tried
            self.bench.last_resort = not self.tried  # half a model is better than none, and worse than a whole one
            before = self.bench.spent_s
            result = try_out(self.bench, self.learners[item.candidate.learner], item.candidate)
            self.items.append(item)
            self._note(item, result, self.bench.spent_s - before)
            self._tell(some[1:])

    def searched(self) -> None:
        """The search, when there is room for enough of it."""
        if self.plan.search is None or self.bench.cut:
            return
        mine = inside(self.learners[self.plan.search].space(self.bench.task), self.tried, self.plan.search)
        if not mine:
            return
        best = min(mine, key=lambda t: t.loss)
        usual = next(i for i in self.items if i.candidate == best.candidate)
        if self.plan.room_s is not None and not self.account.fits(usual, SMALLEST_SEARCH):
            return
        self._usual, before = usual, self.bench.spent_s

        learner, shape, folds = self.learners[self.plan.search], shape_of(self.bench, 0), len(self.bench.split.folds)

        def item(candidate: Candidate) -> Item:
            return estimated(learner, candidate.params, shape, folds)

        def done(candidate: Candidate, result: Tried | None) -> None:
            nonlocal before
            self.trials += 1
            self._note(item(candidate), result, self.bench.spent_s - before)
            before = self.bench.spent_s
            self._tell([usual] if self.account.fits(usual) and self.trials < self.plan.trials else [])

        def room(candidate: Candidate | None) -> bool:
            free = self.plan.room_s is None
            return free or self.account.fits(usual if candidate is None else item(candidate))

        search(self.bench, learner, known=mine, trials=self.plan.trials, done=done, room=room)

    def ahead(self) -> Plan:
        """The plan as far as it had room when the clock struck: what was tried, what of the queue would have followed,
        and what of a search that had begun."""
        items, broken_off = list(self.items), self.items[-1:] if self._usual is None else []
        spent = self.account.spent_s + sum(map(self.account.expected, broken_off))
        for item in self._waiting():
            if spent + self.account.expected(item) <= self.account.room_s:
                spent += self.account.expected(item)
                items.append(item)
        trials = self.trials
        if self._usual is not None:
            free = (self.account.room_s - self.account.spent_s) / max(self.account.expected(self._usual), 1e-9)
            trials = int(min(self.plan.trials, trials + max(0.0, free)))
        return replace(self.plan, items=tuple(items), trials=trials)

    def _waiting(self) -> list[Item]:
        return [i for i in self.plan.items if i not in self.items]

    def _note(self, item: Item, result: Tried | None, work_s: float) -> None:
        self.tried += [result] if result is not None else []
        told = result is not None and all("work_s" in f and "rounds" in f for f in result.facts)
        self.account.note(item, work_s, told=told)

    def _tell(self, ahead: Sequence[Item]) -> None:
        best = min(self.tried, key=lambda t: t.loss, default=None)
        self.news(self.count, self.count + len(ahead), f"best {best.candidate.label}: {best.loss:.5g}" if best else "")


def out_of_fold(
    bench: Bench,
    learners: Mapping[str, Learner],
    plan: Plan,
    *,
    policy: Policy = Policy(),  # noqa: B008 - frozen
    most_us: float = float("inf"),
    news: Callable[[int, int, str], None] = lambda *_: None,
) -> Trained:
    """Follow the plan on the folds of the split, and choose members that take a row no longer than `most_us` by formula.

    Raises Refused when the budget ended before one candidate did.
    """
    work = _Work(bench, learners, plan, news)
    work.baselines()
    work.portfolio()
    work.searched()
    if not work.tried:
        raise Refused(
            "the budget was spent before one candidate was done",
            expected="at least one finished candidate",
            hint="give a larger --budget, or --learners linear",
            where="train",
            code="train.budget",
        )
    # What had no room was no part of the plan.
    plan = work.ahead() if bench.cut else replace(plan, items=tuple(work.items), trials=work.trials)
    bar = max((t.loss for t in work.bars.values()), default=max(t.loss for t in work.tried))
    terms = Terms(policy, bar, most_us)
    cut = None
    if bench.cut:
        done, whole = work.count - 1, len(plan.baselines) + len(plan.items) + plan.trials
        cut = f"the clock ended the plan after {done} of the {whole} items that had room"
    tried = tuple(sorted(work.tried, key=lambda t: t.loss))
    done = work.count - (1 if bench.cut else 0)
    return Trained(plan, tried, *_chosen(bench, tried, terms), work.bars, cut, done, terms)


def cheaper(bench: Bench, trained: Trained) -> Trained | None:
    """The same candidates chosen from anew, in half the time a row by formula or as often halved as it takes for another
    choice; None where the cheapest candidate alone was chosen already."""
    least = min(t.one_row_us for t in trained.tried)
    most_us, now_us = trained.choice.one_row_us, trained.choice.one_row_us
    while most_us > least and now_us > least:
        most_us /= 2
        terms = replace(trained.terms, most_us=most_us)
        choice, predictions, calibration, operating = _chosen(bench, trained.tried, terms)
        if choice.one_row_us < now_us:
            return replace(
                trained,
                choice=choice,
                predictions=predictions,
                calibration=calibration,
                operating=operating,
                terms=terms,
                soft=None,
            )
    return None


def taught(bench: Bench, trained: Trained, student: Tried) -> Trained:
    """The same training with the student in the place of the model that taught it."""
    predictions, calibration, operating = _decided(bench, student.predictions)
    return replace(
        trained,
        choice=Choice(((student, 1.0),), student.predictions, student.one_row_us),
        predictions=predictions,
        calibration=calibration,
        operating=operating,
        soft=Soft(bench.dataset.take(bench.split.answered).positions, trained.choice.predictions.raw),
    )


def _chosen(
    bench: Bench, tried: Sequence[Tried], terms: Terms
) -> tuple[Choice, Predictions, Mapping[str, Any], Operating]:
    """The choice, its calibrated answers, the calibration and the operating point."""
    answered = bench.dataset.take(bench.split.answered)
    truth, weights = answered.truth, answered.weigh()
    assert truth is not None  # noqa: S101 - training rows have truth
    choice = choose(tried, lambda p: bench.target.losses(truth, p, bench.task), weights, terms)
    return choice, *_decided(bench, choice.predictions)


def _decided(bench: Bench, predictions: Predictions) -> tuple[Predictions, Mapping[str, Any], Operating]:
    """Held-out answers calibrated, how, and the operating point with its interval."""
    answered = bench.dataset.take(bench.split.answered)
    truth, weights = answered.truth, answered.weigh()
    assert truth is not None  # noqa: S101
    calibration = bench.target.calibrate(truth, predictions, weights, bench.task)
    calibrated = replace(predictions, raw=bench.target.calibrated(predictions.raw, calibration))
    operating = bench.target.operate(truth, calibrated, weights, bench.task)
    windows = bench.split.windows
    operating = bench.target.bounded(
        truth,
        calibrated,
        weights * bench.decay ** (windows.max(initial=0) - windows),
        bench.task,
        operating=operating,
        units=bench.split.units[bench.split.answered],
        windows=windows,
    )
    return calibrated, calibration, operating


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
    """Fit the chosen members again on every row of `dataset`, with the rounds that the folds found.

    Below the policy's number of rows a member is two fits of different seeds, of half its weight each: where few rows
    decide, the draws of a fit do too. One is kept where both answer alike, or where time is limited.
    """
    encoder, (ready,) = prepare(dataset, [])
    terms, members = trained.terms, list[Refitted]()
    twice = len(dataset) < terms.policy.two_seeds_below and 2 * trained.choice.one_row_us <= terms.most_us
    if trained.soft is not None:
        twice, ready = False, softened(ready, trained.soft.of(ready), task)
    for tried, weight in trained.choice.members:
        learner = learners[tried.candidate.learner]
        settled = Candidate(learner.name, learner.settle(tried.candidate.params, tried.facts))
        models = [
            learner.fit(ready, None, task, settled.params, workdir=workdir, seed=seed + n, cores=cores, progress=tell)
            for n in range(1 + twice)
        ]
        if twice and _alike(*(m.predict(ready) for m in models)):
            models = models[:1]
        members += [Refitted(settled, weight / len(models), model) for model in models]
    return encoder, members


def _alike(a: Predictions, b: Predictions) -> bool:
    """Whether averaging would change nothing, or is not possible."""
    return a.raw.dtype == object or a.hard or bool(np.array_equal(a.raw, b.raw))


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
