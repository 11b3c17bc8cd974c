"""The verdict in one sentence."""

import pytest

from ownproof.render import sentence as room
from tests.render import example


def said(verdict, evidence="sealed", *, base=None, **changes):
    answer = example.answer(verdict=verdict, evidence=evidence, gates=[], **changes)
    answer["baseline"].update(base or {})
    return room.sentence(answer)


def test_better_is_said_as_a_manager_would_say_it():
    assert said("BETTER") == (
        "The model is better than the best one-feature rule (education): it ranks a positive above a negative 91.9 % of the "
        "time against 77.0 %, a gain of 14.9 points (14.1 to 15.7), on 7,326 sealed rows that nothing was trained on."
    )


def test_out_of_fold_evidence_says_what_rows_it_rests_on_and_that_the_seal_is_closed():
    text = said("BETTER", "out-of-fold", base={"units": 41516})
    assert text.endswith("on 41,516 rows, each answered by a model that had not seen it.")
    assert "sealed test (7,326 rows) is still closed" in room.meaning(example.answer(evidence="out-of-fold", gates=[]))


def test_not_better_says_how_far_it_stays_below_what_is_worth_having():
    text = said("NOT BETTER", base={"model": 0.771, "gain": 0.001, "low": -0.003, "high": 0.005})
    assert text.startswith("The model is not better than the best one-feature rule (education)")
    assert "a gain of 0.1 points (-0.3 to 0.5), which stays below the 1.1 points worth having" in text


def test_a_loss_is_called_a_difference_and_not_a_gain():
    assert "a difference of -2.0 points" in said("NOT BETTER", base={"gain": -0.02, "low": -0.03, "high": -0.01})


def test_cannot_tell_names_the_span_and_the_rows_that_would_settle_it():
    text = said("CANNOT TELL", base={"gain": 0.01, "low": -0.005, "high": 0.025, "units_needed": 19000})
    assert "the gain may lie anywhere between -0.5 and 2.5 points, where 1.1 is worth having" in text
    assert text.endswith("about 19,000 would settle it.")


@pytest.mark.parametrize(
    ("metric", "clause"),
    [
        ("rmse", "it misses by 40.2 (root mean square error) against 50.1, a gain of 9.9 (8.1 to 11.7), 19.8 % less"),
        ("mae", "it misses by 40.2 on average against 50.1"),
        ("cost", "it makes decisions that cost 40.2 each against 50.1, a saving of 9.9"),
        ("entity_loss", "it reaches a entity loss of 40.2 against 50.1, a gain of 9.9"),
    ],
)
def test_errors_and_money_are_given_in_their_own_unit(metric, clause):
    base = {"metric": metric, "model": 40.2, "value": 50.1, "gain": 9.9, "low": 8.1, "high": 11.7}
    assert clause in said("BETTER", base=base).replace("9.90", "9.9").replace("8.10", "8.1")


def test_a_tiny_gain_is_shown_with_the_digits_it_takes():
    text = said("CANNOT TELL", base={"model": 0.9193, "value": 0.9189, "gain": 0.0004, "low": -0.0002, "high": 0.001})
    assert "91.93 % of the time against 91.89 %" in text


def test_groups_are_counted_where_they_are_fewer_than_rows():
    assert "7,326 sealed rows (812 groups) that" in said("BETTER", base={"units": 812})


def test_a_refusal_by_another_gate_comes_before_the_verdict():
    answer = example.answer()
    answer["gates"][3]["status"] = "refused"
    text = room.sentence(answer)
    assert text.startswith(
        "Stopped at the gate floor:>50K (>50K), which asks that recall of the class >50K is at least 0.60."
    )
    assert "The model is better" in text
    assert room.meaning(answer).startswith("Nothing was packaged. What mends it: more labels")


def test_a_leak_that_stops_is_the_sentence_itself_and_further_gates_are_counted():
    gate = {"id": "leak", "status": "refused", "rule": "no column copies the target", "columns": ["duration"]}
    text = room.sentence({"verdict": None, "gates": [gate, {"id": "split", "status": "refused"}]})
    assert (
        text == "Stopped at the gate leak (duration), which asks that no column copies the target. 1 more gate refused."
    )


def test_the_evidence_of_the_finding_behind_a_gate_is_better_than_its_rule():
    finding = {"level": "block", "columns": ["duration"], "evidence": "duration equals the target in 9 of 9 rows"}
    other = {"level": "block", "columns": ["x"], "evidence": "x is the target"}
    gate = {"id": "audit.leak", "status": "refused", "rule": "no column copies the target", "columns": ["duration"]}
    text = room.sentence({"gates": [gate], "findings": [other, finding]})
    assert text == "Stopped at the gate audit.leak (duration): duration equals the target in 9 of 9 rows."


def test_rows_answered_differently_are_told_where_that_says_something():
    assert "The two answer 2,104 of 7,326 differently." in room.meaning(example.answer())
    answer = example.answer()
    answer["baseline"]["different"] = 7320
    assert "differently" not in room.meaning(answer)


def test_the_ends_of_an_interval_have_the_same_decimals():
    base = {"metric": "rmse", "model": 33444.1, "value": 54167.0, "gain": 20723.0, "low": -99.31, "high": 41545.2}
    assert "between -99 and 41,545" in said("CANNOT TELL", base={**base, "worthwhile": 1083.34})


def test_a_refusal_by_the_verdict_alone_is_not_said_twice():
    answer = example.answer(verdict="NOT BETTER")
    for gate in answer["gates"]:
        gate["status"] = "refused" if gate["id"] == "verdict" else "pass"
    assert room.sentence(answer).startswith("The model is not better than")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({}, "There is no verdict yet"),
        ({"verdict": "BETTER"}, "The model is better than the baseline."),
        ({"verdict": "CANNOT TELL", "baseline": None}, "It cannot be told yet whether the model is better than the baseline."),
        ({"error": {"message": "no column 'chrun'"}}, "Stopped: no column 'chrun'."),
        ({"command": "audit", "findings": []}, "The data can be trained on: nothing was found that stops."),
        ({"command": "audit", "findings": [{"level": "warn"}]}, "1 finding deserves a look."),
        ({"command": "audit", "findings": [{"level": "block"}]}, "must not be trained on yet: a certain leak was found."),
        ({"findings": [{"level": "block", "evidence": "a copies b"}] * 3}, "yet: a copies b. 2 more findings stop it."),
        ({"evidence": "sealed", "proof": {"openings": 4}}, "has been opened 4 times"),
        ({"gates": None, "findings": "odd", "metrics": {"mae": {}}}, "nothing to compare the model with"),
    ],
)  # fmt: skip
def test_whatever_is_missing_there_is_a_sentence(answer, text):
    assert text in room.sentence(answer)
    assert isinstance(room.meaning(answer), str)
