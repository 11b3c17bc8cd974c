"""What to ask first: what tells most of the verdict."""

from __future__ import annotations

from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.questions import USUAL, outlook
from ownproof.phases.decide.verdict import decide


def judge(answers):
    return decide(answers).verdict


def test_what_decides_alone_tells_all_of_it():
    found = outlook(Answers(task="tabular", labels=6200), judge)
    assert [q.key for q in found.questions] == ["rule_good_enough"]
    assert found.questions[0].tells > 0.9


def test_what_cannot_change_the_verdict_is_not_asked():
    found = outlook(Answers(task="text-label", labels=3000, sovereignty="private", rule_good_enough=False), judge)
    assert "proprietary_data" not in [q.key for q in found.questions[:3]]
    assert all(q.key not in ("task", "labels", "sovereignty") for q in found.questions)


def test_with_everything_known_nothing_is_asked_and_the_verdict_stays():
    found = outlook(Answers(**{k: v[-1] for k, v in USUAL.items()}), judge)
    assert (found.stays, found.questions) == (1.0, ())


def test_the_same_seed_asks_the_same():
    answers = Answers(task="extraction", labels=300)
    assert outlook(answers, judge, seed=3) == outlook(answers, judge, seed=3)
