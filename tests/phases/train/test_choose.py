"""Who is taken into the model: by held-out loss, by price, within a limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ownproof.core.learner import Candidate
from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.phases.train.choose import Choice, Terms, choose
from ownproof.phases.train.folds import Tried

ROWS = 4000
RNG = np.random.default_rng(3)
TRUTH = RNG.normal(size=ROWS)
NOISE = RNG.normal(size=(6, ROWS))
FREE = Policy(row_ms_price=0.0, megabyte_price=0.0)


def losses(predictions: Predictions) -> np.ndarray:
    return np.square(predictions.raw - TRUTH)


def tried(name: str, raw: np.ndarray, one_row_us: float = 0.0, megabytes: float = 0.0) -> Tried:
    answers = Predictions(raw)
    lost = losses(answers)
    fact: dict[str, Any] = {"one_row_us": one_row_us, "bytes": 1e6 * megabytes}
    return Tried(Candidate("toy", {"name": name}), answers, lost, (float(lost.mean()),), (fact,), 0.0)


def chosen(*candidates: Tried, policy: Policy = FREE, most_us: float = float("inf")) -> dict[str, float]:
    return named(choose(candidates, losses, np.ones(ROWS), Terms(policy, bar=2.0, most_us=most_us)))


def named(choice: Choice) -> dict[str, float]:
    return {str(t.candidate.params["name"]): w for t, w in choice.members}


def off(which: int, size: float) -> np.ndarray:
    """The truth, wrong by an error of its own of this standard deviation."""
    return TRUTH + size * NOISE[which]


def test_of_errors_that_have_nothing_in_common_three_are_averaged_and_no_more() -> None:
    found = chosen(*(tried(f"t{i}", off(i, 1.0)) for i in range(6)))
    assert len(found) == 3
    assert sum(found.values()) == pytest.approx(1.0)
    assert min(found.values()) >= 0.08
    assert len(chosen(*(tried(f"t{i}", off(i, 1.0)) for i in range(6)), policy=FREE.override({"members_most": 1}))) == 1


def test_a_policy_that_asks_for_a_standard_error_leaves_out_whoever_gains_less() -> None:
    two = tried("best", off(0, 1.0)), tried("nearly", off(0, 1.0) + 0.02 * NOISE[1])
    assert len(chosen(*two)) == 2
    assert len(chosen(*two, policy=FREE.override({"choice_errors": 1.0}))) == 1


def test_what_answers_quicker_is_taken_when_its_loss_is_hardly_larger() -> None:
    quick, slow = tried("quick", off(0, 1.001), 10.0), tried("slow", off(0, 1.0), 500.0, 30.0)
    assert set(chosen(quick, slow)) == {"slow"}
    assert set(chosen(quick, slow, policy=Policy())) == {"quick"}
    worse = tried("quick", off(0, 1.2), 10.0)
    assert set(chosen(worse, slow, policy=Policy())) == {"slow"}


def test_a_limit_leaves_out_what_takes_longer_and_sums_the_members() -> None:
    three = [tried(f"t{i}", off(i, 1.0 + 0.01 * i), 40.0) for i in range(3)]
    assert len(chosen(*three)) == 3
    assert len(chosen(*three, most_us=100.0)) == 2
    assert len(chosen(*three, most_us=50.0)) == 1
    cheap = tried("cheap", off(4, 2.0), 5.0)
    assert set(chosen(*three, cheap, most_us=1.0)) == {"cheap"}
