"""Money: the note's table, closed forms, and what is unknown."""

from __future__ import annotations

import dataclasses
import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.policy import Policy
from ownproof.errors import ConfigError
from ownproof.phases.decide.assumptions import Assumptions
from ownproof.phases.decide.cost import Usage, break_even, costs, volume_prior
from ownproof.phases.decide.prices import Price, PriceTable, Rate
from ownproof.phases.decide.ranges import Range, Triangle

TODAY = date(2026, 11, 24)
ALONE = Assumptions().read({"retrains": 0})  # without retraining, as the figures below were computed


def table(*rates: tuple[str, float, float], as_of: date = TODAY, **more: object) -> PriceTable:
    prices = tuple(Price("p", name, "small", Rate(i, o), **more) for name, i, o in rates)
    return PriceTable(as_of, prices, source="by hand").named()


def near(found: Range, *expected: float, within: float) -> bool:
    pairs = zip((found.p10, found.p50, found.p90), expected, strict=True)
    return all(abs(a - b) <= within * b for a, b in pairs)


def test_an_own_model_costs_what_twenty_thousand_draws_said_before() -> None:
    found = costs(Usage(300, 5, 5e6, "m"), table(("m", 2.5, 10)), today=TODAY, assumptions=ALONE)
    assert near(found.own, 1_944, 2_684, 3_637, within=0.01)
    assert found.running is not None
    assert near(found.running, 788, 1_284, 2_036, within=0.01)


@pytest.mark.parametrize(
    ("price_in", "price_out", "short", "long"),
    [
        (2.5, 10, (4_000, 2.4, 3.4, 4.6), (26_250, 0.37, 0.51, 0.69)),
        (0.5, 2.5, (812, 12, 17, 22), (5_625, 1.7, 2.4, 3.2)),
        (0.2, 1.25, (331, 29, 41, 55), (2_438, 4.0, 5.5, 7.5)),
        (0.3, 2.5, (512, 19, 26, 35), (4_125, 2.4, 3.3, 4.4)),
        (0.15, 0.6, (240, 41, 56, 76), (1_575, 6.2, 8.5, 11.6)),
        (0.05, 0.4, (85, 114, 158, 214), (675, 14, 20, 27)),
    ],
)
def test_break_even_by_price_and_shape_agrees_with_an_independent_computation(price_in, price_out, short, long) -> None:
    for tokens, (bill, *millions) in (((300, 5), short), ((1_500, 150), long)):
        found = costs(Usage(*tokens, 5e6, "m"), table(("m", price_in, price_out)), today=TODAY, assumptions=ALONE)
        assert found.api is not None
        assert found.break_even_calls is not None
        assert found.api.p50 == pytest.approx(bill, abs=0.6)
        assert near(found.break_even_calls.times(1e-6), *millions, within=0.035)  # the table is rounded to two figures


def test_the_middle_of_the_guesses_solves_by_hand() -> None:
    """5 weeks at 4,000 and 1,000 labels at 0.2 over 10 months, 100 of serving, 10 h at 90: 3,120 a month; 0.0008 a call."""
    said = {
        "engineer_weeks": 5, "week_price": 4_000, "labels": 1_000, "label_price": 0.2, "months": 10, "serving": 100,
        "upkeep_hours": 10, "hour_price": 90, "retrains": 0,
    }  # fmt: skip
    known = Assumptions().read(said)
    found = costs(Usage(300, 5, 5e6, "m"), table(("m", 2.5, 10)), today=TODAY, assumptions=known)
    assert found.own.p50 == pytest.approx(20_200 / 10 + 100 + 900)
    assert found.break_even_calls is not None
    assert found.break_even_calls.p10 == pytest.approx(3_020 / 0.0008)
    assert found.break_even_calls.p90 == pytest.approx(3_020 / 0.0008)
    assert found.cheaper == "own"


def test_labels_that_are_there_are_not_bought_again() -> None:
    with_none = costs(Usage(), None, today=TODAY).own
    with_all = costs(Usage(labels=8_000), None, today=TODAY).own
    assert with_all.p50 < with_none.p50


def test_repeats_batches_and_cached_prompts_make_calls_cheaper_by_their_shares() -> None:
    prices = table(("m", 2.0, 8.0), batch=0.5, cached=0.1)
    full = costs(Usage(1_000, 100, 1e6, "m"), prices, today=TODAY).call
    half = costs(Usage(1_000, 100, 1e6, "m", repeats=0.3, batch=True), prices, today=TODAY).call
    hinted = costs(Usage(1_000, 100, 1e6, "m", cached_prompt=0.5), prices, today=TODAY).call
    assert full is not None
    assert half is not None
    assert hinted is not None
    assert full.p50 == pytest.approx(0.0028)
    assert half.p50 == pytest.approx(0.0028 * (1 - 0.3) * 0.5)
    assert hinted.p50 == pytest.approx((1_000 * 0.55 * 2 + 100 * 8) / 1e6)


def test_a_long_prompt_costs_the_long_rate() -> None:
    prices = table(("m", 0.1, 0.5), above=100_000, long=Rate(0.5, 2.5))
    short = costs(Usage(100_000, 0, 1, "m"), prices, today=TODAY).call
    long = costs(Usage(100_001, 0, 1, "m"), prices, today=TODAY).call
    assert short is not None
    assert long is not None
    assert short.p50 == pytest.approx(0.01)
    assert long.p50 == pytest.approx(0.0500005)


