"""Verdicts over all answers: unknown never crashes and is never taken for no; flips are true; vetoes veto hosted APIs only."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.phases.decide.answers import CHOICES, FLAGS, KEYS, Answers, contradictions
from ownproof.phases.decide.conditions import RULES
from ownproof.phases.decide.flips import flip
from ownproof.phases.decide.options import API, NO_ML, OPTIONS, OWN
from ownproof.phases.decide.report import facts, report
from ownproof.phases.decide.rules import Money, ask
from ownproof.phases.decide.verdict import decide
from ownproof.phases.decide.weigh import weigh


def some(key):
    """Any answer to a question, unknown among them."""
    if key in CHOICES:
        return st.sampled_from((None, *CHOICES[key]))
    if key in FLAGS:
        return st.sampled_from((None, True, False))
    if key == "api_model":
        return st.sampled_from((None, "gpt-4o", "nobody's"))
    edges = st.sampled_from(
        (0, 1, 9, 49, 50, 99, 100, 199, 200, 499, 500, 999, 1_000, 99_999, 100_000, 5_000_000, 10**8)
    )
    return st.one_of(st.none(), edges, st.integers(1, 10**9))


def cleaned(said):
    return {k: max(1, v) if k in ("classes", "latency_ms") and v is not None else v for k, v in said.items()}


ANY = st.fixed_dictionaries({k: some(k) for k in KEYS}).map(cleaned).filter(lambda d: not contradictions(Answers(**d)))
MONEY = st.sampled_from((None, Money(2e6, 4e6, 8e6), Money(1e4, 1e5, float("inf"))))


@settings(max_examples=200)
@given(ANY, MONEY)
def test_any_answers_have_a_verdict_or_none(said, money):
    found = decide(Answers.read({k: v for k, v in said.items() if v is not None}), money)
    assert found.verdict in (None, *OPTIONS)
    assert (found.first is None) == (found.interim is None)
    assert found.first is None or found.verdict in OWN
    if found.verdict is not None:
        assert found.standing(found.verdict).by is None
        assert not found.standing(found.verdict).unfit


@settings(max_examples=40)
@given(ANY, st.sampled_from(KEYS))
def test_unknown_is_not_no(said, key):
    """An answer that is not known leaves each rule that is about it unknown, unless something else settles it."""
    answers = replace(Answers(**said), **{key: None})
    values = CHOICES.get(key, (True, False) if key in FLAGS else (0, 30, 100, 1_000, 150_000, 10**9))
    values = values if key != "api_model" else ("gpt-4o",)
    ways = [ask(RULES, replace(answers, **{key: v}), None) for v in values]
    for place, seen in enumerate(ask(RULES, answers, None)):
        fired = {way[place].status for way in ways}
        about = seen.rule.key == key or key == "task"
        if about and seen.status == "NOT":
            assert "FIRED" not in fired
        if about and seen.status == "FIRED":
            assert "NOT" not in fired


@settings(max_examples=20)
@given(ANY, MONEY)
def test_a_flip_changes_the_verdict(said, money):
    answers = Answers(**said)

    def judge(each):
        return decide(each, money).verdict

    for key in dict.fromkeys(r.key for r in RULES):
        found = flip(answers, key, judge, money=money)
        if found is not None:
            said_so = {k: v for k, v in {**said, key: found.value}.items() if v is not None}
            assert judge(Answers.read(said_so)) == found.verdict != judge(answers)


@settings(max_examples=6)
@given(ANY)
def test_any_answers_have_a_report(said):
    made = weigh(Answers(**said))
    told = facts(made)
    assert set(told["cost"]) >= {"api", "own", "break_even_calls", "prices_of"}
    assert told["exit"] == (0 if told["verdict"] else 3)
    assert report(made).sections


@pytest.mark.parametrize("sovereignty", ["private", "isolated"])
@pytest.mark.parametrize("task", CHOICES["task"])
def test_sovereignty_vetoes_hosted_apis_and_no_open_model(task, sovereignty):
    found = decide(Answers(task=task, labels=200_000, sovereignty=sovereignty, standard_task=True))
    assert [s.option for s in found.standings if s.by] == [API]
    assert found.verdict in OWN


def test_nothing_known_is_undecided_and_asks_for_what_matters_most():
    made = weigh(Answers())
    assert made.found.verdict is None
    assert {"task", "rule_good_enough"} <= {q.key for q in made.outlook.questions[:3]}


@pytest.mark.parametrize("task", CHOICES["task"])
def test_a_task_alone_is_too_little(task):
    assert decide(Answers(task=task)).verdict is None


@pytest.mark.parametrize("task", CHOICES["task"])
def test_no_labels_and_a_need_for_ones_own_model_is_label_first(task):
    found = decide(Answers(task=task, labels=0, labels_per_week=500, sovereignty="private", rule_good_enough=False))
    assert (found.verdict in OWN, found.first, found.interim) == (True, "label", NO_ML)


def test_a_rule_that_is_good_enough_ends_it():
    assert decide(Answers(rule_good_enough=True)).verdict == NO_ML


def test_a_money_that_overlaps_decides_nothing_by_volume():
    answers = Answers(task="text-label", standard_task=True, labels=900, calls_per_month=4_000_000)
    seen = {s.rule.id: s.status for s in decide(answers, Money(2e6, 4e6, 8e6)).seen}
    assert (seen["volume.high"], seen["volume.low"]) == ("NOT", "NOT")
    assert decide(replace(answers, calls_per_month=9_000_000), Money(2e6, 4e6, 8e6)).verdict == "fine-tune"


def test_labels_are_counted_from_what_else_is_known():
    pictures = Answers(task="image-label", pretrained_equivalent=True, classes=5, labels_in_smallest_class=1500)
    assert (decide(pictures).verdict, decide(pictures).first) == ("fine-tune", None)
    assert decide(replace(pictures, labels_in_smallest_class=20)).first == "label"
    assert decide(Answers(task="forecast", rows=50_000, edge=False)).verdict == "small-model"


def test_labels_that_are_unknown_leave_a_verdict_that_they_cannot_change():
    answers = Answers(
        task="text-label", sovereignty="private", domain="vocabulary", proprietary_data=True, rule_good_enough=False
    )
    found = decide(answers)
    assert (found.verdict, found.first) == ("fine-tune", None)
