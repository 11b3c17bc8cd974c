"""What pages and terminals say of a run of monitor."""

import pytest

from ownproof.render import content
from ownproof.render.sentence import meaning, sentence

GRADE = {"windows": 0, "holds": None, "withdrawn": False}
LOSS = {
    "kind": "loss",
    "state": "open",
    "since": "2026-11-02T00:00:00+00:00",
    "columns": ["roc_auc"],
    "advice": "train again",
}
DRIFT = {**LOSS, "kind": "drift", "columns": ["a", "b", "c", "d", "e"]}


def answer(**more):
    performance = {
        "metric": "roc_auc",
        "promised": {"value": 0.9},
        "expected": {"value": 0.88},
        "realised": None,
        "labels": None,
    }
    blank = {"command": "monitor", "exit": 0, "incidents": [], "warnings": [], "live_windows": 30, "rows": 400}
    return {**blank, "performance": {**performance, "grade": GRADE}, **more}


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({}, "ALL WELL"),
        ({"live_windows": 0}, "TOO EARLY"),
        ({"live_windows": 0, "alarm": True}, "WATCH"),
        ({"warnings": [{"columns": ["a"]}]}, "WATCH"),
        ({"incidents": [DRIFT]}, "INCIDENT"),
        ({"incidents": [{**DRIFT, "state": "closed"}]}, "ALL WELL"),
        ({"incidents": [DRIFT], "exit": 5}, "RETRAIN"),
    ],
)
def test_the_badge_is_the_worst_that_is_so_now(more, word):
    assert content.badge(answer(**more)).word == word


def test_the_sentence_names_what_and_since_when():
    assert sentence(answer(incidents=[LOSS])) == "The model got worse since 2026-11-02 (ROC AUC)."
    assert "(a, b, c, d and 1 more)" in sentence(answer(incidents=[DRIFT]))
    assert "No incident is open" in sentence(answer())
    assert "400 decisions so far." in sentence(answer(live_windows=0))
    moved = [{"column": "paid", "drift": True}, {"column": "day", "drift": False}]
    assert "so far, and something in paid." in sentence(answer(live_windows=0, alarm=True, columns=moved))


def test_the_next_step_is_the_advice_of_the_incident():
    assert meaning(answer(incidents=[LOSS], exit=5)) == "Retraining is advised. Train again."
    withdrawn = answer()
    withdrawn["performance"]["grade"] = {**GRADE, "withdrawn": True}
    assert "withdrawn" in meaning(withdrawn)


def test_figures_stand_beside_what_was_promised():
    tiles = {t.label: t for t in content.tiles(answer())}
    assert tiles["ROC AUC, expected"].note == "promised: 90.0 %"
    assert "ROC AUC, realised" not in tiles
