import math

from ownproof.core.report import Measure, Verdict
from ownproof.phases.evaluate.words import figure, needed, ranged, told

VERDICT = Verdict("CANNOT TELL", "roc_auc", "majority", 0.5, 0.6, 0.1, -0.05, 0.25, 0.025, 50, 40, units_needed=120)


def test_figures_have_four_digits_and_unknown_ones_a_dash():
    assert [figure(x) for x in (0.0, 1.23456, -12.3456, 1234.4, 1e-7, math.inf, None)] == [
        "0", "1.235", "-12.35", "1234", "1e-07", "–", "–",
    ]  # fmt: skip


def test_a_verdict_is_told_in_two_sentences():
    assert told(VERDICT) == (
        "CANNOT TELL: ROC AUC is 0.6000 against 0.5000 of majority. "
        "The gain is 0.1000; it lies between -0.0500 and 0.2500 (95 % interval), and 0.0250 would be worth having."
    )


def test_an_unknown_interval_is_said_to_be_unknown():
    assert "its interval is unknown" in told(
        Verdict("CANNOT TELL", "f1", "rule", 0.5, 0.6, 0.1, math.nan, math.nan, 0.02, 1, 1)
    )


def test_units_become_rows():
    assert "about 240 rows of evidence (120 units)" in needed(VERDICT, 100)
    assert "about 120 rows of evidence would" in needed(VERDICT, 50)
    assert "no number" in needed(Verdict("CANNOT TELL", "f1", "rule", 0.5, 0.5, 0.0, 0.0, 0.0, 0.02, 50, 0), 50)


def test_a_figure_without_an_interval_stands_alone():
    assert ranged(Measure(0.5)) == "0.5000"
    assert ranged(Measure(0.5, 0.4, 0.6)) == "0.5000 (0.4000 to 0.6000)"
