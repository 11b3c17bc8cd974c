"""The chapters on money, time and data."""

from __future__ import annotations

import math
from datetime import date

import pytest

from ownproof.core.report import Chart, Grid, blocks_from_json, blocks_to_json
from ownproof.phases.decide.assumptions import Assumptions
from ownproof.phases.decide.cost import Usage, costs
from ownproof.phases.decide.cost_pages import Plan, chapters, sentence, span, volumes
from ownproof.phases.decide.prices import Gpu, Price, PriceTable, Rate
from ownproof.phases.decide.ranges import Range
from ownproof.render.charts import draw

TODAY = date(2026, 11, 24)
GPUS = tuple(
    Gpu(n, m, (("a", "x", 1.0), ("b", "y", 2.0)), TODAY) for n, m in (("T4", 16), ("L4", 24), ("A100 80GB", 80))
)
TABLE = PriceTable(TODAY, (Price("p", "m", "small", Rate(0.2, 1.25)),), GPUS, "by hand").named()
TASKS = [
    None, "tabular", "text-label", "extraction", "generation", "image-label", "detection", "forecast", "sensor", "multi-modal",
]  # fmt: skip


def made(usage: Usage, task: str | None = "text-label", table: PriceTable | None = TABLE):
    assumptions = Assumptions.of("small-model", task)
    found = costs(usage, table, today=TODAY, assumptions=assumptions)
    plan = Plan(usage, task, table, TODAY, labels=600, per_week=500, classes=3)
    return found, chapters(found, plan, assumptions=assumptions)


def blocks(sections, kind):
    return [b for s in sections for b in s.blocks if isinstance(b, kind)]


def test_the_picture_marks_break_even_and_the_users_own_volume() -> None:
    found, told = made(Usage(300, 5, 3e6, "m"))
    picture, moved = blocks(told, Chart)
    assert picture.log == "xy"
    assert [text for _, _, text in picture.marks] == ["equal at 41 M", "you: 3.0 M"]
    api, own = picture.series
    assert api.y[-1] > own.y[-1] == own.y[0] > api.y[0]
    assert all(low <= y <= high for low, y, high in zip(own.low, own.y, own.high, strict=True))
    drawing = draw(picture)
    assert "NaN" not in drawing
    assert "equal at 41 M" in drawing
    assert found.cheaper == "api"
    assert moved.series[0].x[0] == "hours of upkeep"
    widths = [high / low for low, high in zip(moved.series[0].low, moved.series[0].high, strict=True)]
    assert widths == sorted(widths, reverse=True)
    assert len(found.to_json()["swings"]) == 2


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("usage", "table"),
    [
        (Usage(), None),
        (Usage(), TABLE),
        (Usage(300, 5, None, "m"), TABLE),
        (Usage(0, 0, 1e6, "m"), TABLE),
        (Usage(300, 5, 0, "m"), TABLE),
    ],
)
def test_every_task_and_every_gap_makes_whole_chapters(task, usage, table) -> None:
    _, told = made(usage, task, table)
    assert [s.id for s in told] == [i for i in ("money", "prices", "time", "data") if i != "prices" or table]
    for grid in blocks(told, Grid):
        assert all(len(row) == len(grid.columns) for row in grid.rows)
        assert "nan" not in str(grid.rows)
    assert blocks_from_json(blocks_to_json(told)) == told
    assert all("NaN" not in draw(c) for c in blocks(told, Chart))


def test_what_is_unknown_is_said_with_the_customary_volume() -> None:
    found, _ = made(Usage(calls_per_month=8e6))
    told = sentence(found, Usage(calls_per_month=8e6))
    assert "tokens_in and tokens_out are not said" in told
    assert "customarily" in told


def test_a_break_even_that_never_comes_is_written_as_never() -> None:
    assert span(Range(1e6, math.inf, math.inf), "calls") == "never (1.0 M – never)"
    found, _ = made(Usage(0, 0, 1e6, "m"))
    assert all(math.isfinite(v) for v in volumes(found, Usage(0, 0, 1e6, "m")))
