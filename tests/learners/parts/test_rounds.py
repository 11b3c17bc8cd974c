import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.learners.parts import rounds


def test_more_rows_and_slower_learning_plan_more_rounds() -> None:
    assert rounds.most(10_000, 0.05) > rounds.most(1_000, 0.05)
    assert rounds.most(10_000, 0.02) > rounds.most(10_000, 0.05)
    assert rounds.most(10**9, 0.001) == 3000
    assert rounds.most(1, 1.0) == 100


def test_a_plan_counts_part_of_the_rounds_when_the_loss_may_stop_them() -> None:
    assert rounds.expected({"rounds": 200}, 1000) == 200  # a bound that is reached
    assert rounds.expected({"rounds": 900}, 1000) == pytest.approx(650)
    assert rounds.expected({"rounds": 200, "stop": False}, 1000) == 200
    assert rounds.expected({}, 1000) == pytest.approx(650)


def test_the_refit_takes_the_mean_best_and_a_tenth() -> None:
    assert rounds.settled([{"rounds": 100, "rows": 5000}, {"rounds": 200, "rows": 5000}]) == 165
    assert rounds.settled([]) == 110
    assert rounds.settled([{"rounds": 1}]) == 1


def test_on_small_data_the_folds_mean_curve_decides() -> None:
    # single folds are best after 1 and 41 rounds; together they are best after 21
    one = {"rounds": 1, "rows": 300, "curve": [0.50, 0.55, 0.51, 0.60, 0.70, 0.9]}
    two = {"rounds": 41, "rows": 300, "curve": [0.90, 0.80, 0.60, 0.56, 0.55]}
    assert rounds.settled([one, two]) == 23
    assert rounds.settled([{**one, "rows": 5000}, {**two, "rows": 5000}]) == 23  # their bests average 21 as well
    assert rounds.settled([one, {"rounds": 99, "rows": 300}]) == 55  # no curve: the mean


def test_patience_grows_with_the_best_round_up_to_a_limit() -> None:
    def waits(best: int) -> int:
        patience = rounds.Patience(stops=True, best=best - 1)
        assert not patience.after(best, 0.0)
        return next(n for n in range(1, 1000) if patience.after(best + n, 1.0))

    assert waits(10) == 100
    assert waits(400) == 140
    assert waits(5000) == 400


def test_without_stopping_every_round_is_kept() -> None:
    patience = rounds.Patience(stops=False)
    assert not any(patience.after(r, float(r)) for r in range(1, 600))
    assert patience.best == 599


@given(st.lists(st.floats(0, 10), min_size=1, max_size=99))
def test_the_best_round_is_the_first_of_the_lowest_losses(losses: list[float]) -> None:
    patience = rounds.Patience(stops=True)
    for i, loss in enumerate(losses, start=1):
        assert not patience.after(i, loss)
    assert patience.best == losses.index(min(losses)) + 1
    assert patience.facts(rows=7)["curve"] == [round(v, 6) for v in losses[:: rounds.EVERY]]
