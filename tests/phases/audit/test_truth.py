"""The truth is taken as it comes: codes, numbers, or only strata."""

import math

import numpy as np
import polars as pl
import pytest

from ownproof.core.dataset import Dataset
from ownproof.core.schema import Schema
from ownproof.core.task import Task
from ownproof.phases.audit.truth import Truth, truth_of
from tests.phases.audit.tables import TARGETS

RNG = np.random.default_rng(11)


def taken(values, kind, task):
    dataset = Dataset(pl.LazyFrame(), Schema(()), "x", len(values), truth=np.asarray(values))
    return truth_of(dataset, task, TARGETS[kind], np.arange(len(values), dtype=np.uint64))


def test_labels_are_codes_with_their_names():
    found = taken([0, 2, 2, 0], "label", Task("y", "label", classes=("a", "b", "c")))
    assert (found.codes.tolist(), found.k, found.exact) == ([0, 1, 1, 0], 2, True)
    assert [found.spell(c) for c in (0, 1)] == ["a", "c"]
    assert found.measure == "AUC"


def test_numbers_keep_their_magnitude():
    found = taken([1.0, 5.0, 2.0, 9.0], "number", Task("y", "number"))
    assert found.numbers.tolist() == [1.0, 5.0, 2.0, 9.0]
    assert not found.exact
    assert "R²" in found.measure


def labels(n, k):
    codes = RNG.integers(0, k, n)
    return Truth("y", codes, k, True, codes.astype(np.uint64), str)


def test_strength_is_one_for_a_copy_and_a_half_for_noise():
    truth = labels(2000, 3)
    assert truth.strength(truth.codes, seed=0) == pytest.approx(1.0, abs=0.01)
    assert truth.strength(RNG.integers(0, 5, 2000), seed=0) == pytest.approx(0.5, abs=0.05)
    assert math.isnan(labels(50, 1).strength(np.zeros(50, dtype=int), seed=0))


def test_very_many_classes_are_told_apart_by_the_most_frequent():
    truth = labels(5000, 200)
    assert truth.strength(truth.codes, seed=0) > 0.95
    assert truth.strength(RNG.integers(0, 5, 5000), seed=0) == pytest.approx(0.5, abs=0.05)


def test_promise_ranks_columns_as_correlation_does():
    truth = labels(3000, 2)
    matrix = np.column_stack(
        [RNG.normal(size=3000), truth.codes + RNG.normal(size=3000), np.ones(3000), np.full(3000, np.nan)]
    )
    matrix[:100, 1] = np.nan
    promise = truth.promise(matrix)
    assert promise.argmax() == 1
    known = ~np.isnan(matrix[:, 1])
    assert promise[1] == pytest.approx(abs(np.corrcoef(matrix[known, 1], truth.codes[known])[0, 1]), abs=0.02)
    assert promise[2:].tolist() == [0.0, 0.0]
