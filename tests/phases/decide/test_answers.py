"""Answers: every one may be unknown, and what is wrong is told all at once."""

from __future__ import annotations

import pytest

from ownproof.errors import ConfigError
from ownproof.phases.decide.answers import KEYS, Answers


def test_an_empty_file_is_all_unknown():
    assert Answers.read({}).known == ()
    assert Answers.read(dict.fromkeys(KEYS, "unknown")).known == ()


def test_every_answer_of_the_contract_can_be_said():
    said = {
        "task": "tabular", "standard_task": True, "proprietary_data": False, "pretrained_equivalent": True, "edge": False,
        "labels": 6200, "labels_per_week": 500, "classes": 3, "labels_in_smallest_class": 400, "rows": 50_000,
        "calls_per_month": 3_000_000, "tokens_in": 300, "tokens_out": 5, "api_model": "gpt-4o", "latency_ms": 30,
        "weeks_to_first_result": 4, "sovereignty": "none", "domain": "general", "rule_good_enough": False,
    }  # fmt: skip
    assert set(said) == set(KEYS)
    assert Answers.read(said).to_json() == said


def test_an_unknown_key_names_the_near_miss():
    with pytest.raises(ConfigError, match="sovereignity") as seen:
        Answers.read({"sovereignity": "none"})
    assert "'sovereignty'" in seen.value.hint


def test_every_problem_is_told_at_once():
    with pytest.raises(ConfigError) as seen:
        Answers.read({"task": "tabulr", "labels": "many", "edge": 1, "latency_ms": -3, "lables": 3})
    for word in ("tabulr", "'tabular'", "many", "edge is 1", "-3", "'labels'"):
        assert word in seen.value.message


@pytest.mark.parametrize(
    ("key", "value"),
    [("labels", 1.5), ("labels", True), ("labels", float("nan")), ("classes", 0), ("latency_ms", 0), ("cost", 3),
     ("calls_per_month", float("inf")), ("api_model", ""), ("domain", ["general"]), ("task", {})],
)  # fmt: skip
def test_a_value_that_is_none_is_refused(key, value):
    with pytest.raises(ConfigError, match=key):
        Answers.read({key: value})


def test_classes_that_hold_more_labels_than_there_are_is_a_contradiction():
    with pytest.raises(ConfigError, match="3 classes of at least 40"):
        Answers.read({"labels": 100, "classes": 3, "labels_in_smallest_class": 40})
