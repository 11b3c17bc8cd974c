"""Texts that carry the answer are named; words that go with a topic are not."""

import numpy as np
import pytest

from ownproof.phases.audit.leaks.tokens import own_words
from tests.phases.audit.tables import audited, finding, gate, is_bad, leaks, loans, put

RNG = np.random.default_rng(8)
N = 1200
L = loans(N)
BAD = is_bad(L)
WORDS = [
    "the",
    "bank",
    "called",
    "about",
    "late",
    "payment",
    "again",
    "today",
    "house",
    "market",
    "green",
    "river",
    "plan",
    "talks",
    "open",
    "yes",
]


def notes(extra):
    """Texts of eight words and something more. extra: of a row's place."""
    return [" ".join([*RNG.choice(WORDS, 8), extra(i)]) for i in range(N)]


def mingled(text):
    """Its words in any order."""
    return " ".join(RNG.permutation(text.split()))


def test_a_text_that_names_the_class_in_every_row_stops():
    report = audited(put(L, note=notes(lambda i: f"outcome: {'Bad' if BAD[i] else 'good'}")))
    assert leaks(report) == [("leak.text", "block", ("note",))]
    assert gate(report, "text").status == "refused"
    assert "'bad'" in finding(report, "leak.text").advice


@pytest.mark.parametrize(
    "extra",
    [
        lambda i: ("bad" if BAD[i] else "good") if i % 5 < 2 else "",
        lambda i: "refund issued" if BAD[i] and i % 2 else "",
        lambda i: "xq7" if BAD[i] and i % 5 < 2 else "",
    ],
    ids=["own word", "two tokens", "token"],
)
def test_a_word_that_only_one_class_has_warns(extra):
    report = audited(put(L, note=notes(extra)))
    assert leaks(report) == [("leak.text", "warn", ("note",))]
    assert "note" in [c for f in report.findings if f.rule == "leak.text" for c in f.columns]


TOPIC = ["shares", "profit", "economy", "trade", "bank", "stock"]


@pytest.mark.parametrize(
    "extra",
    [
        lambda i: "",
        lambda i: "complaint" if RNG.random() < (0.5 if BAD[i] else 0.1) else "",
        lambda i: "bad" if RNG.random() < (0.5 if BAD[i] else 0.1) else "",
        lambda i: " ".join(w for w in TOPIC if RNG.random() < (0.4 if BAD[i] else 0.002)),
    ],
    ids=["none", "some", "own word of both", "topic"],
)
def test_words_that_go_with_a_class_are_left_alone(extra):
    texts = [mingled(text) for text in notes(extra)]
    assert [rule for rule, _, _ in leaks(audited(put(L, note=texts))) if rule == "leak.text"] == []


def test_a_text_that_is_declared_known_before_is_left_alone():
    frame = put(L, note=notes(lambda i: "refund" if BAD[i] and i % 2 else ""))
    assert leaks(audited(frame, available={"note": "before"})) == []


def test_the_tokens_are_drawn():
    frame = put(L, note=notes(lambda i: "refund" if BAD[i] and i % 2 else ""))
    drawn = [b for b in audited(frame).sections[0].blocks if getattr(b, "title", "").startswith("Tokens of note")]
    assert drawn[0].series[0].x == ("refund (bad)",)


def test_words_that_two_classes_share_or_that_say_nothing_are_nobodys_own():
    class Named:
        k = 4

        @staticmethod
        def spell(code):
            return ["not paid", "fully paid", "class 3", "no"][code]

    assert own_words(Named) == {0: {"not"}, 1: {"fully"}}
