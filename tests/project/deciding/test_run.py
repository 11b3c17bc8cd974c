"""`ownproof decide` from outside: answers, data, what a project keeps, and once more."""

import json
import tomllib
from datetime import timedelta

import pytest

from ownproof.project.pricing import vendored
from tests.said import files_of
from tests.tables import loans

TABLE = 'task = "tabular"\nlabels = 6200\n'
TEXT = """task = "text-label"
standard_task = true
labels = 3000
calls_per_month = 40_000
tokens_in = 300
tokens_out = 5
api_model = "gpt-4o"
sovereignty = "none"
"""
KEYS = {"schema", "verdict", "first", "interim", "options", "rules", "cost", "next", "exit"}


@pytest.fixture
def wrote(tmp_path):
    def write(text, name="a.toml"):
        (tmp_path / name).write_text(text)
        return name

    return write


def decided(said):
    assert said.code == said.answer["exit"]
    return said.answer


def test_a_verdict_is_exit_0_and_writes_nothing(call, wrote, tmp_path):
    said = call("decide", wrote(TABLE), "--json")
    answer = decided(said)
    assert (said.code, answer["verdict"], answer["command"]) == (0, "small-model", "decide")
    assert set(answer) >= KEYS
    assert files_of(tmp_path) == ["a.toml"]


def test_the_answer_has_the_keys_and_words_of_the_contract(call, wrote):
    answer = decided(call("decide", wrote(TEXT), "--json"))
    assert all(set(o) >= {"option", "status", "by"} and o["status"] in ("open", "vetoed") for o in answer["options"])
    assert [o["option"] for o in answer["options"]] == ["no-ml", "api", "fine-tune", "small-model", "deep-from-scratch"]
    keys = {"id", "says", "value", "status", "weight", "favours", "flip"}
    assert all(set(r) >= keys for r in answer["rules"])
    assert {r["status"] for r in answer["rules"]} <= {"FIRED", "NOT", "UNKNOWN"}
    assert {r["weight"] for r in answer["rules"]} <= {"veto", "strong", "weak"}
    for part in ("api", "own", "break_even_calls"):
        assert answer["cost"][part]["p10"] <= answer["cost"][part]["p50"] <= answer["cost"][part]["p90"]
    assert answer["cost"]["prices_of"]["model"] == "gpt-4o"
    assert [s["do"] for s in answer["next"]]


def test_nothing_known_is_exit_3_with_questions(call, wrote):
    said = call("decide", wrote(""), "--json")
    answer = decided(said)
    assert (said.code, answer["verdict"], answer["first"]) == (3, None, None)
    assert answer["questions"]
    assert "What would settle it" in call("decide", "a.toml").out


def test_a_flip_of_the_answer_is_true(call, wrote):
    answer = decided(call("decide", wrote(TEXT), "--json"))
    flips = [r["flip"] for r in answer["rules"] if r["flip"]]
    assert flips
    for flip in list({f["key"]: f for f in flips}.values())[:4]:
        said = {**tomllib.loads(TEXT), flip["key"]: flip["value"]}
        changed = "".join(f"{k} = {json.dumps(v)}\n" for k, v in said.items())
        assert (
            decided(call("decide", wrote(changed, "b.toml"), "--json"))["verdict"]
            == flip["verdict"]
            != answer["verdict"]
        )


def test_the_data_are_counted(call, wrote, tmp_path):
    loans(300).write_csv(tmp_path / "d.csv")
    answer = decided(call("decide", wrote("labels = 6200\n"), "--data", "d.csv", "--target", "bad", "--json"))
    assert (answer["answers"]["labels"], answer["answers"]["task"]) == (300, "tabular")
    assert [f["rule"] for f in answer["findings"]] == ["decide.said"]
    assert (answer["verdict"], answer["first"]) == ("small-model", "label")


def test_a_hosted_model_without_a_price_is_told_and_money_is_unknown(call, wrote):
    answer = decided(call("decide", wrote(TEXT.replace("gpt-4o", "gpt-4p")), "--json"))
    assert answer["cost"]["break_even_calls"] == {"p10": None, "p50": None, "p90": None}
    assert any(f["rule"] == "decide.no-price" and "gpt-4o" in f["advice"] for f in answer["findings"])


