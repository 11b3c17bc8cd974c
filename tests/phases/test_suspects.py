from dataclasses import replace

import numpy as np
import polars as pl

from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.core.report import Chart, Grid
from ownproof.core.schema import Column, Schema
from ownproof.core.task import Task
from ownproof.phases.suspects import suspects
from ownproof.targets.label import LabelTarget
from ownproof.targets.number import NumberTarget
from tests.stats.test_suspects import flipped

THREE = Task("kind", "label", classes=("a", "b", "c"), metric="weighted_f1")
PRICE = Task("price", "number", metric="rmse")


def rows(truth):
    frame = pl.LazyFrame({"name": [f"n{i}" for i in range(len(truth))]})
    return Dataset(frame, Schema((Column("name", "identifier", "id"),)), "made up", len(truth), truth=truth)


def test_suspects_inform_and_name_rows_ids_and_what_is_likely():
    given, true, _, (one, two) = flipped(n=2000)
    report = suspects(
        rows(given), THREE, LabelTarget(), {"lightgbm": Predictions(one), "linear": Predictions(two)}, policy=Policy()
    )
    (finding,) = report.findings
    assert (finding.rule, finding.level) == ("quality.suspects", "ok")
    assert "most of them are right" in finding.advice
    assert "lightgbm and linear" in finding.evidence
    table = report.facts["suspects"]["table"]
    assert list(table) == ["row", "name", "given", "likely", "probability", "given_probability"]
    first = table["row"][0] - 1
    assert table["name"][0] == f"n{first}"
    assert table["given"][0] == "abc"[given[first]]
    assert table["likely"][0] == "abc"[true[first]]
    (section,) = report.sections
    assert [type(b) for b in section.blocks[1:]] == [Chart, Grid]


def test_a_number_far_from_what_both_learners_say_is_named():
    truth = np.random.default_rng(0).normal(100, 10, 500)
    said = {n: Predictions(truth + np.random.default_rng(s).normal(size=500)) for n, s in (("a", 1), ("b", 2))}
    typed = truth.copy()
    typed[42] *= 10
    report = suspects(rows(typed), PRICE, NumberTarget(), said, policy=Policy())
    assert report.facts["suspects"]["table"]["row"] == [43]
    assert report.facts["suspects"]["table"]["times_usual_error"][0] > 10


def test_few_rows_and_rules_that_only_decide_say_nothing():
    given, _, _, (one, _) = flipped(n=150)
    assert suspects(rows(given), THREE, LabelTarget(), {"x": Predictions(one)}, policy=Policy()).findings == ()
    given, _, _, (one, _) = flipped(n=500)
    hard = replace(Predictions(one), hard=True)
    assert suspects(rows(given), THREE, LabelTarget(), {"x": hard}, policy=Policy()).findings == ()
