"""The user's own figures under `[cost]`."""

from __future__ import annotations

from datetime import date

import pytest

from ownproof.errors import ConfigError
from ownproof.phases.decide.answers import Answers
from ownproof.phases.decide.assumptions import Assumptions
from ownproof.phases.decide.bill import pricing
from ownproof.phases.decide.figures import figures

TODAY = date(2026, 11, 24)


def priced(**cost):
    said = {"task": "text-label", "tokens_in": 1_000, "tokens_out": 100, "calls_per_month": 1e6, "cost": cost}
    return pricing(None, today=TODAY)(Answers.read(said))


def test_a_price_of_ones_own_needs_no_table() -> None:
    bill = priced(price_in=2.0, price_out=8.0)
    assert bill.call == pytest.approx(0.0028)
    assert bill.facts["prices_of"]["source"] == "the answers"
    assert bill.facts["api"]["p50"] == pytest.approx(2_800)
    assert bill.chapters()


@pytest.mark.parametrize(
    ("more", "call"),
    [
        ({"batch": True}, 0.0014),
        ({"repeats": 0.25}, 0.0021),
        ({"cached_prompt": 0.5}, 0.0019),
        ({"batch": False}, 0.0028),
    ],
)
def test_batches_repeats_and_cached_prompts_make_it_cheaper(more, call) -> None:
    assert priced(price_in=2.0, price_out=8.0, **more).call == pytest.approx(call)


def test_guesses_and_prices_are_read_apart() -> None:
    found, own = figures({"price_in": 1, "price_out": 2, "months": 36}, Assumptions())
    assert found.guesses == {"months": 36}
    assert own.months.known


def test_every_problem_is_told_at_once_with_near_misses() -> None:
    with pytest.raises(ConfigError) as why:
        figures({"price_inn": 1, "price_out": 2, "batch": 1, "repeats": 1.2, "months": float("inf")}, Assumptions())
    assert why.value.message.startswith("5 problems")
    for word in ("price_in", "price_out is said and price_in is not", "batch is 1", "repeats is 1.2", "months is inf"):
        assert word in why.value.message
