"""Words for metrics, baselines and levels of proof."""

import pytest

from ownproof.render import words


@pytest.mark.parametrize(
    "name",
    ["roc_auc", "average_precision", "weighted_f1", "macro_f1", "f1", "accuracy", "log_loss", "rmse", "mae", "cost"],
)
def test_a_known_metric_is_spoken_of_in_a_clause_with_its_value(name):
    assert name in words.METRICS
    assert "{}" in words.metric(name).says


def test_an_unknown_metric_is_called_by_its_name_even_when_that_holds_braces():
    assert words.metric("entity_f1").title == "entity f1"
    assert words.metric("a{0}b").says.format("1") == "reaches a a(0)b of 1"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("one_feature", "the best one-feature rule"),
        ("one_feature(hours)", "the best one-feature rule (hours)"),
        ("best one-feature rule: age", "the best one-feature rule (age)"),
        ("mean", "always answering the mean"),
        ("rule:limits.csv", "your rule (limits.csv)"),
        ("something else", "something else"),
        (None, "the baseline"),
    ],
)
def test_a_baseline_has_a_name_that_fits_into_a_sentence(name, said):
    assert words.baseline(name) == said


def test_the_levels_of_a_seal_say_what_defeats_them():
    for level in ("S1", "S2"):
        assert "A copy made before sealing defeats S1 and S2." in words.PROOF[level].not_proven
    assert list(words.PROOF) == ["S0", "S1", "S2", "S3", "S4"]


def test_an_unknown_status_does_not_stop_a_page():
    assert words.status("new-one")[1] == words.level(None)[1] == "plain"
