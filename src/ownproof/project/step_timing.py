"""How long this house's own learners take on this machine: some steps are timed on the user's rows, and carried on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.learner import Learner, Shape
from ownproof.core.task import Task
from ownproof.phases.decide.ranges import Range
from ownproof.phases.decide.tuning import Training
from ownproof.project import flow, steps
from ownproof.project.config import Config
from ownproof.project.state import State
from ownproof.project.training import preparing, workdir

STEPS: Final = 50
"""Rounds of boosting that are timed each time."""
TIMES: Final = 3
ROWS: Final = 4_000
"""Rows that steps are timed on."""
WARM: Final = 500
"""Rows of the fit before the first that is timed: it loads the library."""
OFF: Final = 1.3
"""Nine fits in ten take 0.7 to 1.3 of what the formulas that carry on from the steps say (bench/costs.py)."""
LEARNERS: Final = {"linear": "linear model", "lightgbm": "boosting (LightGBM)"}
Clock = Callable[[], float]


def time_steps(data: Any, target: str, *, clock: Clock, cores: int = 1, seed: int = 0) -> tuple[Training, ...]:
    """Hours of one training on all rows for a linear model and boosting, by timed steps; nothing is written.

    data: as `run` takes it. clock: seconds, of the processor or of the wall. Three times `STEPS` rounds (a whole fit of
    a linear model) on at most `ROWS` rows; the house's own cost formulas carry them on to all rows and the usual rounds.
    Raises InputError for data that cannot be used.
    """
    config = Config(data=str(data), target=target, seed=seed, cores=cores)
    with flow.in_memory(config) as place:
        state = flow.begin(place, data)
        steps.read(state)
        dataset: Dataset = state.need("dataset")
        drawn = np.random.default_rng(seed).permutation(len(dataset))[:ROWS]
        begun = clock()
        _, (some,) = preparing(state)(dataset.take(np.sort(drawn)), [])
        prepared = (clock() - begun) * len(dataset) / len(drawn)
        learners: Mapping[str, Learner] = registry.learners()
        return tuple(
            _timed(state, learners[name], some, prepared, clock=clock)
            for name in LEARNERS
            if name in learners and learners[name].accepts(dataset.schema, state.need("task")) is None
        )


def _timed(state: State, learner: Learner, some: Dataset, prepared: float, *, clock: Clock) -> Training:
    """One learner's first recipe. prepared: seconds to make the matrix of all rows."""
    task, cores = state.need("task"), state.project.config.cores
    rows = len(state.need("dataset"))
    answers = len(task.classes)
    whole = Shape.of(some.encoded, rows, answers=answers, cores=cores)
    recipe = learner.portfolio(task, whole)[0]
    short = {**recipe, "rounds": STEPS, "stop": False} if "rounds" in learner_params(learner, recipe) else dict(recipe)
    told = learner.cost(short, Shape.of(some.encoded, len(some), answers=answers, cores=cores)).seconds
    _fit(learner, some.take(np.arange(min(WARM, len(some)))), task, short, workdir=workdir(state), seed=0, cores=cores)
    took = []
    for number in range(TIMES):
        begun = clock()
        _fit(learner, some, task, short, workdir=workdir(state), seed=number, cores=cores)
        took.append((clock() - begun) / told)
    low, middle, high = sorted(took)
    full = learner.cost(recipe, whole).seconds
    seconds = (prepared + full * low / OFF, prepared + full * middle, prepared + full * high * OFF)
    hours = Range(*(s / 3600 for s in seconds))
    what = f"{STEPS} rounds" if "rounds" in short else "fits"
    device = f"{cores} core{'' if cores == 1 else 's'}"
    note = f"{TIMES} x {what} on {len(some):,} rows"
    return Training(LEARNERS[learner.name], device, 0, hours, Range(0.0, 0.0, 0.0), by="steps", note=note)


def learner_params(learner: Learner, recipe: Mapping[str, Any]) -> frozenset[str]:
    """The names that a recipe of a learner may hold: its own, what a search may vary, and rounds where it has any."""
    known = {*recipe, *learner.space(Task("", "label"))}
    return frozenset(known | ({"rounds"} if "learning_rate" in known else set()))


def _fit(
    learner: Learner, some: Dataset, task: Task, params: Mapping[str, Any], *, workdir: Path, seed: int, cores: int
) -> None:
    learner.fit(some, None, task, params, workdir=workdir, seed=seed, cores=cores, progress=lambda *_: None)
