"""What is wrong is said: one object with --json, three lines without, the right exit code, and nothing half-written."""

from __future__ import annotations

import ast
import csv
import datetime
import errno
import fcntl
import gzip
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ownproof
from ownproof.cli import commands
from ownproof.cli.main import main
from ownproof.errors import MissingExtra, OwnproofError
from ownproof.phases.train import plan
from ownproof.project import steps
from ownproof.project.ledger import Ledger
from ownproof.project.store import Store
from ownproof.runtime.verify import verify
from tests.tables import loans, prices

FAST = ("--trials", "0", "--learners", "linear")
CSV = loans(60).write_csv().encode()
RUN = ("run", "d.csv", "--target", "bad", *FAST)
AUDIT = ("audit", "d.csv", "--target", "bad")


def no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def strict(text: str) -> dict:
    return json.loads(text, parse_constant=no_constant)


@dataclass(frozen=True)
class Said:
    """What one command said: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict:
        return strict(self.out.splitlines()[-1])


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    """One command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OWNPROOF_DEBUG", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def called(*arguments) -> Said:
        code = main([str(a) for a in arguments])
        seen = capsys.readouterr()
        return Said(code, seen.out, seen.err)

    return called


@pytest.fixture
def refused(call):
    """The error of a command that must fail, after it was checked in both forms."""

    def called(*arguments, code=2) -> dict:
        said = call(*arguments, "--json")
        assert said.err == ""
        assert len(said.out.splitlines()) == 1
        assert (said.code, said.answer["exit"]) == (code, code), said.out
        error = said.answer["error"]
        assert set(error) == {"code", "message", "expected", "hint", "where"}
        assert all(isinstance(v, str) and v for v in error.values()), error
        shown = call(*arguments)
        lines = shown.err.splitlines()
        assert (shown.code, shown.out) == (code, "")
        assert [line[:12].split(":")[0] for line in lines] == ["error", "  expected", "  do"], shown.err
        return error

    return called


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One finished run: its project's folder and its answer. Whoever changes it puts it back."""
    folder = tmp_path_factory.mktemp("done")
    loans(600).write_csv(folder / "d.csv")
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "stdout", out)
        assert main([*RUN, "--json"]) in (0, 3)
    return folder, strict(out.getvalue().splitlines()[-1])


