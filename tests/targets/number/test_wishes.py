import polars as pl
import pytest

from ownproof.core.task import Costs, Wishes
from ownproof.errors import InputError, OwnproofError
from ownproof.targets.number.wishes import make_task

PRICES = pl.Series("price", [1.5, 2.0, 9.9])


def refusal(column, wishes=None):
    with pytest.raises(OwnproofError) as caught:
        make_task(column, wishes or Wishes())
    return caught.value


def test_numbers_are_judged_by_rmse_and_by_cost_where_costs_are_given():
    assert make_task(PRICES, Wishes()).metric == "rmse"
    assert make_task(PRICES, Wishes(costs=Costs(over=1.0, under=4.0))).metric == "cost"
    assert make_task(PRICES, Wishes(metric="MAE")).metric == "mae"


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([None, None], "target-missing"),
        ([1.0, float("inf"), 2.0], "target-infinite"),
        ([1.0, float("nan"), 2.0], "target-infinite"),
        ([3.0, 3.0, 3.0], "one-value"),
    ],
)
def test_a_column_that_cannot_be_a_target_is_refused_with_what_to_do(cells, code):
    error = refusal(pl.Series("price", cells, dtype=pl.Float64))
    assert isinstance(error, InputError)
    assert (error.name, error.exit) == (code, 2)
    assert error.hint
    assert "'price'" in error.message


def test_words_are_no_numbers():
    assert refusal(pl.Series("price", ["cheap", "dear"])).name == "not-a-number"


def test_every_wrong_wish_is_named_at_once():
    wishes = Wishes(metric="auc", positive="1", worthwhile=float("nan"), floors={"late": 0.7, "a=b": float("inf")},
                    costs=Costs(fp=1.0))  # fmt: skip
    message = refusal(PRICES, wishes).message
    assert message.startswith("6 problems")
    for word in ("'auc'", "positive", "worthwhile", "'late'", "a=b", "by decision"):
        assert word in message


@pytest.mark.parametrize("costs", [Costs(over=1.0), Costs(under=1.0), Costs(over=-1.0, under=1.0)])
def test_costs_need_two_sides_above_nothing(costs):
    assert refusal(PRICES, Wishes(costs=costs)).name == "costs"


def test_a_quantile_is_a_metric_of_its_own():
    task = make_task(PRICES, Wishes(metric="pinball@0.9"))
    assert task.metric == "pinball@0.9"
    assert task.details["objectives"] == ["quantile"]
    assert task.details["quantile"] == 0.9


@pytest.mark.parametrize("metric", ["pinball", "pinball@", "pinball@90", "pinball@x", "pinball@1"])
def test_a_quantile_needs_a_share(metric):
    error = refusal(PRICES, Wishes(metric=metric))
    assert (error.name, error.hint) == ("no-metric", "write --metric pinball@0.9")


def test_the_reason_for_another_objective_is_kept():
    counts = pl.Series("calls", [0.0, 1.0, 2.0, 5.0] * 50)
    assert "counts something" in make_task(counts, Wishes()).details["why"]
    assert make_task(counts, Wishes(metric="mae")).details["objectives"] == ["absolute"]
    assert "objectives" not in make_task(PRICES, Wishes()).details


def test_a_bias_is_shown_but_is_no_verdict():
    assert refusal(PRICES, Wishes(metric="bias")).name == "no-metric"
