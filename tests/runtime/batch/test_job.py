"""Batch scoring as a job: it survives being killed, stands alone on its output and publishes the whole or nothing."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys

import polars as pl
import pytest

from ownproof.core.policy import Policy
from ownproof.errors import InputError, Locked, UsageError
from ownproof.runtime.batch import predict
from ownproof.runtime.batch.manifest import described
from ownproof.runtime.batch.parts import alone
from tests.said import changed, files_of
from tests.tables import loans

KILLED = """
import os, signal, sys
from ownproof.runtime.batch import predict, rows
rows.CHUNK = 100
def news(done, total):
    if done >= int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
predict(*sys.argv[1:4], cores=2, news=news)
"""


def fresh(rows: int) -> pl.DataFrame:
    return loans(rows, seed=5).drop("bad")


def texts(table: pl.DataFrame, cells: dict[int, str]) -> pl.DataFrame:
    """The table with income as text and some of its cells replaced."""
    told = pl.Series("income", table["income"].cast(pl.String).to_list())
    for row, cell in cells.items():
        told[row] = cell
    return table.with_columns(told)


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl", "arrow"])
def test_a_job_killed_at_any_part_ends_in_the_same_bytes(done, tmp_path, monkeypatch, ending):
    monkeypatch.chdir(tmp_path)
    texts(fresh(1000), {150: "a lot", 320: "?!", 850: "x"}).write_csv("d.csv")
    whole = predict(done[1]["bundle"], "d.csv", "whole." + ending)
    for at in (100, 500, 1000) if ending == "csv" else (500,):
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, done[1]["bundle"], "d.csv", f"o{at}.{ending}", str(at)], check=False
        )
        assert killed.returncode == -signal.SIGKILL
        assert not (tmp_path / f"o{at}.{ending}").exists()
        again = predict(done[1]["bundle"], "d.csv", f"o{at}.{ending}")
        assert (again["resumed"], again["rows"], again["quarantined"]) == (at, 1000, 3)
        for tail in ("", ".quarantine.jsonl"):
            assert (tmp_path / f"o{at}.{ending}{tail}").read_bytes() == (
                tmp_path / f"whole.{ending}{tail}"
            ).read_bytes()
        ours = json.loads((tmp_path / f"o{at}.{ending}.manifest.json").read_bytes())
        assert (ours["rows"], ours["model"]) == (1000, whole["bundle"])
    assert not [name for name in files_of(tmp_path) if name.startswith(".")]


def test_parts_of_other_data_or_another_model_are_not_taken_up(done, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fresh(300).write_csv("d.csv")
    subprocess.run([sys.executable, "-c", KILLED, done[1]["bundle"], "d.csv", "o.csv", "200"], check=False)
    assert (tmp_path / ".o.csv.parts").is_dir()
    fresh(310).write_csv("d.csv")
    assert predict(done[1]["bundle"], "d.csv", "o.csv")["resumed"] == 0
    assert pl.read_csv("o.csv").height == 310


def test_a_job_that_is_done_is_answered_at_once_until_anything_changes(done, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    texts(fresh(50), {3: "many"}).write_csv("d.csv")
    first = predict(done[1]["bundle"], "d.csv", "o.csv")
    assert first["stored"] is False
    monkeypatch.setattr("ownproof.runtime.batch.job.rows_of", None)  # the data is not even looked at
    again = predict(done[1]["bundle"], "d.csv", "o.csv")
    assert again == {**first, "stored": True}
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    for name, at in {"o.csv": 40, "o.csv.quarantine.jsonl": 40, "o.csv.manifest.json": 40, "d.csv": -2}.items():
        with changed(tmp_path / name, at=at):
            assert predict(done[1]["bundle"], "d.csv", "o.csv")["stored"] is False, name
        predict(done[1]["bundle"], "d.csv", "o.csv")
    (tmp_path / "o.csv.quarantine.jsonl").unlink()
    assert predict(done[1]["bundle"], "d.csv", "o.csv")["stored"] is False


def test_the_manifest_names_the_model_the_counts_and_the_bytes_of_all_files(done, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    texts(fresh(50), {3: "many"}).write_csv("d.csv")
    answer = predict(done[1]["bundle"], "d.csv", "o.csv")
    said = json.loads((tmp_path / "o.csv.manifest.json").read_text())
    assert said["model"] == answer["bundle"] == done[1]["bundle_hash"]
    assert (said["rows"], said["quarantined"]) == (50, 1)
    for part, name in (("data", "d.csv"), ("out", "o.csv"), ("quarantine", "o.csv.quarantine.jsonl")):
        raw = (tmp_path / name).read_bytes()
        assert said[part] == {"name": name, "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}


def test_the_quarantine_says_of_each_row_which_field_is_wrong_and_why(done, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = texts(fresh(50), {3: "many", 7: "x" * 90})
    table[7, "town"] = "T" * 1025
    table.write_csv("d.csv")
    predict(done[1]["bundle"], "d.csv", "o.csv")
    lines = [json.loads(line) for line in (tmp_path / "o.csv.quarantine.jsonl").read_text().splitlines()]
    assert [line["row"] for line in lines] == [4, 8]
    assert lines[0]["problems"] == [{"field": "income", "reason": "not a number: 'many'"}]
    assert [p["field"] for p in lines[1]["problems"]] == ["income", "town"]
    assert "at most 1024 characters" in lines[1]["problems"][1]["reason"]
    assert len((tmp_path / "o.csv.quarantine.jsonl").read_text()) < 500  # cells are not copied out whole
    out = pl.read_csv("o.csv")
    assert [i for i, flags in enumerate(out["flags"]) if "quarantined" in flags] == [3, 7]


def test_more_bad_rows_than_are_allowed_publish_nothing_and_exit_4(call, done, tmp_path):
    bad = Policy().quarantine_rows + 1
    texts(fresh(100), {2 * i: "many" for i in range(bad)}).write_csv(tmp_path / "d.csv")
    said = call("predict", done[1]["bundle"], "d.csv", "--out", "o.csv", "--json")
    gate = said.answer["gates"][0]
    assert (said.code, said.answer["exit"], said.answer["out"]) == (4, 4, None)
    assert (gate["id"], gate["status"], gate["value"]) == ("predict.quarantine", "refused", bad / 100)
    assert files_of(tmp_path) == ["d.csv", "o.csv.quarantine.jsonl"]
    told = call("predict", done[1]["bundle"], "d.csv", "--out", "o.csv")
    assert (told.code, "nothing was published" in told.out) == (4, True)
    said = call("predict", done[1]["bundle"], "d.csv", "--out", "o.csv", "--quarantine-most", "0.5", "--json")
    assert (said.code, said.answer["quarantined"], said.answer["gates"][0]["status"]) == (0, bad, "pass")


def test_a_bound_that_was_given_counts_from_the_first_row_on(call, done, tmp_path):
    texts(fresh(100), {5: "many"}).write_csv(tmp_path / "d.csv")
    assert call("predict", done[1]["bundle"], "d.csv", "--out", "o.csv", "--quarantine-most", "0.01").code == 0
    before = (tmp_path / "o.csv").read_bytes()
    said = call("predict", done[1]["bundle"], "d.csv", "--out", "o.csv", "--quarantine-most", "0", "--json")
    assert (said.code, said.answer["out"]) == (4, None)
    assert (tmp_path / "o.csv").read_bytes() == before  # what was answered before stays
    with pytest.raises(UsageError, match="quarantine-most"):
        predict(done[1]["bundle"], tmp_path / "d.csv", tmp_path / "o.csv", quarantine_most=5)


def test_of_two_on_one_output_the_second_says_so(call, done, tmp_path):
    fresh(20).write_csv(tmp_path / "d.csv")
    hold = "import sys, time; from ownproof.runtime.batch.parts import alone; from pathlib import Path\nwith alone(Path(sys.argv[1])):\n print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold, str(tmp_path / "o.csv")], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        said = call("predict", done[1]["bundle"], "d.csv", "--out", "o.csv", "--json")
        assert (said.code, said.answer["error"]["code"]) == (6, "locked")
        assert str(other.pid) in said.answer["error"]["message"]
        assert call("predict", done[1]["bundle"], "d.csv", "--out", "other.csv").code == 0
        other.kill()
    assert call("predict", done[1]["bundle"], "d.csv", "--out", "o.csv").code == 0  # the lock died with its process
    assert not [name for name in files_of(tmp_path) if name.startswith(".")]
    with alone(tmp_path / "o.csv"), pytest.raises(Locked), alone(tmp_path / "o.csv"):
        pass


def test_data_that_changes_while_it_is_read_is_answered_by_nothing(done, tmp_path):
    data = tmp_path / "d.csv"
    fresh(50).write_csv(data)

    def append(_rows: int, _total: int) -> None:
        with data.open("a") as out:
            out.write("1,2,Bern,0\n")

    with pytest.raises(InputError, match="changed while it was read"):
        predict(done[1]["bundle"], data, tmp_path / "o.csv", news=append)
    assert files_of(tmp_path) == ["d.csv"]


def test_the_size_of_the_parts_and_the_cores_leave_no_trace(done, tmp_path, monkeypatch):
    fresh(1000).write_parquet(tmp_path / "d.parquet")
    monkeypatch.setattr("ownproof.runtime.batch.parts.GROUP", 128)
    seen = set()
    for chunk, cores in ((1000, 1), (77, 3), (10, 2)):
        monkeypatch.setattr("ownproof.runtime.batch.rows.CHUNK", chunk)
        predict(done[1]["bundle"], tmp_path / "d.parquet", tmp_path / f"{chunk}.parquet", cores=cores)
        seen.add(described(tmp_path / f"{chunk}.parquet")["sha256"])
    assert len(seen) == 1


def test_packed_text_is_read_through_a_file_that_goes_with_the_parts(done, tmp_path):
    import gzip

    fresh(60).write_csv(tmp_path / "d.csv")
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress((tmp_path / "d.csv").read_bytes()))
    predict(done[1]["bundle"], tmp_path / "d.csv", tmp_path / "a.csv")
    predict(done[1]["bundle"], tmp_path / "d.csv.gz", tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert not [name for name in files_of(tmp_path) if name.startswith(".")]


def test_a_database_is_asked_anew_every_time(done, tmp_path):
    fresh(40).write_database("t", f"sqlite:///{tmp_path / 'd.db'}")
    where = f"sqlite:///{tmp_path / 'd.db'}?query=select * from t"
    for _ in range(2):
        answer = predict(done[1]["bundle"], where, tmp_path / "o.csv")
        assert (answer["rows"], answer["stored"]) == (40, False)
    assert json.loads((tmp_path / "o.csv.manifest.json").read_text())["data"]["sha256"] is None
