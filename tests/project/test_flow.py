"""Which settings count, which stored answers are told, and what ships after a proof."""

import json
from pathlib import Path

import polars as pl
import pytest

import ownproof
from ownproof.project import packing
from tests.project.test_anchor import git
from tests.tables import loans

CHEAP = ("--trials", "0", "--learners", "linear")


@pytest.fixture
def unmeasured(monkeypatch):
    measured = {"one_row_p50_ms": 0.1, "one_row_p95_ms": 0.2, "rows_per_s": 1e5, "open_s": 0.01, "bytes": 1000}
    monkeypatch.setattr(packing, "measure", lambda *_: measured)


@pytest.fixture
def proven(call, unmeasured):
    """A run, committed to git after sealing, and proven."""
    loans(600).with_columns(pl.Series("client", [f"K{n:05}" for n in range(600)])).write_csv("d.csv")
    git(".", "init", "-q")
    first = call("run", "d.csv", "--target", "bad", "--out", "p", *CHEAP, "--json")
    assert (first.answer["verdict"], first.answer["proof"]["level"]) == ("BETTER", "S1")
    git("p", "add", "ledger.jsonl")
    git("p", "commit", "-qm", "sealed")
    return first.answer, call("prove", "-C", "p", "--json").answer


def test_a_committed_seal_a_switch_of_weights_and_an_edited_answer(call, proven):
    first, answer = proven
    commit = git("p", "rev-parse", "HEAD")
    assert (answer["proof"]["level"], answer["proof"]["anchor"]) == ("S2", commit)
    card = json.loads(Path(answer["bundle"], "card.json").read_text())
    assert card["proof"]["level"] == "S2"
    assert any("rewritten" in line for line in card["wrong"])
    assert json.loads(Path(first["bundle"], "card.json").read_text())["proof"]["level"] == "S1"

    out = call("predict", first["bundle"], "d.csv", "--out", "a.csv")
    assert "out-of-fold evidence only" in out.out
    assert "--id client" in out.out
    said = call("predict", first["bundle"], "d.csv", "--out", "a.csv", "--json").answer
    assert (said["proven"], said["verdict"], said["evidence"]) == (False, "BETTER", "out-of-fold")
    said = call("predict", answer["bundle"], "d.csv", "--out", "a.csv", "--json").answer
    assert (said["proven"], said["evidence"]) == (True, "sealed")

    assert answer["weights"] == "refit on all rows"
    again = call("prove", "-C", "p")
    assert "stored verdict; the test was not opened again" in again.out
    assert "--ship tested" in again.out
    other = call("prove", "-C", "p", "--ship", "tested", "--json").answer
    assert (other["weights"], other["proof"]["openings"], other["verdict"]) == ("tested", 1, answer["verdict"])
    assert other["baseline"] == answer["baseline"]
    assert call("prove", "-C", "p", "--json").answer["bundle"] == other["bundle"] != answer["bundle"]
    back = call("run", "d.csv", "--target", "bad", "--out", "p", *CHEAP, "--prove", "--ship", "refit", "--json").answer
    assert (back["bundle_hash"], back["proof"]["openings"]) == (answer["bundle_hash"], 1)

    for path in Path("p/store/answer").glob("*/value.json"):
        path.write_text(path.read_text().replace('"verdict": "BETTER"', '"verdict": "NOT BETTER"'))
    for command in (("prove", "-C", "p"), ("show", "-C", "p"), ("run", "d.csv", "--target", "bad", "--out", "p")):
        changed = call(*command, "--json")
        assert (changed.code, changed.answer["error"]["code"]) == (7, "answer"), command


def test_an_existing_projects_settings_count_where_no_flag_says_otherwise(call, unmeasured):
    loans(600).write_csv("d.csv")
    call("init", "p", "--data", "d.csv", "--target", "bad")
    settings = Path("p/project.toml")
    text = settings.read_text().replace("# worthwhile_share = 0.05", "worthwhile_share = 0.04")
    settings.write_text(text.replace("# trials =", "trials = 0 #").replace("# learners =", 'learners = ["linear"] #'))
    shown = call("run", "d.csv", "--target", "bad", "--out", "p")
    assert "from the project's project.toml: trials = 0, learners = ('linear',)" in shown.out
    stored = call("run", "--out", "p", "--json").answer
    inside = call("run", "-C", "p", "--json").answer
    assert {c["learner"] for c in stored["candidates"]} <= {"linear", "constant", "one_feature"}
    assert stored["run"] == inside["run"]
    history = call("history", "-C", "p", "--json").answer
    assert [e["overrides"] for e in history["entries"] if e["event"] == "policy"] == [{"worthwhile_share": 0.04}]
    other = call("split", "d.csv", "--out", "p", "--seed", "3", "--json").answer
    assert other["run"] != inside["run"]
    python = ownproof.run("d.csv", target="bad", out="p")
    assert python.answer["run"] == inside["run"]


@pytest.mark.parametrize(
    ("arguments", "role"),
    [
        (("audit", "d.csv", "--target", "bad", "--rule", "column:twon"), "rule"),
        (("judge", "d.csv", "--target", "bad", "--predictions", "column:twon"), "predictions"),
    ],
)
def test_a_column_that_a_flag_misspells_is_named_with_its_flag(refused, arguments, role):
    loans(60).write_csv("d.csv")
    error = refused(*arguments)
    assert error["message"] == f"no column 'twon' ({role})"
    assert "'town'" in error["hint"]
    assert error["where"] == f"--{role}"
