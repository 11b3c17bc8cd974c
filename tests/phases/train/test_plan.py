"""What is planned, in which order, and for which room."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ownproof.core.learner import Shape
from ownproof.core.policy import Policy
from ownproof.core.schema import Column, Schema
from ownproof.core.task import Task
from ownproof.learners.catboost import CatboostLearner
from ownproof.learners.constant import ConstantLearner
from ownproof.learners.lightgbm import LightgbmLearner
from ownproof.learners.linear import LinearLearner
from ownproof.phases.train.plan import Plan, Wanted, available, make

TASK = Task("y", "label", classes=(0, 1))
SCHEMA = Schema((Column("x", "number", "feature"), Column("y", "category", "target")))
LEARNERS = {
    "constant": ConstantLearner(),
    "linear": LinearLearner(),
    "lightgbm": LightgbmLearner(),
    "catboost": CatboostLearner(),
}


def planned(shape: Shape, *, folds: int = 5, budget_s: float | None = 60.0, task: Task = TASK) -> Plan:
    return make(LEARNERS, Wanted(budget_s), task, shape=shape, folds=folds, policy=Policy())


def test_what_texts_cost_to_prepare_is_taken_from_the_room() -> None:
    bare, long = (
        make(LEARNERS, Wanted(60.0), TASK, shape=Shape(10_000, 20, 2), folds=3, policy=Policy(), characters=c)
        for c in (0.0, 300.0)
    )
    assert bare.room_s is not None
    assert long.room_s == pytest.approx(bare.room_s - 3 * 10_000 * 300e-6)


def leaders(plan: Plan) -> Sequence[str]:
    return [i.candidate.label for i in plan.items[:3]]


def test_on_a_usual_table_every_family_starts_with_its_best_bet() -> None:
    assert leaders(planned(Shape(6_000, 10, 2), folds=3)) == ["linear", "lightgbm (default)", "catboost (default)"]
    assert leaders(planned(Shape(2_000, 20, 2))) == ["linear", "lightgbm (small)", "catboost (default)"]


@pytest.mark.parametrize(
    ("shape", "folds"),
    [
        (Shape(8_000, 50, 2, bins=200), 5),
        (Shape(23_000, 23, 2, bins=100), 3),
        (Shape(26_000, 40, 2, bins=100), 3),
        (Shape(42_000, 30, 2, bins=255), 1),
    ],
)
def test_up_to_fifty_thousand_rows_every_family_has_its_turn_within_a_minute(shape: Shape, folds: int) -> None:
    plan = planned(shape, folds=folds)
    assert {i.candidate.learner for i in plan.items[:3]} == {"linear", "lightgbm", "catboost"}
    assert plan.room_s is not None
    assert sum(i.seconds for i in plan.items[:3]) < plan.room_s


def test_what_leads_a_queue_leaves_the_rest_as_it_was() -> None:
    small = [i.candidate for i in planned(Shape(8_000, 50, 2), budget_s=None).items]
    led = [i.candidate for i in planned(Shape(8_000, 50, 2)).items]
    assert led != small
    assert sorted(map(repr, led)) == sorted(map(repr, small))


def test_a_wide_matrix_of_text_leaves_less_room_for_fits() -> None:
    narrow, wide = planned(Shape(15_000, 20, 2), folds=3), planned(Shape(15_000, 600, 2), folds=3)
    assert narrow.room_s == pytest.approx(39.8, abs=0.1)
    assert wide.room_s == pytest.approx(33.0, abs=0.1)


def test_a_budget_that_is_too_short_to_load_the_libraries_has_no_room() -> None:
    assert planned(Shape(1_000, 10, 2), budget_s=2.0).room_s == 0.0


def offered(units: int, *named: str, rows: int = 0) -> tuple[set[str], set[str]]:
    chosen, left_out = available(LEARNERS, Wanted(60.0, learners=named), SCHEMA, TASK, units=units, width=1, rows=rows)
    return set(chosen), {name for name, _ in left_out}


def test_a_learner_that_asks_for_more_units_is_left_out_while_another_one_can_do_with_them(monkeypatch) -> None:
    monkeypatch.setattr(LinearLearner, "least_units", 5)
    assert offered(19) == ({"constant", "linear"}, {"lightgbm", "catboost"})
    assert offered(20) == (set(LEARNERS), set())


def test_where_all_ask_for_more_units_they_are_tried_all_the_same_if_each_comes_many_times() -> None:
    assert offered(7, rows=900) == (set(LEARNERS), set())
    assert offered(7, rows=19)[0] == {"constant"}
    assert offered(3, rows=900)[0] == {"constant"}
    assert offered(7, "linear") == ({"constant", "linear"}, set())


def test_what_a_fit_takes_if_nothing_stops_it_is_known_before() -> None:
    items = {i.candidate.label: i for i in planned(Shape(3_000, 20, 2)).items}
    assert items["catboost (default)"].most_s > 1.8 * items["catboost (default)"].seconds
    assert items["linear"].most_s == items["linear"].seconds