def test_a_project_keeps_the_decision_and_its_policy(call, wrote, tmp_path):
    call("init", "p")
    private = TEXT.replace('"none"', '"private"')
    answer = decided(call("decide", wrote(private), "--out", "p", "--json"))
    assert (answer["verdict"], answer["policy"]["sovereignty"]) == ("fine-tune", "private")
    assert tomllib.loads((tmp_path / "p/project.toml").read_text())["sovereignty"] == "private"
    call("decide", "a.toml", "--out", "p")
    lines = (tmp_path / "p/ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["init", "decide"]


def test_again_says_whether_the_verdict_flipped_and_why(call, wrote, tmp_path):
    call("decide", wrote(TEXT), "--out", "p")
    same = decided(call("-C", "p", "decide", "--again", "--json"))
    assert (same["again"]["flipped"], same["again"]["changed"], same["verdict"]) == (False, [], "api")
    wrote(TEXT.replace("40_000", "40_000_000"))
    answer = decided(call("-C", "p", "decide", "--again", "--json"))
    assert answer["again"]["flipped"]
    assert (answer["again"]["then"], answer["again"]["now"], answer["again"]["because"]) == (
        "api",
        "fine-tune",
        ["calls_per_month"],
    )
    assert answer["again"]["changed"] == [{"key": "calls_per_month", "then": 40_000, "now": 40_000_000}]
    (tmp_path / "a.toml").unlink()
    stored = decided(call("-C", "p", "decide", "--again", "--json"))
    assert (stored["again"]["flipped"], stored["verdict"]) == (False, "fine-tune")


def test_prices_that_are_too_old_flip_a_verdict_and_are_named_as_the_cause(tmp_path):
    from ownproof.project.deciding.run import Asked, decide

    text = TEXT.replace("gpt-4o", "gpt-5.4-nano").replace("40_000", "20_000_000")
    (tmp_path / "a.toml").write_text(text)
    seen = vendored().as_of
    first, _ = decide(Asked(file="a.toml", out=str(tmp_path / "p")), start=tmp_path, today=seen)
    later, _ = decide(Asked(again=True), start=tmp_path / "p", today=seen + timedelta(days=200))
    assert (first["verdict"], later["again"]["then"], later["again"]["now"]) == ("api", "api", "fine-tune")
    assert (later["again"]["flipped"], later["again"]["because"], later["again"]["changed"]) == (True, ["prices"], [])
    assert later["cost"]["break_even_calls"]["p50"] is None


def test_the_history_of_a_project_tells_its_decisions(call, wrote):
    call("decide", wrote(TEXT), "--out", "p")
    assert "api" in call("-C", "p", "history").out


def test_again_without_a_decision_says_what_to_do_first(refused):
    assert "ownproof decide ANSWERS.toml" in refused("decide", "--again")["hint"]


def test_a_page_is_written_where_it_is_wanted(call, wrote, tmp_path):
    answer = decided(call("decide", wrote(TEXT), "--report", "r.html", "--json"))
    page = (tmp_path / "r.html").read_text()
    assert answer["report"] == str(tmp_path / "r.html")
    for word in ("HOSTED API", "task.standard", "Break-even", "What to try next"):
        assert word in page


def test_ask_needs_a_terminal(refused):
    assert "no terminal" in refused("decide", "--ask")["message"]


@pytest.mark.parametrize(
    ("text", "word"),
    [("labels = \n", "TOML"), ("lables = 3\n", "labels"), ('task = "table"\n', "tabular"), ("\x00", "TOML")],
)
def test_a_file_that_cannot_be_used_says_what_is_right(refused, wrote, text, word):
    error = refused("decide", wrote(text))
    assert word in error["expected"] + error["hint"]


def test_no_answers_at_all_say_how_to_begin(refused):
    assert "--ask" in refused("decide")["hint"]
    refused("decide", "nowhere.toml")
    assert "--target" in refused("decide", "--data", "d.csv")["message"]
