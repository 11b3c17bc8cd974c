"""The worked cases of the docs come out as the docs say, and every rule decides one."""

from __future__ import annotations

import datetime
import re

import pytest

from ownproof.phases.decide import verdict
from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.bill import pricing
from ownproof.phases.decide.conditions import RULES
from ownproof.phases.decide.rules import Money
from ownproof.phases.decide.verdict import decide
from ownproof.phases.decide.weigh import weigh
from ownproof.project.pricing import vendored
from tests.phases.decide.cases import PAGE, cases

CASES = cases()
PRICES = vendored()
PRICE = pricing(PRICES, today=PRICES.as_of + datetime.timedelta(days=1))


def test_the_table_holds_at_least_ten_cases_of_every_kind_of_verdict():
    assert len(CASES) >= 10
    assert {c.verdict for c in CASES} == {"no-ml", "api", "fine-tune", "small-model", "deep-from-scratch", None}
    assert any(c.first == "label" for c in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c.number))
def test_a_worked_case_comes_out_as_the_docs_say(case):
    found = decide(case.answers, PRICE(case.answers).money)
    vetoed = tuple(s.option for s in found.standings if s.by is not None)
    assert (found.verdict, found.first, found.interim, vetoed) == (case.verdict, case.first, case.interim, case.vetoed)


@pytest.mark.parametrize("number", [c.number for c in CASES if c.verdict is not None][:6])
def test_the_value_that_a_rule_prints_as_its_flip_changes_the_verdict(number):
    from dataclasses import replace

    case = next(c for c in CASES if c.number == number)
    made = weigh(case.answers, price=PRICE)
    for found in made.flips.values():
        if found is not None:
            changed = replace(case.answers, **{found.key: found.value})
            assert decide(changed, PRICE(changed).money).verdict == found.verdict != made.found.verdict


# For each rule a case that it decides: without it another verdict, or none, would come out.
DECIDES = {
    "rule.enough": {"task": "multi-modal", "rule_good_enough": True, "labels": 300},
    "sovereignty.private": {"task": "multi-modal", "labels": 300, "sovereignty": "isolated"},
    "edge.offline": {"task": "detection", "edge": True, "labels": 300},
    "latency.network": {"task": "generation", "latency_ms": 30, "labels": 300},
    "latency.tail": {"task": "image-label", "latency_ms": 150, "labels": 300},
    "latency.local": {"task": "text-label", "labels": 20_000, "latency_ms": 5},
    "edge.small": {"task": "text-label", "labels": 3000, "edge": True},
    "task.table": {"task": "tabular", "labels": 6200},
    "task.signal": {"task": "sensor", "labels": 20_000},
    "task.known-kind": {"task": "extraction", "calls_per_month": 30_000_000, "labels": 0},
    "task.pictures": {"task": "image-label", "weeks_to_first_result": 1, "labels": 3000, "proprietary_data": True},
    "task.standard": {"task": "extraction", "labels": 300, "pretrained_equivalent": True, "standard_task": True},
    "task.standard-picture": {
        "task": "image-label", "labels": 20_000, "classes": 10, "standard_task": True, "calls_per_month": 10_000,
    },
    "task.unusual": {
        "task": "generation", "labels": 20_000, "standard_task": False, "proprietary_data": True, "pretrained_equivalent": True,
    },
    "task.retrieval": {"task": "generation", "proprietary_data": True, "labels": 900},
    "data.proprietary": {"task": "detection", "proprietary_data": True, "labels": 3000},
    "domain.vocabulary": {"task": "extraction", "labels": 0, "domain": "vocabulary"},
    "domain.modality": {"task": "image-label", "labels": 300, "domain": "modality"},
    "pretrained.exists": {"task": "extraction", "pretrained_equivalent": True, "labels": 300},
    "pretrained.none": {"task": "text-label", "labels": 3000, "sovereignty": "private", "pretrained_equivalent": False},
    "data.short": {"task": "extraction", "labels": 0, "calls_per_month": 2_000_000, "domain": "general"},
    "data.customary": {"task": "image-label", "labels": 1500, "classes": 10, "standard_task": True},
    "data.never": {"task": "sensor", "labels_per_week": 0, "labels": 0},
    "data.deep": {"task": "sensor", "labels": 300_000, "calls_per_month": 150_000_000, "pretrained_equivalent": False},
    "data.scratch": {"task": "sensor", "labels": 30_000, "pretrained_equivalent": False},
    "time.tune": {"task": "extraction", "labels": 300, "domain": "vocabulary", "weeks_to_first_result": 1},
    "time.deep": {"task": "sensor", "labels": 200_000, "pretrained_equivalent": False, "weeks_to_first_result": 4},
    "volume.high": {"task": "extraction", "calls_per_month": 30_000_000, "labels": 0},
    "volume.low": {"task": "extraction", "calls_per_month": 300_000, "pretrained_equivalent": True, "labels": 0},
    "volume.lower": {
        "task": "generation", "labels": 20_000, "standard_task": False, "proprietary_data": True, "pretrained_equivalent": True,
        "calls_per_month": 500_000,
    },
    "volume.low-pictures": {
        "task": "image-label", "labels": 20_000, "classes": 10, "standard_task": True, "calls_per_month": 10_000,
    },
    "volume.vast": {"task": "text-label", "calls_per_month": 150_000_000, "labels": 50_000},
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_every_rule_has_a_case_in_which_it_flips_the_verdict(rule, monkeypatch):
    answers = Answers.read(DECIDES[rule.id])
    money = Money(1e6, 2e6, 4e6) if rule.id == "volume.lower" else None
    with_it = decide(answers, money).verdict
    monkeypatch.setattr(verdict, "RULES", tuple(r for r in RULES if r is not rule))
    assert with_it != decide(answers, money).verdict


def test_the_docs_list_every_rule_with_its_weight():
    listed = dict(re.findall(r"(?m)^\| `([a-z.-]+)` \| `[a-z_]+` \| (veto|strong|weak) \|", PAGE.read_text()))
    assert listed == {r.id: r.weight for r in RULES}
