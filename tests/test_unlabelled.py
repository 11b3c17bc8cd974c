"""A table without a target, through the whole line as it is seen from outside."""

import json

import numpy as np
import polars as pl
import pytest

from ownproof.cli.main import main
from ownproof.project.api import load


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def called(*arguments):
        code = main([str(a) for a in arguments] + ["--json"])
        answer = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert answer["exit"] == code
        return code, answer

    return called


def strange(rows=600):
    """Ten rows in which one column is far off."""
    draw = np.random.default_rng(3)
    size, heat, plant = draw.normal(10, 1, rows), draw.normal(50, 5, rows), draw.choice(["N", "S"], rows)
    heat[:10] += 60
    return pl.DataFrame({"size": size.round(3), "heat": heat.round(3), "plant": plant})


def test_strange_rows_are_ranked_and_nothing_is_called_proven(call, tmp_path):
    strange().write_csv("data.csv")
    code, answer = call("run", "data.csv", "--target", "none", "--share", "0.03")
    assert (code, answer["verdict"], answer["task"]["target"]) == (3, None, "anomaly")
    assert answer["metrics"]["flagged"]["value"] == pytest.approx(0.03, abs=0.005)
    assert not any(g["id"] in ("audit.copy", "audit.id") for g in answer["gates"])
    page = (tmp_path / answer["report"]).with_name("report.md").read_text()
    assert "On sealed rows" in page
    assert "Nobody has said which rows are faults" in page
    code, done = call("predict", answer["bundle"], "data.csv", "--out", "scores.csv")
    assert (code, done["proven"]) == (0, False)
    scores = pl.read_csv("scores.csv")
    assert scores["flagged"][:10].all()
    assert {r.split(";")[0] for r in scores["reasons"][:10]} == {"heat"}
    one = load(answer["bundle"]).one({"size": 10.0, "heat": 115.0, "plant": "N"})
    assert one["flagged"]
    assert one["reasons"][0] == "heat"
    code, refused = call("prove", "-C", "data.ownproof")
    assert (code, refused["error"]["code"]) == (2, "no-truth")


def test_an_audit_needs_no_target(call):
    strange().write_csv("data.csv")
    code, answer = call("audit", "data.csv", "--target", "none")
    assert code == 0
    assert not any(f["rule"].startswith("leak.") for f in answer["findings"])


def test_a_column_that_is_called_like_the_scores_is_named(call):
    strange().rename({"size": "anomaly"}).write_csv("data.csv")
    code, answer = call("run", "data.csv", "--target", "none")
    assert (code, answer["error"]["code"]) == (2, "name-taken")
