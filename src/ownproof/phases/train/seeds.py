"""How much of a result is luck: the chosen recipe fitted again with other seeds, on one fold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ownproof.core.learner import Learner
from ownproof.core.prediction import Predictions
from ownproof.phases.train.choose import Choice
from ownproof.phases.train.folds import Bench, one_fit

SEEDS = 4  # the run's own and three others
APART = 7919  # far from the seeds that the folds use


def reseeded(bench: Bench, learners: Mapping[str, Learner], choice: Choice) -> list[Predictions]:
    """The chosen members' averaged answers to the rows that the first fold holds out, once a seed, the run's own first.

    Fits are kept like any other; when the clock ends it, what is whole is returned. Answers that are no numbers cannot
    be averaged, and have no spread.
    """
    if any(t.predictions.raw.dtype == object for t, _ in choice.members):
        return []
    found: list[Predictions] = []
    for number in range(SEEDS):
        other = replace(bench, seed=bench.seed + number * APART)
        parts = [one_fit(other, learners[t.candidate.learner], t.candidate, 0) for t, _ in choice.members]
        if other.cut or any(p is None for p in parts):
            break
        raws = [w * p[0].raw for p, (_, w) in zip(parts, choice.members, strict=True) if p is not None]
        hard = len(parts) == 1 and parts[0] is not None and parts[0][0].hard
        found.append(Predictions(np.asarray(sum(raws)), hard))
    return found
