"""The chapters of the page."""

import numpy as np
import polars as pl
import pytest

from ownproof.core.policy import Policy
from ownproof.core.report import Chart, Grid, Note
from ownproof.phases.monitor.compare import compare
from ownproof.phases.monitor.pages import Seen, sections
from ownproof.phases.monitor.sightings import follow
from ownproof.runtime.watch import build, count

POLICY = Policy()
GRADE = {"windows": 5, "gap": -0.01, "low": -0.03, "high": 0.01, "holds": True, "withdrawn": False}


def rows(n, seed, age=0.0):
    draw = np.random.default_rng(seed)
    plan = draw.choice(["basic", "plus"], n)
    return pl.DataFrame({"age": 40 + 10 * (draw.normal(size=n) + age), "plan": plan, "ownproof:prediction": plan})


@pytest.fixture(scope="module")
def seen():
    reference = build(rows(2000, 0), {"age": "number", "plan": "category", "ownproof:prediction": "category"})
    counts = [count(reference, rows(300, i + 1, age=0.4 * (i > 3))) for i in range(6)]
    windows = [
        {
            "start": f"2026-11-{i + 1:02d}T00:00:00+00:00",
            "ended": i < 5,
            "rows": 300,
            "flagged": 3,
            "refused": 1,
            "expected": {"roc_auc": {"value": 0.8, "low": 0.75, "high": 0.85}},
            "realised": {"roc_auc": {"value": 0.79, "low": 0.7, "high": None}} if i < 3 else None,
            "labels": {"rows": 300, "labelled": 290, "coverage": 0.97, "corrected": 2, "delay_s": 86400.0} if i < 3 else None,
        }
        for i in range(6)
    ]  # fmt: skip
    answer = {
        **compare(reference, counts[4], policy=POLICY).to_json(),
        "window_s": 86_400.0,
        "windows": windows,
        "incidents": [{"kind": "drift", "state": "open", "since": "2026-11-05", "raised": "2026-11-06", "closed": None,
                       "columns": ["age"], "evidence": "age: 40 → 44", "matters": "half", "advice": "train again"}],
        "warnings": [],
        "performance": {"metric": "roc_auc", "promised": {"value": 0.81}, "expected": windows[4]["expected"]["roc_auc"],
                        "realised": None, "assumes": "nothing has changed", "grade": GRADE},
        "segments": {"plan": [{"level": "basic", "rows": 5, "share": 0.5, "expected": None, "labelled": 3,
                               "realised": {"value": 0.8, "low": 0.7, "high": 0.9}, "says": ""}]},
    }  # fmt: skip
    live = [c for c, w in zip(counts, windows, strict=True) if w["ended"]]
    return Seen(answer, reference, counts, follow(reference, live, POLICY))


def chapter(seen, title):
    return next(s for s in sections(seen) if s.title == title)


def test_every_chapter_stands_in_its_place(seen):
    assert [s.title for s in sections(seen)] == [
        "Incidents",
        "Performance",
        "What drifted",
        "Answers",
        "Traffic",
        "Segments",
    ]


def test_expected_and_realised_performance_share_one_axis_with_the_promise(seen):
    chart = chapter(seen, "Performance").blocks[0]
    assert [s.name for s in chart.series] == ["expected, without labels", "realised, by labels"]
    assert chart.reference == "y=0.81"
    assert chart.series[0].x == chart.series[1].x == ("11-01", "11-02", "11-03", "11-04", "11-05")
    assert np.isnan(chart.series[1].y[3:]).all()
    assert chart.series[1].high[0] == 0.79  # an end that is not known is the value itself


def test_the_estimate_says_what_it_assumes_and_how_it_was_graded(seen):
    note = next(b for b in chapter(seen, "Performance").blocks if isinstance(b, Note))
    assert "nothing has changed" in note.text
    assert "-0.01 away" in note.text
    withdrawn = {**seen.answer["performance"], "grade": {**GRADE, "withdrawn": True, "holds": False}}
    other = Seen({**seen.answer, "performance": withdrawn}, seen.reference, seen.counts, seen.followed)
    assert any(isinstance(b, Note) and "withdrawn" in b.text for b in chapter(other, "Performance").blocks)


def test_what_drifted_is_shown_over_time_and_side_by_side(seen):
    charts = {b.title: b for b in chapter(seen, "What drifted").blocks if isinstance(b, Chart)}
    heat = charts["How far each column was off, window by window"]
    assert heat.series[0].name == "age"  # what drifted comes first
    assert heat.series[0].y[-1] > 0.3 > heat.series[0].y[0]
    pictured = charts["age"]
    assert [s.name for s in pictured.series] == ["training", "last window"]
    assert sum(pictured.series[0].y) == pytest.approx(1.0, abs=0.01)
    assert charts["plan"].series[0].x == ("basic", "plus") or charts["plan"].series[0].x == ("plus", "basic")


def test_the_window_that_still_runs_is_left_out_of_lines(seen):
    chart = next(b for b in chapter(seen, "Traffic").blocks if b.title == "Decisions")
    assert len(chart.series[0].x) == 5


def test_incidents_and_segments_are_tables(seen):
    table = chapter(seen, "Incidents").blocks[0]
    assert isinstance(table, Grid)
    assert table.rows[0][:3] == ("drift", "open", "2026-11-05")
    assert chapter(seen, "Segments").blocks[0].rows[0][4] == "0.8 (0.7 to 0.9)"
