"""Equal rows are counted, and those that contradict one another."""

import polars as pl

from ownproof.core.report import Note
from tests.phases.audit.tables import audited, finding, loans


def test_rows_stored_twice():
    frame = pl.concat([loans(), loans()[:30], loans()[:5]])
    said = finding(audited(frame), "quality.duplicates")
    assert (said.level, said.columns) == ("ok", ())
    assert "35 of 635 rows repeat" in said.evidence
    assert "3 times" in said.evidence


def test_no_repeats():
    report = audited(loans())
    chapter = next(s for s in report.sections if s.id == "repeats")
    assert chapter.blocks == (Note("No two rows are equal."),)


def test_equal_rows_with_other_answers():
    frame = loans()
    other = frame[:8].with_columns(y=pl.when(pl.col("y") == "bad").then(pl.lit("good")).otherwise(pl.lit("bad")))
    report = audited(pl.concat([frame, other]))
    said = finding(report, "quality.conflicts")
    assert "16 of 608 rows" in said.evidence
    assert "wrong in 8 rows or more" in said.evidence
    assert not [f for f in report.findings if f.rule == "quality.duplicates"]


def test_an_identifier_does_not_make_a_row_another_one():
    frame = pl.concat([loans(), loans()[:30]]).with_row_index("row_id")
    assert "30 of 630 rows repeat" in finding(audited(frame), "quality.duplicates").evidence
