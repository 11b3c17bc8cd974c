"""Steps that are timed on a table, by a clock of the test."""

from __future__ import annotations

import itertools

import pytest

from ownproof.errors import InputError
from ownproof.project.step_timing import TIMES, time_steps
from tests.tables import loans


def test_steps_are_timed_and_carried_on_to_all_rows(tmp_path) -> None:
    loans(400, seed=1).write_csv(tmp_path / "loans.csv")
    ticks = itertools.count()
    found = time_steps(tmp_path / "loans.csv", "bad", clock=lambda: float(next(ticks)))
    assert [t.what for t in found] == ["linear model", "boosting (LightGBM)"]
    assert next(ticks) == 2 + 2 * 2 * TIMES  # the matrix once, each fit once a time
    for each in found:
        assert each.by == "steps"
        assert 0 < each.hours.p10 < each.hours.p50 < each.hours.p90
        assert "400 rows" in each.note
    assert list(tmp_path.iterdir()) == [tmp_path / "loans.csv"]


def test_a_wrong_target_is_an_error(tmp_path) -> None:
    loans(50, seed=1).write_csv(tmp_path / "loans.csv")
    with pytest.raises(InputError):
        time_steps(tmp_path / "loans.csv", "badd", clock=lambda: 0.0)
