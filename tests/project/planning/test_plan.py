"""`plan` from the command line: answers, refusals and mistakes, and nothing left behind."""

import json

import numpy as np
import pytest

from ownproof.cli.main import main
from tests.tables import loans, prices


def said(capsys, *argv):
    code = main([*argv, "--json"])
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert answer["exit"] == code
    return answer


FAST = ("--learners", "linear", "--budget", "4s")


def test_a_table_is_planned_and_nothing_but_the_page_is_written(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loans(700).write_csv("d.csv")
    call = ("plan", "d.csv", "--target", "bad", "--reach", "roc_auc=0.8", "--report", "p.html", *FAST)
    answer = said(capsys, *call)
    assert answer["exit"] == 0
    assert answer["enough"] in {"yes", "no", "cannot tell"}
    assert answer["rows"] == 700 == answer["training_rows"] + answer["sealed_rows"]
    assert [a["rows"] for a in answer["ahead"]] == [1400, 2800]
    assert len(answer["curve"]) >= 6
    assert all(c["repeats"] >= 5 for c in answer["curve"])
    assert max(c["training_rows"] for c in answer["curve"]) < answer["training_rows"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.csv", "p.html"]
    page = (tmp_path / "p.html").read_text()
    assert "Learning curve" in page


@pytest.mark.slow
def test_the_same_table_is_planned_the_same_way_again(tmp_path, capsys):
    loans(300).write_csv(tmp_path / "d.csv")
    first, again = (said(capsys, "plan", str(tmp_path / "d.csv"), "--target", "bad", *FAST) for _ in range(2))
    assert {k: v for k, v in again.items() if k != "seconds"} == {k: v for k, v in first.items() if k != "seconds"}


@pytest.mark.slow
def test_groups_and_time_are_respected(tmp_path, capsys):
    from tests.tables import sensors

    table = sensors(800)
    table.write_csv(tmp_path / "d.csv")
    target, time = table.columns[-1], table.columns[0]
    answer = said(capsys, "plan", str(tmp_path / "d.csv"), "--target", target, "--time", time, *FAST)
    assert answer["exit"] in {0, 3}
    assert answer["curve"]


def test_what_is_sealed_in_the_project_is_not_looked_at(tmp_path, capsys, monkeypatch):
    from ownproof.project.planning import fits

    monkeypatch.chdir(tmp_path)
    loans(300).write_csv("d.csv")
    assert main(["split", "d.csv", "--target", "bad", "--out", "p", "--quiet"]) == 0
    capsys.readouterr()
    ledger = (tmp_path / "p/ledger.jsonl").read_bytes()
    seen, fit = [], fits.answered

    def watched(state, candidate, train, held, *, seed):
        seen.append((set(train) | set(held)) & set(state.split.sealed))
        return fit(state, candidate, train, held, seed=seed)

    monkeypatch.setattr(fits, "answered", watched)
    answer = said(capsys, "-C", "p", "plan", *FAST)
    assert answer["sealed_rows"] == 45
    assert seen
    assert not any(seen)
    assert (tmp_path / "p/ledger.jsonl").read_bytes() == ledger


def test_numbers_are_planned_too(tmp_path, capsys):
    prices(250).write_csv(tmp_path / "d.csv")
    answer = said(capsys, "plan", str(tmp_path / "d.csv"), "--target", "price", *FAST)
    assert (answer["metric"], answer["greater"]) == ("rmse", False)
    assert answer["refused"] or answer["ahead"][0]["value"] <= answer["now"]["value"]


def test_too_few_rows_are_an_answer(tmp_path, capsys):
    loans(60).write_csv(tmp_path / "d.csv")
    answer = said(capsys, "plan", str(tmp_path / "d.csv"), "--target", "bad")
    assert (answer["exit"], answer["refused"], answer["enough"]) == (3, "plan.few", "cannot tell")


def test_labels_that_are_noise_are_said_to_be_flat_or_noise(tmp_path, capsys):
    import polars as pl

    rng = np.random.default_rng(1)
    table = loans(300).with_columns(bad=pl.Series(rng.choice(["yes", "no"], 300)))
    table.write_csv(tmp_path / "d.csv")
    answer = said(capsys, "plan", str(tmp_path / "d.csv"), "--target", "bad", *FAST)
    assert answer["refused"] in {"plan.flat", "plan.rises"}
    assert answer["ahead"] == []


@pytest.mark.parametrize(
    ("flags", "where"),
    [
        (("--target", "none"), "--target"),
        (("--reach", "0.9"), "--reach"),
        (("--reach", "roc_au=0.9"), "--metric"),
        (("--reach", "roc_auc=1.2"), "--reach"),
        (("--per-week", "0"), "--per-week"),
        (("--overlap", "2"), "--overlap"),
        (("--budget", "soon"), "--budget"),
    ],
)
def test_mistakes_are_named(tmp_path, capsys, flags, where):
    loans(200).write_csv(tmp_path / "d.csv")
    answer = said(capsys, "plan", str(tmp_path / "d.csv"), "--target", "bad", *flags)
    assert (answer["exit"], answer["error"]["where"]) == (2, where)
