"""What follows from a curve: enough or not, labels for a score, weeks and money, the next round, the refusals."""

import numpy as np
import pytest

from ownproof.core.target import Metric
from ownproof.phases.plan import Asked, Curve, Labelling, Rows, plan
from ownproof.phases.plan.forecast import Range, forecast, refusal
from ownproof.phases.plan.outlook import ahead

AUC = Metric("roc_auc", "ROC AUC")
RMSE = Metric("rmse", "RMSE", share=False, scale="positive", greater=False)
SIZES = np.array([180.0, 288, 461, 738, 1181, 1890])
ROWS = Rows(2800, 2380, 420)


def curve(errors, *, noise=0.001, level=0.0, seed=0):
    """A curve whose draws differ by noise at each size and by one level for all."""
    rng = np.random.default_rng(seed)
    points = np.asarray(errors) + rng.normal(0, noise, (5, 6))
    draws = np.asarray(errors) + rng.normal(0, noise, (200, 6)) + rng.normal(0, level, (200, 1))
    return Curve(SIZES, points, draws, np.full(6, noise * 2), 2380, 0.002)


def falling(floor=0.1, drop=0.05, exponent=0.5):
    return floor + drop * (SIZES / SIZES[-1]) ** -exponent


def asked(metric=AUC, worthwhile=0.005, reach=None, **labelling):
    return Asked(metric, worthwhile, "linear", Labelling(**labelling), reach)


def test_a_steep_curve_is_not_enough_and_says_what_twice_the_rows_bring():
    facts = plan(curve(falling()), asked(), ROWS).facts
    double, four = facts["ahead"]
    truth = 1 - (0.1 + 0.05 * (2 * 2380 / 1890) ** -0.5)
    assert double["low"] < truth < double["high"]
    assert four["value"] > double["value"] > facts["now"]["value"]
    assert (facts["enough"], facts["exit"], double["more"], four["more"]) == ("no", 0, 2800, 8400)


def test_a_curve_that_has_ended_is_enough():
    facts = plan(curve(falling(drop=0.001, exponent=0.7), noise=1e-4), asked(), ROWS).facts
    assert (facts["enough"], facts["exit"], facts["next"]["labels"]) == ("yes", 0, 0)
    assert "stop labelling" in facts["words"][-1]


def test_an_error_in_units_falls():
    facts = plan(curve(1000 * falling(), noise=1.0), asked(RMSE, 2.0), ROWS).facts
    assert facts["ahead"][0]["value"] < facts["now"]["value"]
    assert facts["ahead"][0]["gain"] > 0
    assert not facts["greater"]


def test_a_score_to_be_reached_takes_labels_weeks_and_money():
    wish = 1 - (0.1 + 0.05 * (3 * 2380 / 1890) ** -0.5)  # the true curve has it at three times the rows
    facts = plan(curve(falling()), asked(reach=wish, overlap=(0.1, 0.1)), ROWS).facts
    goal = facts["reach"]
    assert goal["more"]["p10"] <= 2 * 2800 <= goal["more"]["p90"]
    assert goal["weeks"]["p50"] == pytest.approx(1.1 * goal["more"]["p50"] / 500)
    assert goal["cost"]["p50"] == pytest.approx(1.1 * goal["more"]["p50"] * 0.2)
    assert 0 <= goal["never"] + goal["beyond"] < 0.5
    assert facts["enough"] == "no"


def test_a_score_beyond_the_floor_is_never_reached_and_no_labels_are_bought():
    facts = plan(curve(falling(drop=0.001, exponent=0.7), noise=1e-4), asked(reach=0.99), ROWS).facts
    assert facts["reach"]["more"] is None
    assert facts["reach"]["never"] > 0.5
    assert facts["next"]["labels"] == 0
    assert any("never reach it" in line for line in facts["words"])


def test_a_score_that_is_there_is_enough():
    facts = plan(curve(falling()), asked(reach=0.8), ROWS).facts
    assert (facts["enough"], facts["reach"]["more"]["p90"]) == ("yes", 0.0)


@pytest.mark.parametrize(
    ("errors", "noise", "reason", "enough", "code"),
    [
        (0.1 + 0.05 * (SIZES / SIZES[-1]), 0.001, "plan.rises", "cannot tell", 3),
        (np.full(6, 0.3), 0.02, "plan.flat", "cannot tell", 3),
        (np.full(6, 0.3), 0.0005, "plan.flat", "yes", 0),
    ],
)
def test_a_curve_that_says_nothing_is_not_carried_on(errors, noise, reason, enough, code):
    report = plan(curve(errors, noise=noise), asked(), ROWS)
    facts = report.facts
    assert (facts["refused"], facts["enough"], facts["exit"], facts["ahead"]) == (reason, enough, code, [])
    assert [f.rule for f in report.findings] == [reason]
    assert report.findings[0].advice


def test_a_metric_without_a_best_value_and_too_few_rows_are_answers_too():
    for reason in ("few", "unbounded"):
        facts = plan(None, asked(), ROWS, refused=reason).facts
        assert (facts["refused"], facts["exit"]) == (f"plan.{reason}", 3)


def test_nothing_is_said_beyond_eight_times_the_rows():
    with pytest.raises(ValueError, match="8 times"):
        ahead(forecast(curve(falling()), 2380), asked(), ROWS, times=8.5, seed=0)


def test_a_level_that_is_unsure_widens_the_score_and_hardly_the_gain():
    sure, unsure = (plan(curve(falling(), level=x), asked(), ROWS).facts["ahead"][0] for x in (0.0, 0.02))
    width = [a["high"] - a["low"] for a in (sure, unsure)]
    gain = [a["gain_high"] - a["gain_low"] for a in (sure, unsure)]
    assert width[1] > 2 * width[0]
    assert gain[1] < 0.5 * width[1]


def test_noise_alone_is_told_to_rise_or_fall_no_more_often_than_it_should():
    words = [refusal(curve(np.full(6, 0.3), noise=0.01, seed=s)) for s in range(60)]
    assert words.count("flat") >= 50


def test_double_labels_are_paid_for_and_take_time():
    weeks = Labelling(100, 1.0, (0.2, 0.2), 3).weeks(np.array([500.0]), 0)
    assert (weeks.value, Labelling(100, 1.0, (0.2, 0.2), 3).cost(np.array([500.0]), 0).value) == (7.0, 700.0)


def test_a_range_of_errors_becomes_one_of_scores():
    assert asked().scores(Range(0.2, 0.1, 0.3)) == Range(0.8, 0.7, 0.9)