def files_of(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


@contextmanager
def changed(path: Path, at: int = 40) -> Iterator[None]:
    """A file with one bit turned, for as long as the block lasts."""
    whole = path.read_bytes()
    at %= len(whole)
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    try:
        yield
    finally:
        path.write_bytes(whole)


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """No file may grow beyond so many bytes, as on a disk that is full: the system itself refuses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


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
        town=pl.when(FIRST).then(pl.lit("x" * 3_000_000)).otherwise("town"),
        noise=pl.when(pl.int_range(pl.len()) % 40 == 0).then(float("-inf")).otherwise("noise"))  # fmt: skip
    text = table.write_csv().replace("income,age", "<script>alert(1)</script>,", 1)
    (tmp_path / "d.csv").write_bytes(text.encode("utf-16"))
    said = call(*RUN, "--out", "p", "--json")
    assert said.code in (0, 3)
    assert len(said.out) < 1 << 20
    page = Path(said.answer["report"])
    assert page.stat().st_size < 3 << 20
    assert "<script>alert(1)" not in page.read_text()
    told = call("predict", said.answer["bundle"], "d.csv", "--out", "o.csv", "--json")
    assert (told.code, told.answer["rows"]) == (0, 300)
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


# ---------------------------------------------------------------- bundles


def test_predictions_that_cannot_be_made(refused, done, tmp_path):
    bundle = done[1]["bundle"]
    loans(30).drop("age", "town").rename({"income": "incmoe"}).write_csv(tmp_path / "d.csv")
    error = refused("predict", bundle, "d.csv", "--out", "o.csv")
    for name in ("'age'", "'town'", "no column 'income'", "did you mean 'incmoe'?"):
        assert name in error["message"]
    assert "'.csv'" in refused("predict", bundle, "d.csv", "--out", "o.csvv")["hint"]
    assert refused("predict", bundle, "d.csv", "--out", "no/where/o.csv")["where"] == "--out"
    assert refused("predict", "nowhere", "d.csv", "--out", "o.csv")["code"] == "no-bundle"
    loans(30).write_csv(tmp_path / "d.csv")
    assert "the data itself" in refused("predict", bundle, "d.csv", "--out", "./d.csv")["message"]
    assert files_of(tmp_path) == ["d.csv"]


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl", "arrow"])
def test_predictions_on_a_full_disk_leave_nothing(call, done, tmp_path, ending):
    loans(4000).write_csv(tmp_path / "d.csv")
    with small_files(2000):
        said = call("predict", done[1]["bundle"], "d.csv", "--out", f"o.{ending}", "--json")
    assert (said.code, said.answer["error"]["code"]) == (2, "disk")
    assert files_of(tmp_path) == ["d.csv"]


def test_what_is_no_bundle(refused, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "d.csv").write_bytes(CSV)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("d.csv", CSV)
    for name in ("folder", "d.csv", "x.zip", "nowhere"):
        error = refused("verify", name)
        assert (error["code"], error["where"]) == ("no-bundle", str(tmp_path / name))


def test_an_archive_with_a_byte_changed_anywhere_is_never_a_crash(done, tmp_path):
    whole = Path(done[1]["bundle"] + ".zip").read_bytes()
    rng = np.random.default_rng(1)
    ends = []
    for at in [*rng.integers(0, len(whole), 120).tolist(), *range(len(whole) - 100, len(whole), 2)]:
        path = tmp_path / "b.zip"
        path.write_bytes(whole[:at] + bytes([whole[at] ^ int(rng.integers(1, 256))]) + whole[at + 1 :])
        try:
            verify(path)
            ends.append(0)  # the clock or a comment of the archive: no byte of any file
        except OwnproofError as error:
            ends.append(error.exit)
    assert set(ends) <= {0, 2, 7}
    assert ends.count(7) > 0.5 * len(ends)


def test_an_edited_bundle_is_found_by_everything_that_uses_it(refused, done, call):
    folder, answer = done
    bundle = Path(answer["bundle"])
    same = (*RUN, "--out", folder / "d.ownproof", "--json")
    for name in ("encoder.json", "card.md", "measured.json"):
        with changed(bundle / name):
            for command in (("verify", bundle), ("predict", bundle, folder / "d.csv", "--out", "o.csv"),
                            ("prove", "-C", folder / "d.ownproof"), ("show", "-C", folder / "d.ownproof")):  # fmt: skip
                error = refused(*command, code=7)
                assert name in error["message"]
            assert "remove its folder" in error["hint"]
            assert call("run", folder / "d.csv", *same[2:]).code == 7
    assert call("verify", bundle).code == 0
    assert call("run", folder / "d.csv", *same[2:]).answer["run"] == answer["run"]
    assert not Ledger(folder / "d.ownproof" / "ledger.jsonl").entries("prove.opened")


# ---------------------------------------------------------------- the project's own files


@pytest.fixture
def copy(done, tmp_path):
    """A copy of the finished project beside its data, to be damaged."""
    shutil.copy(done[0] / "d.csv", tmp_path / "d.csv")
    return shutil.copytree(done[0] / "d.ownproof", tmp_path / "d.ownproof")


READS_LEDGER = (("run", "../d.csv", "--target", "bad"), ("prove",), ("history",), ("show",), ("seal", "--check"),
                ("waive", "audit.copy", "--because", "b", "--until", "2999-01-01", "--who", "w"))  # fmt: skip


def test_an_edited_ledger_is_found_by_everything_that_reads_it(refused, copy):
    ledger = copy / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    with changed(ledger, at=len(lines[0]) + 60):
        for command in READS_LEDGER:
            error = refused(*command, "-C", copy, code=7)
            assert (error["code"], error["where"]) == ("ledger", "ledger.jsonl:2")
    ledger.write_bytes(b"".join(lines[:1] + lines[2:]))
    assert refused("history", "-C", copy, code=7)["where"] == "ledger.jsonl:2"
    ledger.write_bytes(b"".join(lines) + b"and more\n")
    assert refused("history", "-C", copy, code=7)["code"] == "ledger"


def test_an_edited_list_of_sealed_rows_is_found(refused, copy):
    keys = next((copy / "store" / "seal").glob("*/keys.npy"))
    with changed(keys, at=-3):
        for command in (("seal", "--check"), ("run",)):
            assert (
                refused(*command, copy.parent / "d.csv", "--target", "bad", "-C", copy, code=7)["where"] == "store/seal"
            )


def test_a_second_command_is_told_to_wait(refused, copy):
    held = os.open(copy / ".lock", os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    os.ftruncate(held, 0)
    os.pwrite(held, json.dumps({"pid": 4711, "command": "ownproof run"}).encode(), 0)
    try:
        for command in (("run", copy.parent / "d.csv", "--target", "bad"), ("prove",), ("seal",)):
            error = refused(*command, "-C", copy, code=6)
            assert (error["code"], "4711" in error["message"]) == ("locked", True)
    finally:
        os.close(held)


def test_of_two_first_runs_at_the_same_time_one_is_told_to_wait(tmp_path):
    loans(600).write_csv(tmp_path / "d.csv")
    runs = [
        subprocess.Popen([sys.executable, "-m", "ownproof", *RUN, "--json"], cwd=tmp_path, stdout=subprocess.PIPE, text=True,
                         env={**os.environ, "OMP_NUM_THREADS": "1"}) for _ in range(2)
    ]  # fmt: skip
    answers = [strict(run.communicate()[0].splitlines()[-1]) for run in runs]
    first, second = sorted(answers, key=lambda a: a["exit"] == 6)
    assert first["exit"] in (0, 3)
    assert second["exit"] == 6
    assert Ledger(tmp_path / "d.ownproof" / "ledger.jsonl").entries("run")


# ---------------------------------------------------------------- disks


def test_a_disk_that_fills_up_at_any_step_stops_the_run_which_goes_on_later(call, done, tmp_path, monkeypatch):
    shutil.copy(done[0] / "d.csv", tmp_path / "d.csv")
    put = Store.put
    for kind in ("table", "seal", "fit", "explain", "trained", "bundle", "report", "answer"):

        def full(store, what, key, write, kind=kind):
            def partly(folder):
                write(folder)
                if what == kind:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

            return put(store, what, key, partly)

        monkeypatch.setattr(Store, "put", full)
        said = call(*RUN, "--json")
        assert (said.code, said.answer["error"]["code"]) == (2, "disk-full"), kind
        assert f"({kind})" in said.answer["error"]["message"]
        assert (tmp_path / "d.ownproof").exists() == (kind not in ("table", "seal")), kind
        assert not [f for f in files_of(tmp_path) if ".part" in f or "scratch" in f]
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert call(*RUN, "--json").answer["bundle_hash"] == done[1]["bundle_hash"]


@pytest.mark.parametrize("most", [0, 300, 5000])
def test_a_disk_that_takes_no_more_bytes(call, tmp_path, most):
    loans(2000).write_csv(tmp_path / "d.csv")
    with small_files(most):
        said = call(*RUN, "--json")
        shown = call(*RUN)
    assert (said.code, said.answer["error"]["code"]) == (2, "disk-full")
    assert (shown.code, shown.err.count("\n")) == (2, 3)
    assert files_of(tmp_path) == ["d.csv"]


@pytest.mark.parametrize(("number", "code"), [(errno.EROFS, "read-only"), (errno.EACCES, "unwritable")])
def test_a_folder_that_cannot_be_written(refused, tmp_path, monkeypatch, number, code):
    (tmp_path / "d.csv").write_bytes(CSV)

    def forbidden(*arguments, **_):
        raise OSError(number, os.strerror(number), str(arguments[0]))

    monkeypatch.setattr(os, "mkdir", forbidden)
    assert refused(*RUN)["code"] == code
    assert "--out" in refused(*RUN)["hint"]
    assert refused("init", "p")["code"] == code
    assert files_of(tmp_path) == ["d.csv"]


def test_a_store_that_cannot_be_written(refused, copy, monkeypatch):
    real = os.mkdir

    def forbidden(path, *arguments, **more):
        if "store" in str(path):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        real(path, *arguments, **more)

    monkeypatch.setattr(os, "mkdir", forbidden)
    error = refused("run", copy.parent / "d.csv", "--target", "bad", "--seed", "3", *FAST, "-C", copy)
    assert (error["code"], "chmod" in error["hint"]) == ("unwritable", True)
    assert Path(error["where"]).is_relative_to(copy / "store")


def test_a_place_that_is_taken(refused, tmp_path):
    (tmp_path / "d.csv").write_bytes(CSV)
    assert refused(*RUN, "--out", "d.csv")["code"] == "in-the-way"
    assert (tmp_path / "d.csv").read_bytes() == CSV


# ---------------------------------------------------------------- the form of every answer


def numbers_in(value) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from numbers_in(each)
    elif isinstance(value, float):
        yield value


def test_numbers_are_not_rounded_and_ways_are_whole(done):
    answer = done[1]
    base = answer["baseline"]
    assert base["gain"] == pytest.approx(base["model"] - base["value"], abs=1e-12)
    long = [v for v in numbers_in({k: answer[k] for k in ("metrics", "baseline", "candidates")}) if len(repr(v)) > 12]
    assert len(long) > 20
    for name in ("bundle", "report", "ledger", "project"):
        assert Path(answer[name]).is_absolute()
        assert Path(answer[name]).exists()


def test_what_is_undefined_is_null(call, tmp_path):
    table = loans(300)
    table.write_csv(tmp_path / "d.csv")
    table.select(prediction=pl.col("bad").replace("yes", "no")).write_csv(tmp_path / "p.csv")
    said = call("judge", "d.csv", "--target", "bad", "--predictions", "p.csv", "--json")
    assert said.code in (3, 4)
    assert said.answer["metrics"]["precision"] == {"value": None, "low": None, "high": None}
    table.with_columns(bad=pl.col("income")).write_csv(tmp_path / "n.csv")
    assert strict(call("audit", "n.csv", "--target", "bad", "--json").out)["exit"] in (0, 4)


@pytest.mark.parametrize("word", [float("nan"), float("inf"), np.float64("-inf")])
def test_a_number_that_json_cannot_hold_becomes_null(call, monkeypatch, word):
    monkeypatch.setattr(commands, "do", lambda _: ({"exit": 0, "deep": [{"x": word}]}, ""))
    assert call("kinds", "--json").answer == {"exit": 0, "deep": [{"x": None}]}


def test_progress_goes_to_a_terminal_only(call, tmp_path, monkeypatch):
    (tmp_path / "d.csv").write_bytes(loans(200).write_csv().encode())
    assert call(*AUDIT).err == ""
    monkeypatch.setattr(commands.sys, "stderr", Terminal())
    call(*AUDIT)
    assert "audit" in commands.sys.stderr.getvalue()
    monkeypatch.setattr(commands.sys, "stderr", Terminal())
    call(*AUDIT, "--quiet")
    assert commands.sys.stderr.getvalue() == ""
    monkeypatch.setattr(commands.sys, "stderr", Terminal())
    call("audit", "d.csv", "--target", "bda")
    assert "\x1b[2Kerror: no column" in commands.sys.stderr.getvalue()


class Terminal(io.StringIO):
    """A stream that says that a person watches."""

    def isatty(self) -> bool:
        return True


def test_colour_is_left_out_where_nobody_wants_it(call, tmp_path, monkeypatch):
    (tmp_path / "d.csv").write_bytes(loans(200).write_csv().encode())

    def shown() -> str:
        out = Terminal()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            assert main([*AUDIT]) == 0
        return out.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in shown()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in shown()
    assert "\x1b[" not in call(*AUDIT).out


def test_a_key_pressed_is_no_error(call, tmp_path, monkeypatch):
    (tmp_path / "d.csv").write_bytes(CSV)

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(steps, "walk", stop)
    said = call(*RUN)
    assert (said.code, said.out, said.err) == (130, "", "stopped; the same command goes on where it was\n")
    told = call(*RUN, "--json")
    assert (told.code, told.answer["exit"], told.answer["error"]["code"]) == (130, 130, "stopped")
    assert files_of(tmp_path) == ["d.csv"]


@pytest.mark.parametrize("kind", [RuntimeError, SystemExit, BaseException])
def test_a_bug_says_that_it_is_one(refused, call, tmp_path, monkeypatch, kind):
    (tmp_path / "d.csv").write_bytes(CSV)

    def fail(*_):
        raise kind("deep inside")

    monkeypatch.setattr(steps, "walk", fail)
    said = call(*RUN, "--json")
    assert (said.code, said.answer["error"]["code"]) == (1, "internal")
    assert "Traceback" not in call(*RUN).err
    monkeypatch.setenv("OWNPROOF_DEBUG", "1")
    assert "Traceback" in call(*RUN).err
    assert files_of(tmp_path) == ["d.csv"]


@pytest.mark.parametrize(("shell", "code", "words"), [
    ("{} kinds > /dev/full", 2, "cannot be written to stdout"),
    ("{} kinds --json > /dev/full", 2, "cannot be written to stdout"),
    ("{} kinds --json >&-", 0, ""),
    ("{} kinds | true; exit ${{PIPESTATUS[0]}}", 0, ""),
    ("PYTHONIOENCODING=ascii {} audit ü.csv --target ö --json", 2, ""),
    ("mkdir x && cd x && rmdir ../x && {} audit d.csv --target bad --json", 2, ""),
])  # fmt: skip
def test_odd_shells(tmp_path, shell, code, words):
    line = shell.format(f"{sys.executable} -m ownproof")
    said = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, check=False)
    assert said.returncode == code, said.stderr
    assert words.encode() in said.stderr
    assert b"Traceback" not in said.stderr
    assert b"Exception ignored" not in said.stderr
    if said.stdout:
        assert strict(said.stdout.decode("ascii").splitlines()[-1])["exit"] == code


def test_every_error_names_what_was_expected_what_to_do_and_where():
    """As written in the code; learners have their own tests."""
    kinds = {each.__name__ for each in [OwnproofError, *OwnproofError.__subclasses__(), MissingExtra]}
    lacking = []
    for path in sorted(Path(ownproof.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in kinds:
                lacks = {"expected", "hint", "where"} - {k.arg for k in node.keywords}
                lacking += [f"{path.name}:{node.lineno} {' '.join(sorted(lacks))}"] if lacks else []
    assert [each for each in lacking if not each.startswith(("table.py", "trees_"))] == []


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
    """A small table as CSV, and the name of a column to aim at."""
    rows = draw(st.sampled_from([1, 2, 19, 25, 60]))
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=5))
    names = [draw(NAMES) for _ in kinds]
    columns = [draw(st.lists(CELLS[kind], min_size=min(rows, 12), max_size=min(rows, 12))) for kind in kinds]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[column[(i * 7 + i // 12) % len(column)] for column in columns] for i in range(rows)])
    return out.getvalue().encode("utf-8", "replace"), draw(st.sampled_from(names))


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
