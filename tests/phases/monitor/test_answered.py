"""Answers of the model in production beside those of the models of the folds."""

import numpy as np
import polars as pl

from ownproof.core.policy import Policy
from ownproof.core.watch import PREDICTION, SCORE
from ownproof.phases.monitor.answered import OF_OTHERS, settled
from ownproof.phases.monitor.compare import compare
from ownproof.phases.monitor.sightings import follow
from ownproof.runtime.watch import build, count

POLICY = Policy()


def answers(rows: int, seed: int, *, steps: int = 0, shift: float = 0.0) -> pl.DataFrame:
    """Chances of a class: smooth, or on so many steps of equal width, as a few trees give them."""
    chance = 1.0 / (1.0 + np.exp(-(np.random.default_rng(seed).normal(size=rows) - 1.0 + shift)))
    if steps:
        chance = (np.floor(chance * steps) + 0.5) / steps
    return pl.DataFrame({PREDICTION: np.where(chance >= 0.5, "yes", "no"), SCORE: chance})


REFERENCE = build(answers(5_000, 1), {PREDICTION: "category", SCORE: "number"})
WINDOWS = [count(REFERENCE, answers(400, 100 + day, steps=10)) for day in range(24)]


def test_a_tree_whose_answers_stand_on_steps_is_no_drift_while_other_models_answers_are_the_reference() -> None:
    now = count(REFERENCE, answers(2_000, 2, steps=10))
    assert compare(REFERENCE, now).alarm  # cell by cell they are others
    assert not compare(REFERENCE, now, rough=OF_OTHERS).alarm


def test_answers_that_move_by_a_lot_are_seen_against_other_models_answers_too() -> None:
    found = compare(REFERENCE, count(REFERENCE, answers(2_000, 3, steps=10, shift=0.8)), rough=OF_OTHERS)
    assert {c.column for c in found.columns if c.drift} == {PREDICTION, SCORE}


def test_from_enough_ordinary_windows_on_the_models_own_answers_are_the_reference() -> None:
    assert settled(REFERENCE, WINDOWS[:19], POLICY) is None
    own = settled(REFERENCE, WINDOWS, POLICY)
    assert own is not None
    assert own.mark == REFERENCE.mark
    assert own.counts.tallies[SCORE].rows == 20 * 400
    assert not compare(own, count(own, answers(2_000, 2, steps=10))).alarm
    small = compare(own, count(own, answers(2_000, 4, steps=10, shift=0.15)))  # less than the wide limits let pass
    assert {c.column for c in small.columns if c.drift} >= {SCORE}
    assert not compare(REFERENCE, count(REFERENCE, answers(2_000, 4, steps=10, shift=0.15)), rough=OF_OTHERS).alarm


def test_the_offset_of_other_models_does_not_add_up_over_windows() -> None:
    assert {f.column for f in follow(REFERENCE, WINDOWS, POLICY)} == {PREDICTION, SCORE}
    assert not follow(REFERENCE, WINDOWS, POLICY, rough=OF_OTHERS)
