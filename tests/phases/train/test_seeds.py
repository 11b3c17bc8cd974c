"""The chosen recipe with other seeds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ownproof.phases.train.seeds import APART, SEEDS, reseeded
from tests.phases.train.test_run import BAR, HALF, Answer, Memory, Toy, bench, tried


@dataclass
class Lucky(Toy):
    """A learner whose error is its seed."""

    seeds: list[int] = field(default_factory=list)

    def fit(self, train: Any, validation: Any, task: Any, params: Any, *, seed: int, **_: Any) -> Answer:
        self.seeds.append(seed)
        return Answer(float(seed), {})


def test_the_members_are_fitted_once_a_seed_on_the_first_fold_and_kept() -> None:
    toy, memo = Lucky("a"), Memory()
    choice = tried({"bar": BAR, "a": toy}, memo, None).choice
    toy.seeds.clear()
    held = bench(memo).dataset.take(np.arange(HALF, 2 * HALF)).truth
    found = reseeded(bench(memo), {"a": toy}, choice)
    assert [round(float((p.raw - held).mean())) for p in found] == [n * APART for n in range(SEEDS)]
    assert toy.seeds == [n * APART for n in range(1, SEEDS)]  # the run's own fit is recalled
    reseeded(bench(memo), {"a": toy}, choice)
    assert len(toy.seeds) == SEEDS - 1
