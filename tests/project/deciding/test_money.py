"""Money, time and shortage in the answer, on the terminal and on the page."""

from __future__ import annotations

from datetime import date

import pytest

from ownproof.project.deciding.run import Asked, decide
from ownproof.project.deciding.told import told
from tests.tables import loans

TODAY = date(2026, 11, 24)
PRICED = {
    "task": "text-label", "tokens_in": 300, "tokens_out": 5, "calls_per_month": 3_000_000, "api_model": "gpt-5.4-nano",
}  # fmt: skip


def decided(tmp_path, said, **more):
    answer, report = decide(Asked(answers=said, **more), start=tmp_path, today=TODAY)
    return answer, report, told(answer, color=False, width=100)


def test_break_even_is_said_in_figures_that_can_be_read(tmp_path) -> None:
    answer, report, text = decided(tmp_path, PRICED)
    assert answer["cost"]["break_even_calls"]["p50"] == pytest.approx(41e6, rel=0.05)
    assert "API     $199 a month\n" in text
    assert "even    at 41 M calls a month (30 M to 55 M), gpt-5.4-nano, prices of 2026-11-09" in text
    titles = [s.title for s in report.sections]
    assert titles.index("Money") < titles.index("Time") < titles.index("Every rule")


def test_a_model_without_a_price_is_the_reason_why_money_is_unknown(tmp_path) -> None:
    answer, _, text = decided(tmp_path, {**PRICED, "api_model": "gpt-5.4-nanoo"})
    assert answer["cost"]["unknown"] == ["no price is known for the model 'gpt-5.4-nanoo'"]
    assert answer["cost"]["prior"] == "open"
    assert "did you mean" in text


def test_old_prices_leave_money_unknown_and_change_no_other_rule(tmp_path) -> None:
    late = date(2027, 6, 1)
    answer, _ = decide(Asked(answers=PRICED), start=tmp_path, today=late)
    assert answer["cost"]["api"]["p50"] is None
    assert "days old" in " ".join(answer["cost"]["unknown"])
    assert answer["exit"] in {0, 3}


def test_fewer_labels_than_is_customary_are_said(tmp_path) -> None:
    few = {
        "task": "image-label", "classes": 10, "labels": 1_500, "labels_in_smallest_class": 150, "pretrained_equivalent": True,
    }  # fmt: skip
    answer, _, text = decided(tmp_path, few)
    assert answer["verdict"] == "fine-tune"
    (finding,) = (f for f in answer["findings"] if f["rule"] == "decide.data")
    assert "1,000 of each class" in finding["evidence"]
    assert "1,000 of each class" in " ".join(text.split())
    enough, _, _ = decided(tmp_path, {**few, "labels": 15_000, "labels_in_smallest_class": 1_500})
    assert all(f["rule"] != "decide.data" for f in enough["findings"])


def test_steps_are_timed_on_the_data_that_is_named(tmp_path) -> None:
    loans(400, seed=1).write_csv(tmp_path / "loans.csv")
    answer, report, text = decided(tmp_path, {}, data=str(tmp_path / "loans.csv"), target="bad")
    assert [t["by"] for t in answer["training"]] == ["steps", "steps"]
    assert "trains  boosting (LightGBM): " in text
    (time,) = (s for s in report.sections if s.id == "time")
    assert "boosting (LightGBM)" in str(time.blocks)


def test_data_too_small_to_train_on_are_decided_on_all_the_same(tmp_path) -> None:
    loans(12, seed=1).write_csv(tmp_path / "loans.csv")
    answer, _, _ = decided(tmp_path, {}, data=str(tmp_path / "loans.csv"), target="bad")
    assert answer["training"] == []
    assert any(f["rule"] == "decide.timing" and f["level"] == "ok" for f in answer["findings"])
