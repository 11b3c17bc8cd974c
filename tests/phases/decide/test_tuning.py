"""Hours and dollars of fine-tuning, and what data is asked for."""

from __future__ import annotations

from datetime import date

import pytest

from ownproof.phases.decide.minima import MINIMA, OPTIONS, minimum, short, weeks
from ownproof.phases.decide.prices import Gpu, PriceTable
from ownproof.phases.decide.tuning import (
    ENCODERS,
    LARGE,
    Market,
    flops,
    memory_gb,
    train_on_cores,
    train_on_gpu,
    tuning,
)

TODAY = date(2026, 11, 24)
A100 = Gpu("A100 80GB", 80, (("a", "m", 3.673), ("b", "m", 5.0), ("c", "m", 5.07)), date(2026, 9, 6))
MARKET = Market(PriceTable(TODAY, (), (A100,)), TODAY)


@pytest.mark.parametrize(
    ("net", "examples", "tokens", "hours"), [(LARGE[0], 5_000, 500, 0.5), (LARGE[1], 10_000, 1_000, 4.0)]
)
def test_lora_on_one_a100_takes_the_hours_that_were_worked_out_by_hand(net, examples, tokens, hours) -> None:
    """4 x 7e9 x 7.5e6 / (312e12 x 0.35) / 3600 = 0.53; 4 x 13e9 x 30e6 / the same = 3.97."""
    work = flops(net, examples, tokens, 3, method="lora")
    found = train_on_gpu(net, "lora", "A100 80GB", work=work, market=MARKET)
    assert found.hours.p50 == pytest.approx(hours, rel=0.08)
    assert found.gpus == 1


def test_twelve_hours_of_an_a100_are_168_million_tokens_of_a_7b_and_under_fifty_dollars() -> None:
    work = flops(LARGE[0], 168_500, 1_000, 1, method="lora")
    found = train_on_gpu(LARGE[0], "lora", "A100 80GB", work=work, market=MARKET)
    assert found.hours.p50 == pytest.approx(12, rel=0.02)
    assert found.dollars is not None
    assert found.dollars.p10 < 50 < found.dollars.p90


def test_qlora_takes_longer_and_less_memory_and_all_weights_take_several_gpus() -> None:
    assert memory_gb(LARGE[1], "qlora") < 16 < memory_gb(LARGE[1], "lora") < 40 < 80 < memory_gb(LARGE[0], "full")
    work = {m: flops(LARGE[0], 1, 1, 1, method=m) for m in ("full", "lora", "qlora")}
    assert 1.3 * work["lora"].low == pytest.approx(work["qlora"].low)
    assert 1.8 * work["lora"].high == pytest.approx(work["qlora"].high)
    whole = train_on_gpu(LARGE[0], "full", "A100 80GB", work=work["full"], market=MARKET)
    assert whole.gpus == 2


def test_a_base_encoder_takes_six_hours_on_two_cores_and_a_minute_on_a_small_gpu() -> None:
    work = flops(ENCODERS[1], 5_000, 128, 3)
    assert train_on_cores(ENCODERS[1], 2, work=work).hours.p50 == pytest.approx(6, rel=0.2)
    assert 60 * train_on_gpu(ENCODERS[1], "full", "T4", work=work, market=MARKET).hours.p50 == pytest.approx(1, rel=0.3)


def test_dollars_are_unknown_without_a_price_or_with_an_old_one() -> None:
    work = flops(LARGE[0], 1_000, 500, 3, method="lora")
    assert train_on_gpu(LARGE[0], "lora", "H100", work=work, market=MARKET).dollars is None
    late = Market(MARKET.table, date(2027, 6, 1))
    old = train_on_gpu(LARGE[0], "lora", "A100 80GB", work=work, market=late)
    assert old.dollars is None
    assert old.hours.p50 > 0


@pytest.mark.parametrize(
    "task", [None, "text-label", "extraction", "generation", "image-label", "detection", "multi-modal"]
)
def test_every_task_of_words_or_images_has_hours(task) -> None:
    found = tuning(task, examples=2_000, tokens=None, market=MARKET)
    assert found
    assert all(t.hours.p10 <= t.hours.p50 <= t.hours.p90 for t in found)


def test_tables_are_not_fine_tuned() -> None:
    assert tuning("tabular", examples=2_000, tokens=None, market=MARKET) == ()


def test_minima_are_those_of_the_table_and_unknown_counts_stay_unknown() -> None:
    assert {(m.low, m.enough) for m in MINIMA if m.task == "tabular" and m.option == "small-model"} == {
        (5_000, 100_000)
    }
    images = minimum("fine-tune", "image-label")
    assert images is not None
    assert images.met(50_000) is None
    assert images.met(50_000, 900) is False
    assert images.met(None, 1_000) is True
    assert minimum("api", "tabular") is None


@pytest.mark.parametrize("option", OPTIONS)
def test_weeks_are_a_range_for_every_option(option) -> None:
    found = weeks(option, None)
    assert 0 < found.low < found.high


def test_weeks_count_the_labels_that_are_missing() -> None:
    assert weeks("fine-tune", "image-label", labels=1_000, per_week=500, classes=3).labelling == pytest.approx(4)
    assert weeks("fine-tune", "generation", labels=None).total is None
    assert weeks("fine-tune", "generation", labels=100, per_week=None).total is None
    assert weeks("fine-tune", "generation", labels=600).total == (1, 8)


def test_what_is_short_of_the_customary_least_is_said_and_unknown_counts_are_not() -> None:
    assert "there are 900 labels, and 5,000 are" in short("small-model", "tabular", labels=900)
    assert "100 a week are few as well" in short("small-model", "tabular", labels=900, per_week=100)
    assert "a week" not in short("small-model", "tabular", labels=900, per_week=500)
    assert short("small-model", "tabular", labels=5_000) == ""
    assert short("small-model", "tabular", labels=None) == ""
    assert short("fine-tune", "image-label", labels=100) == ""
    assert short("api", "text-label", labels=0) == ""
