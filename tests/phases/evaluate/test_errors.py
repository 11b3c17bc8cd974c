import numpy as np
import polars as pl

from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.core.report import Chart, Grid
from ownproof.core.schema import Column, Schema
from ownproof.phases.evaluate import Contender, errors
from tests.phases.evaluate.contests import LABELS, NUMBERS, PRICE, TWO, contender, findings, hard

N = 4000
DRAW = np.random.default_rng(0)
X, TOWN = DRAW.normal(size=N), DRAW.choice(["Bern", "Chur", "Thun", "Genf"], N)
SCHEMA = Schema((Column("x", "number"), Column("town", "category")))
WEAK = (TOWN == "Thun") & (X > 0.84)
P = 1.0 / (1.0 + np.exp(-2.0 * X))
SOUND = (DRAW.random(N) < P).astype(np.int64)
SAID = Predictions(np.column_stack([1 - P, P]))


def look(truth, model, task=TWO, target=LABELS, units=None, policy=Policy()):  # noqa: B008
    frame = pl.LazyFrame({"x": X, "town": TOWN})
    dataset = Dataset(frame, SCHEMA, "made up", N, truth=truth)
    return errors(
        dataset, np.arange(N) if units is None else units, task, target, model=model, policy=policy, level=0.95, seed=0
    )


def test_a_segment_that_breaks_its_promise_is_named_with_what_mends_it():
    truth = np.where(WEAK & (np.random.default_rng(1).random(N) < 0.4), 1 - SOUND, SOUND)
    report = look(truth, contender("model", SAID, truth))
    first = findings(report, "slice.segment")[0]
    assert (first.level, set(first.columns)) == ("warn", {"x", "town"})
    assert "town = Thun" in first.evidence
    assert "promised 0." in first.evidence
    assert "add rows" in first.advice
    told = report.facts["segments"][0]
    assert told["rows"] == WEAK.sum() or abs(told["rows"] - WEAK.sum()) < 30
    (section,) = report.sections
    assert {type(b) for b in section.blocks} >= {Chart, Grid}


def test_of_many_rows_whole_units_are_looked_at_and_the_report_says_how_many():
    truth = np.where(WEAK & (np.random.default_rng(1).random(N) < 0.6), 1 - SOUND, SOUND)
    report = look(
        truth, contender("model", SAID, truth), units=np.arange(N) // 2, policy=Policy(segment_rows_most=3000)
    )
    assert set(findings(report, "slice.segment")[0].columns) == {"x", "town"}
    assert "3,000 of 4,000 rows" in report.sections[0].blocks[-1].text
    assert report.facts["segments"][0]["rows"] < WEAK.sum()


def test_sound_answers_are_accused_of_nothing():
    report = look(SOUND, contender("model", SAID, SOUND))
    assert findings(report, "slice.segment") == []
    assert report.facts["segments"] == []


def test_a_small_gap_is_no_warning():
    truth = np.where(WEAK & (np.random.default_rng(1).random(N) < 0.22), 1 - SOUND, SOUND)
    assert all(f.level == "ok" for f in findings(look(truth, contender("model", SAID, truth)), "slice.segment"))


def test_numbers_that_are_off_to_one_side_somewhere_are_named():
    truth = 10 * X + np.random.default_rng(2).normal(size=N) + np.where(WEAK, 4.0, 0.0)
    report = look(truth, Contender("model", Predictions(10 * X)), PRICE, NUMBERS)
    (first, *_) = findings(report, "slice.segment")
    assert "too low" in first.evidence
    assert first.level == "warn"


def test_a_place_with_larger_errors_is_told_and_no_accusation():
    truth = 10 * X + np.random.default_rng(2).normal(size=N) * np.where(TOWN == "Chur", 4.0, 1.0)
    found = findings(look(truth, Contender("model", Predictions(10 * X)), PRICE, NUMBERS), "slice.segment")
    assert found[0].level == "ok"
    assert found[0].columns == ("town",)


def test_hard_places_are_told_even_where_the_answers_admit_them():
    p = np.where(TOWN == "Genf", 0.5, np.where(X > 0, 0.95, 0.05))
    truth = (np.random.default_rng(3).random(N) < p).astype(np.int64)
    report = look(truth, contender("model", Predictions(np.column_stack([1 - p, p])), truth))
    assert findings(report, "slice.segment") == []
    assert "town = Genf" in report.facts["clusters"][0]["conditions"]


def test_a_rule_that_only_decides_promises_nothing():
    assert look(SOUND, Contender("rule", hard(X > 0))).facts["segments"] == []
