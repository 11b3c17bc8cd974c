"""What every page shows of an answer."""

import pytest

from ownproof.render import content
from tests.render import example


@pytest.mark.parametrize(
    ("changes", "word", "tone"),
    [
        ({}, "BETTER", "good"),
        ({"verdict": "NOT BETTER"}, "NOT BETTER", "bad"),
        ({"verdict": "CANNOT TELL"}, "CANNOT TELL", "unsure"),
        ({"verdict": None}, "NO VERDICT", "plain"),
        ({"gates": [{"id": "leak", "status": "refused"}]}, "REFUSED", "bad"),
        ({"gates": [{"id": "verdict", "status": "refused"}], "verdict": "NOT BETTER"}, "NOT BETTER", "bad"),
        ({"error": {"message": "x"}}, "STOPPED", "bad"),
    ],
)
def test_the_badge_says_what_came_out(changes, word, tone):
    badge = content.badge(example.answer(**changes))
    assert (badge.word, badge.tone) == (word, tone)


def test_the_tiles_show_the_figures_a_reader_looks_for():
    tiles = {t.label: t for t in content.tiles(example.answer())}
    assert len(tiles) == 8
    assert tiles["ROC AUC"].note == "the best one-feature rule (education): 77.0 %"
    assert tiles["Gain"].note == "96 % interval 14.1 to 15.7; worth having from 1.1"
    assert tiles["Sealed rows"].note == "opened once; 34,189 trained on"
    assert tiles["Threshold"].value == "0.412"


def test_an_opening_that_costs_alpha_is_named_exactly():
    base = {**example.answer()["baseline"], "level": 0.995}
    gain = next(t for t in content.tiles(example.answer(baseline=base)) if t.label == "Gain")
    assert gain.note.startswith("99.5 % interval")


def test_gates_that_stopped_come_first_and_those_not_run_last():
    answer = example.answer()
    answer["gates"][4]["status"] = "refused"
    assert [g.status for g in content.gates(answer)] == ["refused", "waived", "passed", "passed", "passed", "not run"]


def test_findings_that_accuse_are_apart_from_the_rest_worst_first():
    answer = example.answer()
    answer["findings"].append({"rule": "leak.copy", "level": "block", "columns": ["duration"]})
    accusing, others = content.findings(answer)
    assert [f.rule for f in accusing] == ["leak.copy", "leak.availability", "quality.duplicates", "slice.gap"]
    assert {f.level for f in others} == {"ok"}


def test_candidates_become_a_table_of_everything_that_is_said_of_them():
    columns, rows = content.candidates(
        {"candidates": [{"name": "a", "roc_auc": {"value": 0.5}}, {"name": "b", "params": {"x": 1}}]}
    )
    assert columns == ("name", "roc_auc", "params")
    assert rows == (("a", 0.5, None), ("b", None, '{"x": 1}'))


def test_details_name_what_finds_the_run_again():
    shown = dict(content.details(example.answer(versions={"ownproof": "1"})))
    assert shown["Run"] == "r-7f3a90c2"
    assert shown["Rows"] == "34,189 trained on, 7,327 held out, 7,326 sealed"
    assert shown["Ownproof"] == "1"
    assert shown["Budget"].startswith("planned 24")


def test_an_empty_answer_has_empty_content():
    for odd in (
        {},
        dict.fromkeys(example.answer()),
        dict.fromkeys(example.answer(), "odd"),
        dict.fromkeys(example.answer(), 3),
    ):
        content.badge(odd)
        assert content.gates(odd) == ()
        assert content.findings(odd) == ((), ())
        assert content.measures(odd) == ()
        assert content.proof(odd) is None
        assert content.candidates(odd) == ((), ())
        content.tiles(odd), content.details(odd)


def test_the_project_is_where_the_ledger_lies():
    assert content.folder({"ledger": "a/b/ledger.jsonl"}) == "a/b"
    assert content.folder({}) == ""
