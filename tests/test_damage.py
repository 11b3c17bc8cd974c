"""Changed bytes, full and locked disks, two at a time: it is noticed, said, and nothing is half-written."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ownproof.errors import OwnproofError
from ownproof.project.ledger import Ledger
from ownproof.project.store import Store
from ownproof.runtime.verify import verify
from tests.said import CSV, FAST, RUN, changed, files_of, small_files, strict
from tests.tables import loans

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
    command = [sys.executable, "-m", "ownproof", *RUN, "--json"]
    still = {**os.environ, "OMP_NUM_THREADS": "1"}
    for _ in range(3):  # on a busy machine the second may start when the first is done
        two = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=still) for _ in range(2)]
        ends = sorted(strict(run.communicate()[0].splitlines()[-1])["exit"] for run in two)
        assert set(ends) <= {0, 3, 6}
        assert Ledger(tmp_path / "d.ownproof" / "ledger.jsonl").entries("run")
        if ends[1] == 6:
            break
        shutil.rmtree(tmp_path / "d.ownproof")
    assert ends[0] in (0, 3)
    assert ends[1] == 6


# ---------------------------------------------------------------- disks


def test_a_disk_that_fills_up_at_any_step_stops_the_run_which_goes_on_later(call, done, tmp_path, monkeypatch):
    shutil.copy(done[0] / "d.csv", tmp_path / "d.csv")
    put = Store.put
    kinds = {
        p.name: min(e.stat().st_mtime_ns for e in p.iterdir()) for p in (done[0] / "d.ownproof" / "store").iterdir()
    }
    assert {"table", "seal", "fit", "trained", "bundle", "report", "answer"} <= set(kinds)
    for kind in sorted(kinds, key=lambda k: kinds[k]):

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
