"""The form of every answer: one JSON object, whole numbers and ways, progress for people only, errors complete."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import ownproof
from ownproof.cli import commands
from ownproof.cli.main import main
from ownproof.errors import MissingExtra, OwnproofError
from ownproof.project import steps
from tests.said import AUDIT, CSV, RUN, files_of, strict
from tests.tables import loans


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
    monkeypatch.setattr(sys, "stderr", Terminal())
    call(*AUDIT)
    assert "audit" in sys.stderr.getvalue()
    monkeypatch.setattr(sys, "stderr", Terminal())
    call(*AUDIT, "--quiet")
    assert sys.stderr.getvalue() == ""
    monkeypatch.setattr(sys, "stderr", Terminal())
    call("audit", "d.csv", "--target", "bda")
    assert "\x1b[2Kerror: no column" in sys.stderr.getvalue()


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
    """As written in the code; a server's refusals of the same name are another kind of thing."""
    kinds = {each.__name__ for each in [OwnproofError, *OwnproofError.__subclasses__(), MissingExtra]}
    lacking = []
    for path in sorted(Path(ownproof.__file__).parent.rglob("*.py")):
        tree = ast.parse(path.read_text())
        ours = {
            a.name
            for n in ast.walk(tree)
            if isinstance(n, ast.ImportFrom) and n.module == "ownproof.errors"
            for a in n.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in kinds & ours:
                lacks = {"expected", "hint", "where"} - {k.arg for k in node.keywords}
                lacking += [f"{path.name}:{node.lineno} {' '.join(sorted(lacks))}"] if lacks else []
    assert lacking == []
