import polars as pl
import pytest

from ownproof.core.task import Costs, Wishes
from ownproof.errors import InputError, OwnproofError
from ownproof.targets.label.wishes import make_task

TWO = pl.Series("paid", ["on time"] * 8 + ["late"] * 4)
THREE = pl.Series("kind", ["a", "b", "c"] * 4)


def refusal(column, wishes=None):
    with pytest.raises(OwnproofError) as caught:
        make_task(column, wishes or Wishes())
    return caught.value


def test_two_classes_are_judged_by_ranking_and_more_by_weighted_f1():
    assert (make_task(TWO, Wishes()).metric, make_task(THREE, Wishes()).metric) == ("roc_auc", "weighted_f1")
    assert make_task(TWO, Wishes()).positive == "late"
    assert make_task(THREE, Wishes()).positive is None


def test_missing_cells_are_nobodys_class():
    assert make_task(pl.Series("y", ["a", None, "b", "a", "b"]), Wishes()).classes == ("a", "b")


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([None, None], "target-missing"),
        (["a", "a", "a"], "one-class"),
        (["a"] * 9 + ["b"], "one-row-class"),
        ([f"id{i}" for i in range(60)], "too-many-classes"),
    ],
)
def test_a_column_that_cannot_be_a_target_is_refused_with_what_to_do(cells, code):
    error = refusal(pl.Series("y", cells, dtype=pl.String))
    assert isinstance(error, InputError)
    assert (error.name, error.exit) == (code, 2)
    assert error.hint
    assert "'y'" in error.message


def test_fifty_thousand_categories_are_refused_by_their_number():
    error = refusal(pl.Series("city", [f"c{i % 50_000}" for i in range(150_000)]))
    assert "50,000 classes" in error.message


def test_infinite_values_are_no_class():
    assert refusal(pl.Series("y", [0.0, 1.0, float("inf")] * 3)).name == "target-infinite"


def test_a_class_with_one_row_is_kept_where_two_others_can_be_learnt():
    assert make_task(pl.Series("y", ["a"] * 9 + ["b"] * 9 + ["c"]), Wishes()).classes == ("a", "b", "c")


def test_every_wrong_wish_is_named_at_once_with_its_near_miss():
    wishes = Wishes(metric="roc_acu", positive="lat", worthwhile=-1.0, floors={"on tim": 0.7, "late": 7.0},
                    costs=Costs(over=1.0))  # fmt: skip
    message = refusal(TWO, wishes).message
    assert message.startswith("7 problems")
    for word in ("roc_acu", "roc_auc", "'lat'", "worthwhile", "on tim", "late=7.0", "over=", "all costs are 0"):
        assert word in message


def test_costs_of_two_classes_do_not_fit_three():
    assert "fp= and fn=" in refusal(THREE, Wishes(costs=Costs(fp=1.0))).message


def test_a_matrix_names_classes_and_leaves_no_error_without_a_cost():
    error = refusal(THREE, Wishes(costs=Costs(matrix={"a": {"b": 1.0, "c": 2.0}, "d": {"a": 1.0}})))
    assert "'d'" in error.message
    assert "b decided as a" in error.message
    assert "c decided as b" in error.message


def test_a_matrix_is_spelt_as_the_classes_are_and_makes_cost_the_metric():
    column = pl.Series("grade", [1.0, 2.0, 3.0] * 4)
    matrix = {f"{t}.0": {str(d): 5.0 for d in (1, 2, 3) if d != t} for t in (1, 2, 3)}
    task = make_task(column, Wishes(costs=Costs(matrix=matrix)))
    assert task.metric == "cost"
    assert task.costs.matrix["1"] == {"2": 5.0, "3": 5.0}


def test_a_slice_may_have_a_floor_before_slices_are_known():
    task = make_task(TWO, Wishes(floors={"region=north": 0.6, "LATE": 0.7}))
    assert task.floors == {"region=north": 0.6, "late": 0.7}


def test_a_positive_class_may_be_named_and_makes_no_sense_for_three():
    assert make_task(TWO, Wishes(positive="on time")).positive == "on time"
    assert "3 classes" in refusal(THREE, Wishes(positive="a")).message
