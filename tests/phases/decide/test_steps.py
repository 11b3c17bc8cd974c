"""What to try next: cheapest first, with what it costs and takes."""

from __future__ import annotations

from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.labelling import plan
from ownproof.phases.decide.options import TUNE
from ownproof.phases.decide.steps import steps
from ownproof.phases.decide.verdict import decide


def after(said, *, call=None, questions=()):
    answers = Answers.read(said)
    found = decide(answers)
    label = plan(found.verdict, answers) if found.first else None
    return steps(answers, found, questions=questions, label=label, call=call, data="d.csv", target="y")


def test_the_cheapest_comes_first_and_the_dearest_last():
    found = after({"task": "extraction", "labels": 0, "proprietary_data": True, "domain": "vocabulary"}, call=0.0001)
    costs = [(s.dollars or 0) + (s.minutes or 0) for s in found]
    assert costs == sorted(costs)
    assert found[-1].do.startswith("Label 500 examples")
    assert found[-1].dollars > 0


def test_a_hosted_model_is_tried_on_150_rows_for_about_a_cent():
    said = {
        "task": "text-label",
        "standard_task": True,
        "labels": 3000,
        "rule_good_enough": False,
        "calls_per_month": 9_000,
    }
    step = after(said, call=0.00007)[0]
    assert "150 answers" in step.do
    assert "about $0.01" in step.do
    assert (round(step.dollars, 4), step.minutes) == (0.0105, 10)


def test_no_hosted_model_is_tried_where_it_is_vetoed_or_reads_no_such_input():
    for said in ({"task": "tabular", "labels": 6200}, {"task": "text-label", "labels": 3000, "sovereignty": "private"}):
        assert not any("hosted model" in s.do for s in after(said))


def test_a_small_model_is_trained_on_the_data_that_were_named():
    commands = [s.command for s in after({"task": "tabular", "labels": 6200})]
    assert "ownproof run d.csv --target y --budget 60s" in commands
    assert "ownproof plan d.csv --target y" in commands


def test_pictures_are_given_to_no_small_model():
    found = after({"task": "image-label", "labels": 6200, "pretrained_equivalent": True})
    assert not any("ownproof run" in s.command for s in found)
    assert any("Tune" in s.do for s in found)


def test_the_rule_of_today_is_looked_at_unless_it_is_known():
    assert any("rule" in s.do for s in after({"task": "tabular", "labels": 6200}))
    assert not any("rule" in s.do for s in after({"task": "tabular", "labels": 6200, "rule_good_enough": False}))


def test_labels_that_are_missing_of_the_rarest_class_are_counted_for_every_class():
    answers = Answers(task="image-label", classes=4, labels=900, labels_in_smallest_class=40, labels_per_week=60)
    found = plan(TUNE, answers)
    assert (found.begin, found.needed, found.weeks) == (400, 240, (4.0, 4.0, 4.0))


def test_without_a_pace_the_weeks_are_a_range_and_without_labels_to_come_there_are_none():
    low, middle, high = plan("small-model", Answers(task="tabular", labels=0)).weeks
    assert low < middle < high
    assert plan("small-model", Answers(task="tabular", labels=0, labels_per_week=0)).weeks is None
