"""What is wrong is said: one object with --json, three lines without, the right exit code, and nothing half-written."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownproof.phases.train import plan
from tests.said import AUDIT, CSV, FAST, RUN, files_of
from tests.tables import loans, prices

# ---------------------------------------------------------------- data that cannot be used


def with_target(*values: str | None) -> bytes:
    """The loans with a target of these values in turn."""
    return loans(60).with_columns(pl.Series("bad", [values[i % len(values)] for i in range(60)])).write_csv().encode()


def infinite_target() -> bytes:
    price = pl.when(pl.int_range(pl.len()) == 7).then(float("inf")).otherwise(pl.col("price"))
    return prices(60).with_columns(price.alias("bad")).write_csv().encode()


HEADER, *LINES = CSV.splitlines(keepends=True)
BAD = {
    "HTML in place of CSV": ("d.csv", b"<!DOCTYPE html><html><body>Log in</body></html>", "html", "web page"),
    "a PDF": ("d.pdf", b"%PDF-1.7 ...", "not-a-table", "PDF"),
    "prose": ("d.txt", b"It was a dark and stormy night\nand nobody had a table.\n", "not-a-table", "not a table"),
    "an empty file": ("d.csv", b"", "empty", "0 bytes"),
    "a header only": ("d.csv", HEADER, "no-rows", "no row below it"),
    "two rows": ("d.csv", HEADER + LINES[0] + LINES[1], "too-few", "2 rows"),
    "one class": ("d.csv", with_target("yes"), "one-class", "one class only"),
    "a target that is missing everywhere": ("d.csv", with_target(None), "target-missing", "no known value"),
    "infinite values in the target": ("d.csv", infinite_target(), "target-infinite", "1 of 60 rows"),
    "two classes of which one has a row": ("d.csv", with_target(*["a"] * 59, "b"), "one-row-class", "'b'"),
    "NUL bytes": ("d.csv", CSV[:100] + b"\0\0" + CSV[100:], "binary", "line 4"),
    "a ragged line": ("d.csv", HEADER + LINES[0] + b"1,2\n" + b"".join(LINES[1:]), "ragged", "line 3 has 2 fields"),
    "a quote left open": ("d.csv", b'a,bad\n"1,2",yes\n' * 1 + b'"3,4",no\n"5,6,yes\n', "quotes", "line 4"),
    "a truncated gzip": ("d.csv.gz", gzip.compress(CSV)[:-200], "truncated", "breaks off"),
    "a damaged Parquet file": ("d.parquet", b"PAR1" + CSV + b"PAR1", "damaged", "Parquet"),
    "a cut-off line of JSON": ("d.jsonl", b'{"a": 1, "bad": 2}\n{"a": 1, ', "bad-line", "line 2"),
    "columns that are all the same": ("d.csv", b"a,bad\n" + b"1,yes\n1,no\n" * 30, "no-features", "no column is left"),
}


@pytest.mark.parametrize("case", BAD)
def test_data_that_cannot_be_used(refused, tmp_path, case):
    name, content, code, words = BAD[case]
    (tmp_path / name).write_bytes(content)
    error = refused("run", name, "--target", "bad", *FAST)
    assert error["code"] == code
    assert words in error["message"]
    assert files_of(tmp_path) == [name]


def test_a_target_of_fifty_thousand_classes(refused, tmp_path):
    pl.DataFrame({"x": range(50_000), "bad": [f"k{i}" for i in range(50_000)]}).write_parquet(tmp_path / "d.parquet")
    error = refused("run", "d.parquet", "--target", "bad")
    assert (error["code"], "50,000 classes" in error["message"]) == ("too-many-classes", True)
    assert files_of(tmp_path) == ["d.parquet"]


def test_a_missing_file_names_its_neighbour(refused, tmp_path):
    (tmp_path / "loans.csv").write_bytes(CSV)
    error = refused("run", "laons.csv", "--target", "bad")
    assert (error["code"], error["hint"]) == ("no-file", "did you mean 'loans.csv'?")
    assert Path(error["where"]).is_absolute()
    assert refused("run", ".", "--target", "bad")["hint"] == "name a file in it: loans.csv"
    assert refused("run", "no/where.csv", "--target", "bad")["code"] == "no-file"
    assert files_of(tmp_path) == ["loans.csv"]


def test_a_target_that_is_not_there_names_the_near_miss(refused, tmp_path):
    (tmp_path / "d.csv").write_bytes(CSV)
    error = refused("run", "d.csv", "--target", "bda")
    assert (error["code"], error["hint"], error["where"]) == ("no-column", "did you mean 'bad'?", "--target")


def test_everything_that_is_wrong_is_said_at_once(refused, tmp_path):
    (tmp_path / "d.csv").write_bytes(CSV)
    columns = refused("run", "d.csv", "--target", "bda", "--id", "twon", "--drop", "nois", "--group", "aeg")
    for near in ("'bad'", "'town'", "'noise'", "'age'"):
        assert f"did you mean {near}" in columns["message"]
    flags = refused("run", "d.csv", "--target", "bad", "--budget", "soon", "--floor", "yes=2", "--cores", "0",
                    "--max-size-mb", "nan", "--horizon", "x", "--learners", "lihgtgbm")  # fmt: skip
    assert flags["message"].startswith("6 problems: ")
    wishes = refused(
        "run", "d.csv", "--target", "bad", "--metric", "rocauc", "--positive", "yess", "--floor", "yse=0.5"
    )
    assert wishes["message"].startswith("3 problems: ")
    unknown = refused("run", "d.csv", "--target", "bad", "--trails", "3", "--bugdet", "9s")
    assert "'--trials'" in unknown["message"]
    assert "'--budget'" in unknown["message"]
    assert files_of(tmp_path) == ["d.csv"]


def test_files_beside_the_data_are_looked_at_before_anything_is_sealed(refused, tmp_path):
    (tmp_path / "d.csv").write_bytes(CSV)
    (tmp_path / "rule.csv").write_text("incmoe,answer\n>= 3,yes\n")
    (tmp_path / "known.toml").write_text('incmoe = "before"\nage = "yesterday"\n')
    assert refused(*RUN, "--rule", "nope.py")["code"] == "no-rule"
    assert "'income'" in refused(*RUN, "--rule", "rule.csv")["hint"]
    assert "'income'" in refused(*RUN, "--rule", "column:incmoe")["hint"]
    assert refused(*RUN, "--available", "known.toml")["message"].startswith("2 problems: ")
    for flag in ("--available", "--against", "--test", "--cost"):
        assert "nope.csv" in refused(*RUN, flag, "nope.csv")["message"]
    assert refused("judge", "d.csv", "--target", "bad", "--predictions", "nope.csv")["where"] == str(
        tmp_path / "nope.csv"
    )
    assert "'income'" in refused("judge", "d.csv", "--target", "bad", "--predictions", "column:incmoe")["hint"]
    assert files_of(tmp_path) == ["d.csv", "known.toml", "rule.csv"]


# ---------------------------------------------------------------- data that is odd, and can be used


def odd(**columns: pl.Expr) -> pl.DataFrame:
    return loans(200).with_columns(**columns)


FIRST = pl.int_range(pl.len()) == 3
TOWNS = odd(town=pl.col("town").replace("Bern", "Zürich")).write_csv()
ODD = {
    "UTF-16": (TOWNS.encode("utf-16"), "quality.encoding"),
    "cp1252": (TOWNS.encode("cp1252"), "quality.encoding"),
    "duplicate headers": (TOWNS.replace("noise", "age", 1).encode(), "quality.column-names"),
    "blank headers": (TOWNS.replace("noise", "", 1).encode(), "quality.column-names"),
    "infinite cells": (odd(noise=pl.when(FIRST).then(float("inf")).otherwise("noise")).write_csv().encode(), "quality.infinite"),
    "a class of one row": (odd(bad=pl.when(FIRST).then(pl.lit("maybe")).otherwise("bad")).write_csv().encode(), "quality.rare-class"),
    "missing targets": (odd(bad=pl.when(FIRST).then(None).otherwise("bad")).write_csv().encode(), "quality.target-missing"),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_odd_data_is_read_and_the_oddity_is_named(call, tmp_path, case):
    content, rule = ODD[case]
    (tmp_path / "d.csv").write_bytes(content)
    said = call(*AUDIT, "--json")
    assert said.code == 0, said.out
    assert rule in {f["rule"] for f in said.answer["findings"]}
    assert files_of(tmp_path) == ["d.csv"]


def test_a_column_of_fifty_thousand_categories(call, tmp_path):
    rng = np.random.default_rng(0)
    pl.DataFrame({
        "shop": [f"k{i}" for i in range(50_000)] * 2, "x": rng.normal(size=100_000),
        "bad": rng.choice(["yes", "no"], 100_000)}).write_parquet(tmp_path / "d.parquet")  # fmt: skip
    assert call("audit", "d.parquet", "--target", "bad", "--json").code == 0


def test_everything_odd_at_once_walks_to_a_bundle_that_answers(call, tmp_path):
    table = loans(300).with_columns(
        prediction=pl.format("c{}", pl.int_range(pl.len())),
        town=pl.when(FIRST).then(pl.lit("x" * 3_000_000)).otherwise("town"),
        noise=pl.when(pl.int_range(pl.len()) % 40 == 0).then(float("-inf")).otherwise("noise"))  # fmt: skip
    text = table.write_csv().replace("income,age", "<script>alert(1)</script>,", 1)
    (tmp_path / "d.csv").write_bytes(text.encode("utf-16"))
    said = call(*RUN, "--id", "prediction", "--out", "p", "--json")
    assert said.code in (0, 3)
    assert len(said.out) < 1 << 20
    page = Path(said.answer["report"])
    assert page.stat().st_size < 3 << 20
    assert "<script>alert(1)" not in page.read_text()
    told = call("predict", said.answer["bundle"], "d.csv", "--out", "o.csv", "--json")
    assert (told.code, told.answer["rows"]) == (0, 300)
    assert pl.read_csv(tmp_path / "o.csv").columns[:2] == ["prediction_given", "prediction"]
    assert not [f for f in files_of(tmp_path) if f.endswith(".part") or "scratch" in f]


# ---------------------------------------------------------------- wrong use

USES = {
    "no command": ((), "ownproof", "ownproof run DATA"),
    "an unknown command": (("rnu", "d.csv"), "COMMAND", "'run'"),
    "an unknown flag": ((*AUDIT, "--traget", "x"), "--traget", "'--target'"),
    "a flag cut short": (("audit", "d.csv", "--tar", "bad"), "--tar", "'--target'"),
    "no DATA": (("run", "--target", "bad"), "DATA", "ownproof run data.csv"),
    "no target": (("run", "d.csv"), "--target", "--target COLUMN"),
    "a flag without its value": (("run", "d.csv", "--target"), "--target", "--target C"),
    "words where a number belongs": ((*RUN, "--seed", "x"), "--seed", "--seed N"),
    "a word too many": (("history", "twice"), "ownproof history", "leave it out"),
    "a choice that is none": ((*RUN, "--ship", "tetsed"), "--ship", "'tested'"),
    "a required flag left out": (("predict", "b", "d.csv"), "ownproof predict", "--out"),
    "a bad budget": ((*RUN, "--budget", "soon"), "--budget", "60s"),
    "a bad floor": ((*RUN, "--floor", "yes"), "--floor", "yes=0.7"),
    "a bad date": (("waive", "x", "--because", "b", "--who", "w"), "ownproof waive", "--until"),
    "an unknown learner": ((*RUN, "--learners", "linaer"), "--learners", "'linear'"),
    "an unknown kind": (("kinds", "lightgmb"), "lightgmb", "'lightgbm'"),
    "an unknown target kind": ((*RUN, "--task", "labl"), "--task", "'label'"),
    "a folder that is not there": (("history", "-C", "nowhere"), "-C", "project"),
    "a folder that is a file": (("history", "-C", "d.csv"), "-C", "project"),
    "a name that is not UTF-8": (("audit", "d\udcff.csv", "--target", "bad"), "the command line", "rename"),
    "a name too long": (("audit", "d" * 300 + ".csv", "--target", "bad"), "ddd", "shorter name"),
}


@pytest.mark.parametrize("case", USES)
def test_wrong_use(refused, tmp_path, case):
    arguments, where, hint = USES[case]
    (tmp_path / "d.csv").write_bytes(CSV)
    error = refused(*arguments)
    assert where in error["where"]
    assert hint in error["hint"]
    assert files_of(tmp_path) == ["d.csv"]


@pytest.mark.parametrize("command", [("history",), ("prove",), ("show",), ("diff", "a", "b"),
                                     ("waive", "g", "--because", "b", "--until", "2999-01-01", "--who", "w")])  # fmt: skip
def test_a_folder_that_is_no_project(refused, tmp_path, command):
    assert refused(*command, "-C", tmp_path)["code"] == "no-project"
    assert files_of(tmp_path) == []


def test_an_extra_that_is_not_installed(refused, tmp_path, monkeypatch):
    (tmp_path / "d.csv").write_bytes(CSV)
    monkeypatch.setattr(plan, "there", lambda name: name != "xgboost")
    error = refused("run", "d.csv", "--target", "bad", "--learners", "xgboost")
    assert (error["code"], error["hint"]) == ("missing-extra", "pip install 'ownproof[boost]'")
    assert files_of(tmp_path) == ["d.csv"]


def test_help_and_version_end_in_an_object_too(call):
    for arguments in (["--version"], ["--help"], ["run", "--help"]):
        said = call(*arguments, "--json")
        assert (said.code, said.answer["exit"]) == (0, 0)


def test_settings_that_a_person_wrote_wrongly_are_all_named(refused, call, tmp_path):
    assert call("init", "p", "--data", "d.csv", "--target", "bad").code == 0
    (tmp_path / "p" / "project.toml").write_text('trget = "bad"\ntrials = "many"\ndrop = "a"\n')
    error = refused("run", "-C", "p")
    assert (error["code"], error["message"][:11], "'target'" in error["message"]) == ("several", "3 problems:", True)
    (tmp_path / "p" / "project.toml").write_text("target = \n")
    assert refused("history", "-C", "p")["code"] == "config"


def test_a_project_without_a_run(refused, call, tmp_path):
    (tmp_path / "d.csv").write_bytes(CSV)
    assert call("init", "p", "--data", "d.csv", "--target", "bad").code == 0
    assert refused("prove", "-C", "p")["code"] == "no-run"
    assert refused("show", "nonsense", "-C", "p")["code"] == "no-run"
    assert refused("seal", "--check", "-C", "p")["where"] == "--check"
    assert refused("init", "p")["where"] == str(tmp_path / "p")
    assert files_of(tmp_path / "p") == [".gitignore", ".lock", "ledger.jsonl", "project.toml"]


def test_a_check_of_what_was_never_sealed_makes_no_project(refused, tmp_path):
    (tmp_path / "d.csv").write_bytes(CSV)
    assert refused("seal", "--check", "d.csv", "--target", "bad")["where"] == "--check"
    assert files_of(tmp_path) == ["d.csv"]


def test_a_failed_command_takes_away_only_what_it_made(refused, tmp_path):
    (tmp_path / "mine").mkdir()
    for name in ("notes.md", ".gitignore"):
        (tmp_path / "mine" / name).write_text("mine")
    (tmp_path / "d.csv").write_bytes(HEADER)
    refused("run", "d.csv", "--target", "bad", "--out", "mine")
    refused("run", "d.csv", "--target", "bad", "--out", "new/deep/down")
    assert files_of(tmp_path) == ["d.csv", "mine", "mine/.gitignore", "mine/notes.md"]
    assert (tmp_path / "mine" / ".gitignore").read_text() == "mine"


def test_waivers_name_every_problem_at_once(refused, done):
    folder = done[0] / "d.ownproof"
    error = refused("waive", "audit.cpoy", "--because", " ", "--until", "2020-01-01", "--who", "Ann", "-C", folder)
    assert error["message"].startswith("3 problems: ")
    assert "'audit.copy'" in error["message"]
    assert "2020-01-01 is past" in error["message"]
    assert refused("show", done[1]["run"][:5] + "zz", "-C", folder)["code"] == "no-run"


# ---------------------------------------------------------------- anything at all

NAMES = st.one_of(
    st.sampled_from(["a", "b", "A", "", " ", "<script>alert(1)</script>", "é", "名前", "a,b", 'q"q', "x" * 80, "1", "null",
                     "prediction", "flags", "=1+1", "a\nb", "index", "literal", "len", "__weight__"]),
    st.text(max_size=5))  # fmt: skip
CELLS = {
    "words": st.sampled_from(["x", "y", "z", ""]),
    "numbers": st.one_of(st.integers(-5, 5), st.floats(-1e6, 1e6).map(lambda v: round(v, 2))).map(str),
    "gaps": st.sampled_from(["", "", "NA", "7"]),
    "same": st.just("k"),
    "days": st.dates(datetime.date(1990, 1, 1), datetime.date(2030, 1, 1)).map(str),
    "wild": st.sampled_from(["inf", "-inf", "nan", "1e400", "-0", "0x1F", "1.234,56", "007", "9" * 30]),
    "text": st.text(max_size=30),
}


@st.composite
def tables(draw) -> tuple[bytes, str]:
    """A small table as CSV, and the name of a column to aim at: in three of four tables one that could be learnt."""
    rows = draw(st.sampled_from([1, 2, 25, 40, 60, 90]))
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=5))
    columns = [draw(st.lists(CELLS[kind], min_size=3, max_size=30)) for kind in kinds]
    names = [draw(NAMES) for _ in kinds]
    aim = draw(st.sampled_from(["yes no", "0 1", "a b c", "1 2.5 7 3 9", ""])).split()
    if aim:
        columns.append([*aim, *draw(st.lists(st.sampled_from(aim), min_size=5, max_size=20))])
        names.append("aim")
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[column[(i * 7 + i // 5) % len(column)] for column in columns] for i in range(rows)])
    return out.getvalue().encode("utf-8", "replace"), "aim" if aim else draw(st.sampled_from(names))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_any_small_table_is_audited_or_refused(call, tmp_path, table):
    content, target = table
    (tmp_path / "d.csv").write_bytes(content)
    said = call("audit", "d.csv", f"--target={target}", "--json")
    assert said.code in (0, 2, 3, 4), said.out
    assert said.answer["exit"] == said.code
    assert said.err == ""
    assert files_of(tmp_path) == ["d.csv"]
