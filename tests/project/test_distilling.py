"""A student beside the model that taught it, through the whole line."""

import pytest

import ownproof as op
from ownproof.errors import ConfigError
from tests.tables import loans, prices


def distilled(table, target, folder, **said):
    done = op.run(table, target=target, out=folder, trials=0, learners=["lightgbm"], distil=True, **said)
    (finding,) = [f for f in done.answer["findings"] if f["rule"] == "train.distilled"]
    return done, finding


SAID = {"worthwhile": 0.08, "metric": "roc_auc", "rule": "majority"}


def test_a_student_that_is_not_worse_ships_and_the_report_says_what_it_saves(tmp_path):
    done, finding = distilled(loans(520), "bad", tmp_path / "a", **SAID)
    assert "the student ships" in finding["evidence"]
    assert done.answer["model"] == "lightgbm (student)"
    pages = (tmp_path / "a" / "store" / "report").rglob("report.md")
    assert any("What the student saves" in page.read_text() for page in pages)


@pytest.mark.slow
def test_a_restart_teaches_the_same_student_to_the_byte(tmp_path):
    first, _ = distilled(loans(520), "bad", tmp_path / "a", **SAID)
    second, _ = distilled(loans(520), "bad", tmp_path / "b", **SAID)
    assert first.answer["bundle_hash"] == second.answer["bundle_hash"]


@pytest.mark.slow
def test_a_student_that_is_worse_does_not_ship(tmp_path):
    done, finding = distilled(prices(520), "price", tmp_path / "a", worthwhile=1.0)
    assert "the model ships and not its student" in finding["evidence"]
    assert "student" not in done.answer["model"]


@pytest.mark.parametrize("value", ["yes", 1])
def test_a_switch_is_true_or_false(value, tmp_path):
    with pytest.raises(ConfigError, match="distil"):
        op.run(loans(200), target="bad", out=tmp_path / "a", distil=value)
