import re

import numpy as np
import polars as pl
import pytest

from ownproof.core.prediction import Predictions
from ownproof.targets.label import LabelTarget
from ownproof.targets.number import NumberTarget
from ownproof.testing.target import check_target

LABELS = pl.Series("paid", ["late", "on time", "on time", "late", "on time"] * 6)
PRICES = pl.Series("price", np.random.default_rng(0).normal(size=40))


class WrongName(NumberTarget):
    name = "Number"


class Uncertain(NumberTarget):
    def recognise(self, column):
        return 2.0


class Careless(NumberTarget):
    """Takes a column of nothing."""

    def task(self, column, wishes):
        return super().task(PRICES.rename(column.name), wishes)


class Misread(NumberTarget):
    def read(self, cell, task):
        return float(cell) + 1.0


class OneSided(NumberTarget):
    def distance(self, a, b):
        return 0.5 if a < b else 0.0 if a == b else 0.25


class Unweighted(NumberTarget):
    def score(self, tally, weights, task, names=()):
        return super().score(tally, np.minimum(weights, 1.0), task, names)


class Upside(LabelTarget):
    """Scores the wrong answers best."""

    def tally(self, truth, predictions, task, operating):
        return super().tally(truth, Predictions(predictions.raw[:, ::-1]), task, operating)


class Talkative(NumberTarget):
    def score(self, tally, weights, task, names=()):
        return super().score(tally, weights, task)


class Inconstant(NumberTarget):
    def differ(self, a, b, task, operating):
        return np.ones(len(a), dtype=bool)


class Unsaid(LabelTarget):
    def answers(self, raw, task, operating):
        return [{"answer": "late"} for _ in raw]


class Unwritable(LabelTarget):
    def calibrate(self, truth, predictions, weights, task):
        return {"slope": np.float64("nan")}


class Restless(NumberTarget):
    def drift(self, reference, now):
        found = super().drift(reference, now)
        return type(found)(found.rule, "warn", (), 1.0, "moved", "look")


class Forgetful(NumberTarget):
    def losses(self, truth, predictions, task):
        return np.zeros(3)


@pytest.mark.parametrize(
    ("cls", "column", "said"),
    [
        (WrongName, PRICES, "name is 'Number'"),
        (Uncertain, PRICES, "recognise gave 2.0"),
        (Careless, PRICES, "without a known value became a task"),
        (Misread, PRICES, "read and truth differ"),
        (OneSided, PRICES, "as far apart the other way"),
        (Unweighted, PRICES, "with rows repeated"),
        (Upside, LABELS, "right answers score worse than wrong ones"),
        (Talkative, PRICES, "more than the names asked for"),
        (Inconstant, PRICES, "answers differ from themselves"),
        (Unsaid, LABELS, "lacks `prediction`"),
        (Unwritable, LABELS, "the calibration is no JSON value"),
        (Restless, PRICES, "drifted from itself"),
        (Forgetful, PRICES, "losses are not finite, one a row"),
    ],
)
def test_a_kind_that_breaks_one_promise_is_told_which(cls, column, said):
    with pytest.raises(AssertionError, match=re.escape(said)):
        check_target(cls, column)


def test_kinds_that_keep_their_promises_pass():
    check_target(LabelTarget, LABELS)
    check_target(NumberTarget, PRICES)


def test_a_class_without_the_methods_is_no_target_kind():
    class Nothing:
        name = "nothing"

    with pytest.raises(AssertionError, match="lacks a method"):
        check_target(Nothing, PRICES)
