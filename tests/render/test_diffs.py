"""What changed between two answers."""

from ownproof.render import diffs
from tests.render import example


def test_an_answer_does_not_differ_from_itself():
    assert diffs.differences(example.answer(), example.answer()) == []
    assert diffs.as_text([]) == "no difference"
    assert diffs.as_markdown([]) == "No difference."


def test_result_comes_before_data_and_configuration():
    left, right = example.answer(), example.answer(verdict="CANNOT TELL", run="r-2")
    right["split"]["train"] = 30000
    right["baseline"]["gain"] = 0.149004
    right["task"]["target"] = "wage"
    assert diffs.differences(left, right) == [
        ("run", "r-7f3a90c2", "r-2"),
        ("verdict", "BETTER", "CANNOT TELL"),
        ("baseline gain", "0.149", "0.149004"),
        ("task target", "income", "wage"),
        ("split train", "34,189", "30,000"),
    ]


def test_gates_are_matched_by_id_and_findings_by_rule_and_columns():
    left, right = example.answer(), example.answer()
    right["gates"].reverse()
    right["gates"][-1]["status"] = "refused"
    right["findings"] = [f for f in right["findings"] if f["rule"] != "leak.availability"]
    assert diffs.differences(left, right) == [
        ("gates leak", "passed", "refused"),
        ("findings leak.availability final_weight", "warns", "–"),
    ]


def test_measures_are_compared_by_value():
    left, right = example.answer(), example.answer()
    right["metrics"]["recall"] = {"value": 0.75, "low": 0.7, "high": 0.8}
    right["metrics"].pop("f1")
    assert diffs.differences(left, right) == [("metrics recall", "0.713", "0.75"), ("metrics f1", "0.707", "–")]


def test_candidates_of_one_name_are_counted_apart():
    left = {"candidates": [{"name": "a", "leaves": 3}, {"name": "a", "leaves": 7}]}
    right = {"candidates": [{"name": "a", "leaves": 3}, {"name": "a", "leaves": 9}, {"name": "b"}]}
    assert diffs.differences(left, right) == [("candidates a (2) leaves", "7", "9"), ("candidates b", "–", "tried")]


def test_unknown_parts_and_nulls_are_compared_too():
    assert diffs.differences({"config": {"seed": 1, "drop": ["a"]}}, {"config": {"seed": 2, "drop": None}}) == [
        ("config seed", "1", "2"),
        ("config drop", "a", "–"),
    ]


def test_both_faces_show_every_difference():
    found = diffs.differences({"verdict": "BETTER", "x": "a|b"}, {"verdict": None, "x": "c"})
    assert diffs.as_text(found, left="r-1", right="r-2").splitlines()[0].split() == ["what", "r-1", "r-2"]
    assert "| x | a\\|b | c |" in diffs.as_markdown(found)
