"""The fits behind a learning curve: which learner, how many rows and repeats have room, and every answer of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.learner import Candidate, Learner, Shape
from ownproof.core.prediction import Predictions
from ownproof.errors import UsageError
from ownproof.phases.plan import design
from ownproof.phases.plan.design import Draw
from ownproof.phases.prepare import characters
from ownproof.phases.train import plan as planning
from ownproof.project.state import State
from ownproof.project.training import preparing, workdir
from ownproof.stats.ordered import distinct

OVERHEAD_S: Final = 0.03
"""Of each fit: rows taken from the table, calls."""
HELD_MOST: Final = 2_000
"""Rows answered a repeat: ten thousand in all know an AUC of 0.8 within 0.01."""
PROBE_ROWS: Final = 2_000
CONTEST, TRIED = 2, 5
"""Recipes that are held against each other before one is chosen, and on how many draws."""
LESSENED: Final = 0.8
"""The part of the rows that is tried next where all of them have no room."""


Seconds = Callable[[Learner, Mapping[str, Any], Sequence[int]], float]
"""seconds(learner, recipe, sizes): what one repeat of all sizes takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """What was fitted and answered. answers: repeat by size; cut: whether the clock ended the repeats."""

    candidate: Candidate
    draws: tuple[Draw, ...]
    answers: tuple[tuple[Predictions, ...], ...]
    cut: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Room:
    """A recipe with the largest size and the repeats that the budget has room for."""

    candidate: Candidate
    sizes: tuple[int, ...]
    repeats: int
    seconds: float


def fits(
    state: State, *, budget_s: float, wanted: Sequence[str] = (), over: Callable[[], bool] = lambda: False
) -> Fits | None:
    """Every fit of the curve; None where the training rows hold no range of sizes.

    The learner is the best of those for which six sizes and five repeats have room by the learners' formulas, at the
    largest size of the first draws. wanted: learners by name. over: whether the time is over, where the formulas were wrong:
    then no repeat is begun beyond the fifth.
    """
    split, dataset, task = state.need("split"), state.need("dataset"), state.need("task")
    strata = state.need("target").strata(dataset.truth, task)
    most = design.room(split)
    if not design.sizes(most):
        return None
    able = _able(state, wanted, most, budget_s)
    seed = state.project.config.seed
    drawn = {e: design.draws(split, strata, e.sizes, repeats=e.repeats, held_most=HELD_MOST, seed=seed) for e in able}
    tops = {e: _tops(state, e, drawn[e][:TRIED], seed) for e in able} if len(able) > 1 else {able[0]: []}
    room = min(
        able,
        key=lambda e: float(np.mean([_loss(state, d, a) for d, a in zip(drawn[e], tops[e], strict=False)] or [0.0])),
    )
    answers: list[tuple[Predictions, ...]] = []
    for repeat, draw in enumerate(drawn[room]):
        if repeat >= design.REPEATS_LEAST and over():
            break
        known = tops[room][repeat : repeat + 1]
        row = []
        for size in range(len(room.sizes) - len(known)):
            row.append(answered(state, room.candidate, draw.train(size), draw.held, seed=seed + repeat))
            number = repeat * len(room.sizes) + size + 1
            news = f"{room.candidate.label} on {draw.ends[size]:,} rows"
            state.news("curve", number, room.repeats * len(room.sizes), news)
        answers.append((*row, *known))
    return Fits(room.candidate, tuple(drawn[room][: len(answers)]), tuple(answers), len(answers) < room.repeats)


def _tops(state: State, each: _Room, draws: Sequence[Draw], seed: int) -> list[Predictions]:
    """The answers of a recipe at its largest size, draw by draw."""
    found = []
    for repeat, draw in enumerate(draws):
        found.append(answered(state, each.candidate, draw.train(-1), draw.held, seed=seed + repeat))
        state.news("choose", repeat + 1, len(draws), f"{each.candidate.label} on {draw.ends[-1]:,} rows")
    return found


def _loss(state: State, draw: Draw, answer: Predictions) -> float:
    held = state.need("dataset").take(draw.held)
    losses = state.need("target").losses(held.truth, answer, state.need("task"))
    return float(np.average(losses, weights=held.weigh()))


