"""The page on costs is read, and the code is held to what was worked out there by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from ownproof.phases.decide import minima
from ownproof.phases.decide.assumptions import Assumptions
from ownproof.phases.decide.cost import Usage, costs
from ownproof.phases.decide.prices import Price, PriceTable, Rate
from ownproof.phases.decide.tuning import ENCODERS, LARGE, PEAK, USED, flops

PAGE = (Path(__file__).resolve().parents[3] / "docs/phases/decide-costs.md").read_text(encoding="utf-8")
TODAY = date(2026, 11, 24)


def rows(first: str) -> list[list[str]]:
    """The cells of a table of the page, by the first cell of its head; without head and rule."""
    lines = PAGE[PAGE.index(f"\n| {first} |") :].strip().split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")][2:]


def numbers(text: str) -> list[float]:
    return [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*\.?\d*(?:e\d+)?", text)]


SHEET: Mapping[str, list[str]] = {row[0].split()[0]: row[2:] for row in rows("line")}
SHAPES = range(len(SHEET["A"]))


def cell(line: str, shape: int) -> float:
    return float(SHEET[line][shape])


def table(rate: Rate, **more: float) -> PriceTable:
    return PriceTable(TODAY, (Price("p", "m", "small", rate, **more),), source="by hand").named()


def likeliest() -> Assumptions:
    own = Assumptions()
    return own.read({f.name: getattr(own, f.name).mode for f in fields(own)})


@pytest.mark.parametrize("shape", SHAPES)
def test_each_line_of_the_sheet_follows_from_those_above_it(shape) -> None:
    at = {line: cell(line, shape) for line in SHEET if line != "S"}
    assert at["I"] == pytest.approx(at["A"] * (1 - at["G"] * (1 - at["H"])))
    assert at["J"] == pytest.approx((at["I"] * at["C"] + at["B"] * at["D"]) * (1 - at["E"]) * at["F"])
    assert at["L"] == pytest.approx(at["J"] * at["K"])
    assert at["Q"] == pytest.approx(at["M"] / 18 + 80 + 900 + 20.2 / 3, abs=0.01)
    assert at["R"] == pytest.approx(at["Q"] / at["J"], rel=5e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_code_agrees_with_the_sheet(shape) -> None:
    asked = Usage(
        cell("A", shape), cell("B", shape), 1e6 * cell("K", shape), "m",
        repeats=cell("E", shape), cached_prompt=cell("G", shape), batch=cell("F", shape) != 1,
    )  # fmt: skip
    prices = table(Rate(cell("C", shape), cell("D", shape)), batch=cell("F", shape), cached=cell("H", shape))
    found = costs(asked, prices, today=TODAY, assumptions=likeliest())
    assert found.call is not None
    assert found.api is not None
    assert found.break_even_calls is not None
    assert found.call.p50 * 1e6 == pytest.approx(cell("J", shape))
    assert found.api.p50 == pytest.approx(cell("L", shape))
    assert found.own.p50 == pytest.approx(cell("Q", shape), abs=0.01)
    for level in (found.break_even_calls.p10, found.break_even_calls.p50, found.break_even_calls.p90):
        assert level / 1e6 == pytest.approx(cell("R", shape), rel=5e-4)
    assert found.cheaper == SHEET["S"][shape]


def test_the_guesses_of_the_page_are_those_of_the_code() -> None:
    own = Assumptions()
    on_page = {row[0].strip("`"): [float(v) for v in row[1:4]] for row in rows("input, under `[cost]`")}
    assert set(on_page) == {f.name for f in fields(own)}
    for name, said in on_page.items():
        assert getattr(own, name).to_json() == pytest.approx(said, abs=1e-4), name


@pytest.mark.parametrize("row", rows("model"), ids=lambda row: row[0])
def test_the_break_evens_of_the_page_are_what_the_draws_say(row) -> None:
    prices = table(Rate(float(row[1]), float(row[2])))
    for tokens, bill, millions in (((300, 5), row[3], row[4]), ((1_500, 150), row[5], row[6])):
        found = costs(Usage(*tokens, 5e6, "m"), prices, today=TODAY)
        assert found.api is not None
        assert found.break_even_calls is not None
        level = found.break_even_calls
        assert found.api.p50 == pytest.approx(*numbers(bill), abs=0.6)
        assert [v / 1e6 for v in (level.p10, level.p50, level.p90)] == pytest.approx(numbers(millions), rel=0.01)


def test_what_an_own_model_costs_is_said_as_it_is() -> None:
    found = costs(Usage(), None, today=TODAY)
    assert found.running is not None
    for level in (found.own, found.running):
        shown = [f"${float(f'{v:.3g}'):,.0f}" for v in (level.p50, level.p10, level.p90)]
        assert f"{shown[0]} ({shown[1]} – {shown[2]})" in " ".join(PAGE.split()), shown


def test_the_hours_worked_out_by_hand_are_those_of_the_formula() -> None:
    seven, thirteen, bert = (float(row[3]) for row in rows("what"))
    works = (
        (seven, flops(LARGE[0], 5_000, 500, 3, method="lora"), "A100 80GB"),
        (thirteen, flops(LARGE[1], 10_000, 1_000, 3, method="lora"), "A100 80GB"),
        (bert, flops(ENCODERS[1], 5_000, 128, 3), "T4"),
    )
    for said, work, gpu in works:
        assert said == pytest.approx(work.mode / (PEAK[gpu] * 1e12 * USED.mode) / 3600, rel=0.01)


def test_the_minima_and_the_weeks_of_the_page_are_those_of_the_code() -> None:
    both = PAGE.split("## What data is enough")[1].split("## Weeks to a first result")
    cells = [
        re.findall(r"(?m)^\| ([\w-]+) \| ([\w -]+) \| ([\d.,]+) \| ([\d.,]+) \|(?: ([\w ]+) \|)?$", part)
        for part in both
    ]
    assert {(o, t, *numbers(f"{low} {high}"), unit) for o, t, low, high, unit in cells[0]} == {
        (m.option, m.task, float(m.low), float(m.enough), m.unit) for m in minima.MINIMA
    }
    said = {(o, "" if t == "any other" else t): tuple(numbers(f"{low} {high}")) for o, t, low, high, _ in cells[1]}
    assert said == minima._WEEKS
