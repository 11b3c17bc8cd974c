from datetime import date

import numpy as np
import polars as pl

from ownproof.core.dataset import Dataset
from ownproof.core.schema import Column, Schema
from ownproof.phases.evaluate.cuts import cuts


def cut_of(values, kind="number"):
    frame = pl.DataFrame({"x": values})
    dataset = Dataset(frame.lazy(), Schema((Column("x", kind),)), "made up", frame.height)
    return cuts(dataset)


def test_numbers_fall_into_bins_that_say_what_they_hold():
    (cut,) = cut_of([float(i) for i in range(100)] + [None])
    assert cut.conditions[:2] == ("x < 20", "20 ≤ x < 40")
    assert cut.conditions[-1] == "x missing"
    assert cut.binned.codes[[0, 20, 99, 100]].tolist() == [0, 1, 4, 5]
    assert np.bincount(cut.binned.codes[:100]).tolist() == [20] * 5


def test_few_numbers_and_words_are_levels_by_frequency():
    (cut,) = cut_of([3, 3, 1])
    assert cut.conditions[:2] == ("x = 3", "x = 1")
    (cut,) = cut_of(["b", "a", "a", None], "category")
    assert cut.conditions == ("x = a", "x = b", "x another level", "x missing")
    assert cut.binned.codes.tolist() == [1, 0, 0, 3]


def test_moments_are_cut_at_days():
    (cut,) = cut_of([date(2024, 1, 1 + i) for i in range(30)], "moment")
    assert cut.conditions[0] == "x < 2024-01-07"


def test_a_text_that_hardly_repeats_is_not_cut():
    assert cut_of([f"row {i}" for i in range(400)], "text") == []
