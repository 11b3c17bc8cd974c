"""The page of a comparison: what drifted is drawn from the counts alone, every column stands in a table."""

import numpy as np
import polars as pl
import pytest

from ownproof.core.report import Chart, Grid
from ownproof.phases.monitor.compare import compare
from ownproof.phases.monitor.pictures import picture
from ownproof.phases.monitor.report import chapters
from ownproof.render.charts import draw
from ownproof.runtime.watch import build, count


def table(rows, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    town = rng.choice(["Bern", "Chur", *(["Biel"] if shift else [])], rows)
    return pl.DataFrame({"x": rng.normal(size=rows) + shift, "few": rng.integers(0, 3, rows) * 1.0, "town": town})


@pytest.fixture(scope="module")
def compared():
    reference = build(table(4000, 0), {"x": "number", "few": "number", "town": "category"})
    now = count(reference, table(1000, 1, shift=1.0))
    return reference, now, compare(reference, now)


def test_every_drifted_column_has_a_picture_and_every_column_a_line(compared):
    sections = {s.id: s.blocks for s in chapters(*compared)}
    assert {b.title for b in sections["drifted"]} == {"x", "town"}
    grid = next(b for b in sections["columns"] if isinstance(b, Grid))
    assert {row[0] for row in grid.rows} == {"x", "few", "town"}
    assert [b for blocks in sections.values() for b in blocks if isinstance(b, Chart) and not draw(b, uid="t")] == []


def test_numbers_are_drawn_as_shares_up_to_each_value(compared):
    reference, now, _ = compared
    view = reference.columns[0].views[0]
    chart = picture(view, reference.counts.tallies["x"], now.tallies["x"])
    middle = int(np.searchsorted(chart.series[0].x, 0.0))
    assert chart.series[0].y[middle] == pytest.approx(0.5, abs=0.06)
    assert chart.series[1].y[middle] == pytest.approx(0.16, abs=0.06)  # a normal one standard deviation further


def test_few_values_are_steps_that_end_at_one(compared):
    reference, now, _ = compared
    chart = picture(reference.columns[1].views[0], reference.counts.tallies["few"], now.tallies["few"])
    assert (chart.form, chart.series[0].x[-1], chart.series[0].y[-1]) == ("step", 2.0, 1.0)


def test_new_levels_are_drawn_beside_the_known_ones(compared):
    reference, now, _ = compared
    chart = picture(reference.columns[2].views[0], reference.counts.tallies["town"], now.tallies["town"])
    shares = {name: (a, b) for name, a, b in zip(chart.series[0].x, chart.series[0].y, chart.series[1].y, strict=True)}
    assert shares["Biel"][0] == 0
    assert shares["Biel"][1] == pytest.approx(1 / 3, abs=0.05)
    assert sum(b for _, b in shares.values()) == pytest.approx(1)
