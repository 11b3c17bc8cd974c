"""Where prompting and retrieval are named, and the two classic wastes."""

from __future__ import annotations

import pytest

from ownproof.phases.decide.advice import advice
from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.verdict import decide

HANDBOOK = {"task": "generation", "proprietary_data": True, "labels": 200, "calls_per_month": 30_000}
MOOD = {"task": "text-label", "standard_task": True, "labels": 0, "calls_per_month": 40_000}
CHURN = {"task": "tabular", "labels": 6200, "rule_good_enough": False}
CLAUSES = {"task": "text-label", "sovereignty": "private", "domain": "vocabulary", "labels": 0, "labels_per_week": 100}


def given(said):
    answers = Answers.read(said)
    return {a.id: a.says for a in advice(answers, decide(answers), None)}


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        (HANDBOOK, {"rag", "prompting", "waste.net"}),
        (MOOD, {"prompting", "waste.net"}),
        (CHURN, {"waste.net", "waste.bills"}),
        (CLAUSES, {"prompting", "labels.pace", "waste.net"}),
        ({**CLAUSES, "sovereignty": "isolated"}, {"prompting", "labels.pace", "open-weights", "waste.net"}),
        ({**CHURN, "latency_ms": 5}, {"waste.net", "waste.bills", "where-it-runs"}),
        ({**MOOD, "labels": 3000, "calls_per_month": 30_000_000}, {"waste.net", "waste.bills"}),
        ({"task": "extraction", "labels": 0, "proprietary_data": True}, {"prompting", "distil", "waste.net"}),
        ({}, set()),
    ],
)
def test_what_applies_is_said_and_nothing_else(said, ids):
    assert set(given(said)) == ids


def test_retrieval_is_named_before_training_and_in_ones_own_house_where_data_must_stay():
    assert "RAG" in given(HANDBOOK)["rag"]
    assert "your own machines" in given({**HANDBOOK, "sovereignty": "private"})["rag"]


def test_the_wastes_are_told_with_what_does_it_instead():
    assert "hosted model" in given(MOOD)["waste.net"]
    assert "boosting" in given(CHURN)["waste.net"]
    assert "six months of API bills" in given(CHURN)["waste.bills"]