def test_a_second_source_that_differs_widens_the_price() -> None:
    one = costs(Usage(1_000, 0, 1e6, "m"), table(("m", 0.15, 0.6)), today=TODAY).call
    two = costs(Usage(1_000, 0, 1e6, "m"), table(("m", 0.15, 0.6), second=Rate(0.3, 1.2)), today=TODAY)
    assert one is not None
    assert one.p10 == one.p90
    assert two.call is not None
    assert 0.00015 <= two.call.p10 < two.call.p90 <= 0.0003
    assert any("another source" in w for w in two.warnings)


@pytest.mark.parametrize(
    ("days", "unknown", "warned"),
    [(0, False, False), (89, False, False), (90, False, True), (179, False, True), (180, True, False)],
)
def test_prices_warn_at_ninety_days_and_are_unknown_at_a_hundred_and_eighty(days, unknown, warned) -> None:
    prices = table(("m", 1, 1), as_of=date.fromordinal(TODAY.toordinal() - days))
    found = costs(Usage(10, 10, 1e6, "m"), prices, today=TODAY)
    assert (found.break_even_calls is None) == unknown
    assert bool(found.why_unknown) == unknown
    assert bool(found.warnings) == warned


def test_a_model_that_retires_is_said_and_a_retired_one_is_unknown() -> None:
    def asked(retires: date):
        return costs(Usage(10, 10, 1e6, "m"), table(("m", 1, 1), retires=retires), today=TODAY)

    assert "17 days" in asked(date(2026, 12, 11)).warnings[0]
    assert asked(date(2026, 11, 23)).why_unknown == ("m was retired on 2026-11-23",)
    assert asked(date(2028, 1, 1)).warnings == ()


def test_a_price_that_will_change_is_said_and_counts_from_its_day() -> None:
    prices = table(("m", 1, 1), changes=((date(2027, 1, 1), Rate(2, 2)),))
    before = costs(Usage(1_000, 0, 1, "m"), prices, today=TODAY)
    after = costs(Usage(1_000, 0, 1, "m"), dataclasses.replace(prices, as_of=date(2027, 1, 1)), today=date(2027, 1, 1))
    assert "2027-01-01" in before.warnings[0]
    assert before.call is not None
    assert after.call is not None
    assert after.call.p50 == pytest.approx(2 * before.call.p50)


def test_without_a_model_the_small_ones_are_a_span() -> None:
    found = costs(Usage(300, 5, 1e6), table(("a", 0.1, 0.5), ("b", 0.3, 2.5)), today=TODAY)
    assert found.prices_of is not None
    assert found.prices_of["model"] is None
    assert found.prices_of["models"] == ["a", "b"]
    assert found.break_even_calls is not None
    assert found.break_even_calls.p90 > 3 * found.break_even_calls.p10
    assert found.swings[0].input == "price of a call"


def test_unknown_tokens_leave_only_the_customary_volumes() -> None:
    found = costs(Usage(calls_per_month=8e6, model="m"), table(("m", 1, 1)), today=TODAY)
    assert found.api is None
    assert found.break_even_calls is None
    assert found.prior == "own"
    assert found.cheaper is None
    assert found.own.p50 > 0


def test_a_wrong_model_is_told_its_near_miss() -> None:
    with pytest.raises(ConfigError, match="no price is known") as why:
        costs(Usage(1, 1, 1, "gpt-5.4-nanoo"), table(("gpt-5.4-nano", 1, 1)), today=TODAY)
    assert "gpt-5.4-nano" in why.value.hint


def test_beyond_one_machine_each_call_pays_for_a_part_of_the_next() -> None:
    one = np.ones(1)
    assert break_even(900 * one, 100 * one, 2e6 * one, 0.001 * one)[0] == pytest.approx(1e6)
    assert break_even(900 * one, 100 * one, 5e5 * one, 0.001 * one)[0] == pytest.approx(900 / (0.001 - 100 / 5e5))
    assert math.isinf(break_even(900 * one, 100 * one, 5e4 * one, 0.001 * one)[0])


amount = st.floats(0.01, 1e5)


@given(fixed=amount, serving=amount, capacity=st.floats(1e3, 1e9), call=st.floats(1e-7, 1.0))
def test_at_the_break_even_both_bills_are_the_same(fixed, serving, capacity, call) -> None:
    volume = break_even(*(np.array([v]) for v in (fixed, serving, capacity, call)))[0]
    if math.isfinite(volume):
        own = fixed + serving * max(1.0, volume / capacity)
        assert volume * call == pytest.approx(own, rel=1e-6)


@given(st.floats(0, 1e9))
def test_every_volume_has_a_customary_answer(calls) -> None:
    assert volume_prior(calls, Policy()) in {"api", "open", "own"}


@given(st.tuples(*[st.integers(0, 100)] * 3).map(sorted), st.floats(0.01, 0.99))
def test_a_triangles_quantile_is_where_its_draws_lie(ends, share) -> None:
    guess = Triangle(*map(float, ends))
    drawn = guess.draw(np.random.default_rng(0), 4_000)
    assert abs(np.mean(drawn <= guess.quantile(share)) - share) < 0.05 or guess.known


def test_costs_are_the_same_each_time() -> None:
    asked = Usage(300, 5, 5e6, "m")
    first, second = (costs(asked, table(("m", 2.5, 10)), today=TODAY) for _ in range(2))
    assert first.to_json() == second.to_json()


def test_wrong_assumptions_are_told_all_at_once() -> None:
    with pytest.raises(ConfigError) as why:
        Assumptions().read({"upkep_hours": 3, "months": 0, "labels": "many", "serving": [3, 1]})
    assert why.value.message.startswith("4 problems")
    assert "upkeep_hours" in why.value.message
