import numpy as np

from ownproof.core.report import Chart, Grid, Note
from tests.phases.evaluate.contests import constant, hard, judge, late, scored

TRUTH = late(500, share=0.3)
GOOD = scored(TRUTH, 2.0)
SLICES = {"a=b": np.arange(500) % 2 == 0}


def section(report, name):
    (found,) = [s for s in report.sections if s.id == name]
    return found


def test_the_chapters_begin_with_the_comparison():
    report = judge(TRUTH, GOOD, constant(500), slices=SLICES)
    assert [s.id for s in report.sections] == ["baseline", "metrics", "worth", "evidence", "parts"]


def test_the_comparison_is_told_drawn_and_tabled():
    report = judge(TRUTH, GOOD, constant(500), others=[("linear", scored(TRUTH, 1.0, seed=8))])
    note, chart, grid = section(report, "baseline").blocks
    assert isinstance(note, Note)
    assert note.text.startswith("BETTER: ROC AUC")
    assert isinstance(chart, Chart)
    assert chart.series[0].x == ("majority", "linear")
    assert isinstance(grid, Grid)
    assert [row[0] for row in grid.rows] == ["majority", "linear"]


def test_unusual_terms_are_explained():
    rule = hard(np.random.default_rng(0).random(500) < 0.3)
    assert "alert rate" in section(judge(TRUTH, GOOD, rule), "baseline").blocks[1].text


def test_the_grid_of_metrics_sets_the_baseline_beside_the_model():
    (grid,) = section(judge(TRUTH, GOOD, constant(500)), "metrics").blocks
    auc = next(row for row in grid.rows if row[0] == "ROC AUC")
    assert auc[3] == "0.5000"
    assert "threshold" in grid.caption


def test_parts_without_a_figure_are_tabled_but_not_drawn():
    report = judge(TRUTH, GOOD, constant(500), slices={"paid=late": TRUTH == 1})
    blocks = section(report, "parts").blocks
    assert [b.title for b in blocks if isinstance(b, Chart)] == ["Classes: recall"]
    assert "paid=late" in [row[1] for row in blocks[-1].rows]


def test_many_slices_are_cut_short_and_counted():
    many = {f"shop={i}": np.arange(500) % 60 != i for i in range(60)}
    grid = section(judge(TRUTH, GOOD, constant(500), slices=many), "parts").blocks[-1]
    assert len(grid.rows) == 40
    assert "22 smaller ones" in grid.caption
