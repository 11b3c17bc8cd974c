"""`ownproof drift` from outside: exit codes, JSON, columns that go, change type or come, and files that are wrong."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ownproof.core.watch import PREDICTION, SCORE, TRUTH, Reference
from tests.tables import loans


@pytest.fixture
def tables(tmp_path):
    """Two halves of one table, as CSV."""
    table = loans(3000)
    table.head(1500).write_csv(tmp_path / "a.csv")
    table.tail(1500).write_csv(tmp_path / "b.csv")
    return table


def drifted(answer):
    return [c["column"] for c in answer["columns"] if c["drift"]]


def test_two_halves_of_a_table_do_not_drift(call, tables):
    said = call("drift", "a.csv", "b.csv", "--json")
    assert (said.code, said.answer["alarm"], said.answer["rows"]) == (0, False, 1500)
    wanted = {"column", "drift", "psi", "statistic", "p", "change", "weight"}
    assert all(wanted <= set(c) for c in said.answer["columns"])
    assert {c["column"] for c in said.answer["columns"]} == set(tables.columns)
    assert "no drift" in call("drift", "a.csv", "b.csv").out


def test_a_changed_column_is_named_and_the_exit_is_5(call, tables):
    number = next(n for n, t in tables.schema.items() if t.is_float())
    moved = tables.tail(1500).with_columns(pl.col(number) * 1.5 + pl.col(number).std())
    moved.write_csv("moved.csv")
    said = call("drift", "a.csv", "moved.csv", "--json")
    assert (said.code, drifted(said.answer)) == (5, [number])
    assert ["drift.column"] == [f["rule"] for f in said.answer["findings"] if f["level"] == "warn"]
    shown = call("drift", "a.csv", "moved.csv")
    assert (shown.code, number in shown.out) == (5, True)
    assert call("drift", "a.csv", "moved.csv", "--drop", number).code == 0


def test_a_column_that_goes_or_becomes_text_drifts_and_a_new_one_is_told(call, tables):
    number = next(n for n, t in tables.schema.items() if t.is_float())
    rows = tables.tail(1500)
    rows.drop(number).with_columns(fresh=pl.lit(1)).write_csv("gone.csv")
    gone = call("drift", "a.csv", "gone.csv", "--json").answer
    change = {c["column"]: c["change"] for c in gone["columns"] if c["drift"]}
    assert change == {number: "the column is gone"}
    assert "drift.new-columns" in [f["rule"] for f in gone["findings"]]
    rows.with_columns(pl.format("about {}", pl.col(number)).alias(number)).write_csv("text.csv")
    text = call("drift", "a.csv", "text.csv", "--json").answer
    tests = {t["test"]: t["p"] for c in text["columns"] if c["column"] == number for t in c["tests"]}
    assert (drifted(text), tests["unreadable"] < 1e-9) == ([number], True)


def test_parquet_and_csv_of_the_same_rows_say_the_same(call, tables):
    tables.head(1500).write_parquet("a.parquet")
    tables.tail(1500).write_parquet("b.parquet")
    first, second = (call("drift", f"a.{e}", f"b.{e}", "--json").answer for e in ("csv", "parquet"))
    assert [(c["column"], c["p"]) for c in first["columns"]] == [(c["column"], c["p"]) for c in second["columns"]]


def test_dates_where_numbers_were_are_a_drift_and_no_error(call, tmp_path):
    rng = np.random.default_rng(0)
    a = pl.DataFrame({"x": rng.normal(size=400), "y": rng.normal(size=400)})
    a.write_parquet("a.parquet")
    a.with_columns(x=pl.lit("2024-01-01").str.to_date()).write_parquet("b.parquet")
    said = call("drift", "a.parquet", "b.parquet", "--json")
    assert (said.code, drifted(said.answer)) == (5, ["x"])


def test_wrong_files_and_wrong_flags_are_refused_in_words(refused, tables):
    assert "there is no file" in refused("drift", "a.csv", "none.csv")["message"]
    assert refused("drift", "a.csv", "b.csv", "--alpha", "2")["where"] == "--alpha"
    assert refused("drift", "a.csv", "b.csv", "--target", "nobody")["code"] == "no-column"
    pl.DataFrame({"other": [1, 2, 3]}).write_csv("c.csv")
    assert refused("drift", "a.csv", "c.csv")["code"] == "no-column"


def test_a_bundle_brings_its_own_reference_with_weights_and_answers(done, call):
    folder, answer = done
    table = pl.read_csv(folder / "d.csv")
    table.write_csv("same.csv")
    said = call("drift", answer["bundle"], "same.csv", "--json").answer
    assert (said["exit"], said["alarm"]) == (0, False)
    weights = {c["column"]: c["weight"] for c in said["columns"]}
    assert "bad" not in weights
    assert weights["income"] > weights["noise"]
    assert sum(weights.values()) == pytest.approx(1, abs=1e-3)
    held = Reference.from_json(json.loads((Path(answer["bundle"]) / "profiles/watch.json").read_text(encoding="utf-8")))
    assert {PREDICTION, SCORE, TRUTH} <= set(held.counts.tallies)
    assert held.counts.tallies[TRUTH].rows == answer["split"]["work"]


def test_the_page_is_written_where_it_is_asked_for_and_nowhere_else(call, tables, tmp_path):
    before = sorted(tmp_path.iterdir())
    tables.tail(1500).with_columns(pl.col("income") * 3).write_csv("moved.csv")
    call("drift", "a.csv", "moved.csv")
    assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / "moved.csv"])
    said = call("drift", "a.csv", "moved.csv", "--out", "page", "--json").answer
    html = Path(said["report"]).read_text(encoding="utf-8")
    assert sorted(p.name for p in (tmp_path / "page").iterdir()) == ["report.html", "report.json"]
    assert ("DRIFT" in html, "What changed: income" in html) == (True, True)
    assert json.loads((tmp_path / "page/report.json").read_text(encoding="utf-8"))["answer"] == said


def test_counters_clocks_and_names_go_on_and_that_is_no_drift(call, tmp_path):
    def part(name, start, rows):
        at = pl.datetime_range(
            pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 1) + pl.duration(hours=7999), "1h", eager=True
        )
        numbers = pl.int_range(start, start + rows, eager=True)
        frame = pl.DataFrame(
            {"turn": numbers * 3, "at": at[start : start + rows], "x": np.random.default_rng(start).normal(size=rows)}
        )
        frame.with_columns(order_id=pl.format("o-{}", numbers)).write_parquet(name)

    part("a.parquet", 0, 4000)
    part("b.parquet", 4000, 210)
    assert drifted(call("drift", "a.parquet", "b.parquet", "--json").answer) == []
    pl.read_parquet("b.parquet").with_columns(pl.lit(None, pl.Int64).alias("turn")).write_parquet("c.parquet")
    assert drifted(call("drift", "a.parquet", "c.parquet", "--json").answer) == ["turn"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_true_and_false_that_come_as_ones_and_zeros_are_no_drift_unless_there_are_more_of_them(call, tmp_path, ending):
    draw = np.random.default_rng(0)
    pl.DataFrame({"paid": draw.random(2000) < 0.3, "x": draw.normal(size=2000)}).write_csv(tmp_path / "a.csv")
    for name, share in (("same", 0.3), ("more", 0.5)):
        bits = (draw.random(2000) < share).astype(int)
        table = pl.DataFrame({"paid": bits, "x": draw.normal(size=2000)})
        getattr(table, f"write_{ending}")(tmp_path / f"{name}.{ending}")
    assert call("drift", "a.csv", f"same.{ending}", "--json").code == 0
    said = call("drift", "a.csv", f"more.{ending}", "--json")
    assert (said.code, drifted(said.answer), said.answer["allows_for_days"]) == (5, ["paid"], False)
