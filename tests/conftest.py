"""One command in this process, and one finished run to look at."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import settings

from ownproof.cli.main import main
from tests.said import RUN, Said, strict
from tests.tables import loans

# The default run draws the same examples every time, so that it says of a change only what the change did; whoever looks
# for new ones runs with `--hypothesis-profile=default`.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


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


@pytest.fixture(scope="session")
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