def answered(state: State, candidate: Candidate, train: np.ndarray, held: np.ndarray, *, seed: int) -> Predictions:
    """One recipe fitted on some rows, by position, and its answers to others; these may decide when to stop, as in
    training."""
    dataset: Dataset = state.need("dataset")
    learner = registry.learners()[candidate.learner]
    _, (ready, asked) = preparing(state)(dataset.take(train), [dataset.take(held)])
    model = learner.fit(
        ready,
        asked,
        state.need("task"),
        candidate.params,
        workdir=workdir(state),
        seed=seed,
        cores=state.project.config.cores,
        progress=lambda *_: None,
    )
    found: Predictions = model.predict(asked)
    return found


def _able(state: State, wanted: Sequence[str], most: int, budget_s: float) -> list[_Room]:
    """The recipes worth a contest: each learner's first bet that has room on the most rows."""
    dataset, split, task = state.need("dataset"), state.need("split"), state.need("task")
    some = dataset.take(split.folds[0].train[:PROBE_ROWS])
    _, (probe,) = preparing(state)(some, [])
    text = characters(some, state.need("loaded").inputs)
    units = len(distinct(split.units[split.work]))
    learners, left = planning.available(
        registry.learners(),
        planning.Wanted(budget_s, None, tuple(wanted)),
        dataset.schema,
        task,
        units=units,
        width=len(probe.encoded.features) if probe.encoded is not None else 0,
        rows=most,
    )
    held = min(HELD_MOST, max(len(f.validation) for f in split.folds))
    room = max(0.0, budget_s * state.policy.planned_share - planning.STARTED_S)

    def seconds(learner: Learner, params: Mapping[str, Any], ends: Sequence[int]) -> float:
        """Of one repeat of all sizes."""
        took = 0.0
        for rows in ends:
            shape = Shape.of(probe.encoded, rows, answers=len(task.classes), cores=1, held=held)
            cells = planning.PREPARED_CELL_S * shape.features + planning.PREPARED_CHARACTER_S * text
            took += OVERHEAD_S + learner.cost(params, shape).seconds + cells * (rows + held)
        return took

    able = {n: _recipes(state, x, probe, most) for n, x in learners.items() if not x.baseline}
    found = [best for n, recipes in able.items() if (best := _roomiest(learners[n], recipes, seconds, most, room))]
    if able and not found:  # the budget has room for none: the least there is, of the cheapest
        found = [_least(learners, able, seconds, most)]
    if not found:
        raise UsageError(
            "no learner can serve this task: " + "; ".join(f"{n}: {why}" for n, why in left),
            expected="a learner that accepts the task",
            hint="see ownproof kinds",
            where="--target",
            code="no-learner",
        )
    reach = max(f.sizes[-1] for f in found)
    near = sorted((f for f in found if 2 * f.sizes[-1] > reach), key=lambda f: f.seconds)
    return near[:CONTEST]


def _least(
    learners: Mapping[str, Learner], able: Mapping[str, Sequence[Mapping[str, Any]]], seconds: Seconds, most: int
) -> _Room:
    """The cheapest recipe of all, five times on the fewest rows that hold six sizes."""
    top = min(most, design.ROWS_FEWEST)
    ends = design.sizes(top)
    each, name, params = min(
        ((seconds(learners[n], p, ends), n, p) for n, recipes in able.items() for p in recipes), key=lambda x: x[0]
    )
    return _Room(Candidate(name, dict(params)), ends, design.REPEATS_LEAST, design.REPEATS_LEAST * each)


def _recipes(state: State, learner: Learner, probe: Dataset, rows: int) -> Sequence[Mapping[str, Any]]:
    task = state.need("task")
    return learner.portfolio(task, Shape.of(probe.encoded, rows, answers=len(task.classes)))


def _roomiest(
    learner: Learner, recipes: Sequence[Mapping[str, Any]], seconds: Seconds, most: int, room: float
) -> _Room | None:
    """The first recipe that has room on all rows; else the one that has room on the most, lessened until it has."""
    best: _Room | None = None
    for params in recipes:
        top = float(most)
        while ends := design.sizes(round(top)):
            each = seconds(learner, params, ends)
            last = seconds(learner, params, ends[-1:])
            if design.REPEATS_LEAST * each <= room:
                repeats = max(
                    design.REPEATS_LEAST, min(design.REPEATS_MOST, int((room - CONTEST * TRIED * last) / each))
                )
                repeats -= repeats % design.REPEATS_LEAST
                if best is None or ends[-1] > best.sizes[-1]:
                    best = _Room(Candidate(learner.name, dict(params)), ends, repeats, repeats * each)
                break
            top *= LESSENED
        if best is not None and best.sizes[-1] == most:
            return best
    return best
