import datetime as dt

import polars as pl
import pytest

from ownproof.inputs.constant import ConstantInput
from ownproof.testing.input import check_input

KIND = ConstantInput()


@pytest.mark.parametrize("cells", [["x"] * 5, [" x", "x "], [1, 1], [0.5], [True, True], [dt.date(2020, 1, 1)] * 2])
def test_one_value_throughout_is_a_constant(cells):
    assert KIND.recognise(pl.Series("c", cells)).confidence == 1
    check_input(ConstantInput, pl.Series("c", cells))


@pytest.mark.parametrize("cells", [[None, None], ["NA", "", None], ["?"], [float("nan"), None]])
def test_nothing_at_all_is_a_constant_and_said(cells):
    found = KIND.recognise(pl.Series("c", cells))
    assert found.confidence == 1
    assert [(f.rule, f.level) for f in found.findings] == [("quality.all-missing", "warn")]
    check_input(ConstantInput, pl.Series("c", cells))


@pytest.mark.parametrize(
    "cells", [["x", "y"], ["x", None], ["x", "NA"], [1, 2], [1.0, float("nan")], list(range(300)), [0] * 300 + [1]]
)
def test_two_values_or_one_with_gaps_are_none(cells):
    assert KIND.recognise(pl.Series("c", cells, strict=False)).confidence == 0


def test_another_value_in_production_is_drift():
    reference, now = KIND.profile(pl.Series(["x"] * 100)), KIND.profile(pl.Series(["y"] * 100))
    assert KIND.drift(reference, reference).level == "ok"
    assert KIND.drift(reference, now).level == "warn"
