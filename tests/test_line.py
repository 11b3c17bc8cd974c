"""The whole line, from a table to a proven bundle, as it is seen from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ownproof.cli.main import main
from ownproof.project import proving
from tests.said import files_of
from tests.tables import grades, loans, prices, sensors

FAST = ["--trials", "0", "--learners", "linear,lightgbm"]


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    """A command in this process: its exit code and its JSON answer. The working folder is the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def called(*arguments):
        code = main([str(a) for a in arguments] + ["--json"])
        lines = capsys.readouterr().out.splitlines()
        answer = json.loads(lines[-1])
        assert answer["exit"] == code
        assert "error" not in answer, answer
        return code, answer

    return called


@pytest.fixture(scope="module")
def proven(tmp_path_factory):
    """One project of loans, proven; tests must not change it."""
    folder = tmp_path_factory.mktemp("proven")
    loans().write_csv(folder / "loans.csv")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ownproof",
            "run",
            "loans.csv",
            "--target",
            "bad",
            "--out",
            "p",
            "--prove",
            *FAST,
            "--json",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    assert (answer["exit"], answer["verdict"], answer["evidence"]) == (0, "BETTER", "sealed"), done.stderr
    return folder, answer


def test_a_labelled_table_becomes_a_proven_bundle_with_everything_the_contract_lists(proven):
    _, answer = proven
    wanted = {
        "schema",
        "command",
        "run",
        "exit",
        "verdict",
        "evidence",
        "proof",
        "gates",
        "findings",
        "task",
        "split",
        "metrics",
        "operating",
        "baseline",
        "candidates",
        "latency",
        "budget",
        "bundle",
        "report",
        "ledger",
        "seconds",
    }
    assert wanted <= set(answer)
    assert answer["schema"] == "ownproof/1"
    assert answer["proof"]["level"] == "S1"
    assert answer["proof"]["openings"] == 1
    files = {p.relative_to(answer["bundle"]).as_posix() for p in Path(answer["bundle"]).rglob("*") if p.is_file()}
    assert {
        "manifest.json",
        "schema.json",
        "task.json",
        "encoder.json",
        "card.json",
        "card.md",
        "sheet.json",
        "parity.json",
        "requirements.txt",
        "measured.json",
    } <= files
    assert not [f for f in files if f.endswith((".pkl", ".pickle", ".py", ".joblib"))]
    assert any(f.endswith("model.onnx") for f in files)
    sheet = json.loads((Path(answer["bundle"]) / "sheet.json").read_text())
    assert len(sheet["kinds"]) == 8


def test_the_same_run_again_returns_the_stored_verdict(proven, call):
    folder, first = proven
    _, again = call("run", folder / "loans.csv", "--target", "bad", "--out", folder / "p", "--prove", *FAST)
    assert (again["run"], again["bundle"], again["seconds"]) == (first["run"], first["bundle"], first["seconds"])


def test_a_copy_of_the_bundle_is_verified_with_the_bare_standard_library_and_a_changed_byte_is_found(proven, tmp_path):
    import shutil

    _, answer = proven
    copy = shutil.copytree(answer["bundle"], tmp_path / "b")
    source = str(Path(__file__).parents[1] / "src")
    blocked = (
        f"import sys; sys.path.insert(0, {source!r}); sys.modules['numpy'] = None; sys.modules['polars'] = None; "
        "from ownproof.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    bare = [sys.executable, "-I", "-S", "-c", blocked, "verify"]
    assert subprocess.run([*bare, str(copy)], check=False, capture_output=True).returncode == 0
    assert subprocess.run([*bare, answer["bundle"] + ".zip"], check=False, capture_output=True).returncode == 0
    for path in sorted(p for p in copy.rglob("*") if p.is_file()):
        whole = path.read_bytes()
        path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
        assert subprocess.run([*bare, str(copy)], check=False, capture_output=True).returncode == 7, path
        path.write_bytes(whole)


def test_predictions_keep_the_order_the_keys_and_the_place_of_rows_that_cannot_be_read(proven, call, tmp_path):
    _, answer = proven
    table = loans(50, seed=99).drop("bad").with_columns(pl.col("income").cast(pl.String))
    table[3, "income"] = "a lot"
    table[5, "town"] = "Atlantis"
    table[7, "town"] = "x" * 1025
    table.write_csv(tmp_path / "new.csv")
    code, said = call("predict", answer["bundle"], tmp_path / "new.csv", "--out", tmp_path / "out.csv")
    out = pl.read_csv(tmp_path / "out.csv")
    assert (code, said["rows"], said["quarantined"], out.height) == (0, 50, 2, 50)
    assert out["prediction"].is_null().to_list() == [i in {3, 7} for i in range(50)]
    assert out["probability_no"].is_null().to_list() == [i in {3, 7} for i in range(50)]
    assert out["flags"][3] == out["flags"][7] == "quarantined"
    assert "unseen:town" in out["flags"][5]
    shares = out.filter(pl.col("prediction").is_not_null())
    assert ((shares["probability_no"] + shares["probability_yes"]) - 1).abs().max() < 1e-9
    row = {n: (None if v is None else v) for n, v in loans(50, seed=99).drop("bad").row(0, named=True).items()}
    import ownproof

    one = ownproof.load(answer["bundle"]).one(row)
    assert abs(one["probabilities"]["yes"] - out["probability_yes"][0]) < 1e-9
    assert one["prediction"] == out["prediction"][0]
    with pytest.raises(ownproof.errors.InputError, match="1024"):
        ownproof.load(answer["bundle"]).one({**row, "town": "x" * 1025})


def test_a_frame_in_memory_gets_the_answers_of_the_file(proven, call, tmp_path):
    import pandas as pd

    import ownproof

    _, answer = proven
    table = (
        loans(50, seed=99).drop("bad").with_columns(pl.Series("town", ["Atlantis", *["x" * 1025] * 2, *["north"] * 47]))
    )
    table.write_parquet(tmp_path / "new.parquet")
    call("predict", answer["bundle"], tmp_path / "new.parquet", "--out", tmp_path / "out.parquet")
    model = ownproof.load(answer["bundle"])
    for data in (table, pd.DataFrame(table.to_dict(as_series=False)), tmp_path / "new.parquet"):
        assert model.predict(data).equals(pl.read_parquet(tmp_path / "out.parquet"))
    with pytest.raises(ownproof.errors.InputError, match="income"):
        model.predict(table.drop("income"))


def test_batches_are_put_together_as_one_file_in_every_form(proven, call, tmp_path, monkeypatch):
    _, answer = proven
    loans(50, seed=99).drop("bad").write_parquet(tmp_path / "new.parquet")
    call("predict", answer["bundle"], tmp_path / "new.parquet", "--out", tmp_path / "whole.parquet")
    whole = pl.read_parquet(tmp_path / "whole.parquet")
    monkeypatch.setattr("ownproof.runtime.batch.rows.CHUNK", 7)
    for name, read in {"a.csv": pl.read_csv, "a.parquet": pl.read_parquet, "a.jsonl": pl.read_ndjson}.items():
        code, said = call("predict", answer["bundle"], tmp_path / "new.parquet", "--out", tmp_path / name)
        assert (code, said["rows"]) == (0, 50)
        assert read(tmp_path / name)["prediction"].to_list() == whole["prediction"].to_list()
    assert files_of(tmp_path) == sorted(
        [
            "new.parquet",
            *(f"{n}{m}" for n in ("a.csv", "a.jsonl", "a.parquet", "whole.parquet") for m in ("", ".manifest.json")),
        ]
    )


@pytest.mark.parametrize(
    ("table", "target", "more"),
    [(prices(), "price", []), (grades(), "grade", []), (sensors(), "alarm", ["--time", "at"])],
    ids=["number", "four classes", "in time"],
)
def test_other_kinds_of_targets_and_splits_walk_too(table, target, more, call, tmp_path):
    table.write_parquet(tmp_path / "t.parquet")
    code, answer = call("run", tmp_path / "t.parquet", "--target", target, "--prove", *FAST, *more)
    assert (code, answer["verdict"], answer["evidence"]) == (0, "BETTER", "sealed")
    assert (answer["split"]["kind"] == "temporal") == bool(more)


def test_proving_another_run_of_the_generation_is_refused_and_burning_is_counted(call, tmp_path):
    loans().write_csv(tmp_path / "loans.csv")
    base = ["run", "loans.csv", "--target", "bad", "--out", "p", *FAST]
    _, first = call(*base)
    _, second = call(*base, "--seed", "1")
    assert first["run"] != second["run"]
    assert call("prove", first["run"], "-C", tmp_path / "p")[1]["verdict"] == "BETTER"
    assert call("prove", first["run"], "-C", tmp_path / "p")[1]["proof"]["openings"] == 1
    code, refused = call("prove", second["run"], "-C", tmp_path / "p")
    assert (code, refused["bundle"], refused["evidence"]) == (4, None, "out-of-fold")
    assert [g["id"] for g in refused["gates"] if g["status"] == "refused"] == ["prove.opened"]
    code, burnt = call("prove", second["run"], "--burn", "a new idea", "-C", tmp_path / "p")
    assert (burnt["evidence"], burnt["proof"]["openings"], burnt["baseline"]["level"]) == ("sealed", 2, 0.995)
    card = json.loads((Path(burnt["bundle"]) / "card.json").read_text())
    assert [o["burn"] for o in card["openings"]] == [None, "a new idea"]
    code, history = call("history", "-C", tmp_path / "p")
    assert sum(e["event"] == "prove.opened" for e in history["entries"]) == 2


def test_a_crash_between_the_opening_and_the_verdict_is_no_second_opening(call, tmp_path, monkeypatch):
    loans().write_csv(tmp_path / "loans.csv")
    call("run", "loans.csv", "--target", "bad", "--out", "p", *FAST)
    with monkeypatch.context() as broken:
        broken.setattr(proving, "_score", lambda *_: 1 / 0)
        assert main(["prove", "-C", str(tmp_path / "p"), "--json"]) == 1
    code, answer = call("prove", "-C", tmp_path / "p")
    assert (code, answer["proof"]["openings"]) == (0, 1)


def test_nothing_to_gain_is_not_better_and_no_bundle_is_written(call, tmp_path):
    loans(3000, signal=0.0).write_csv(tmp_path / "loans.csv")
    code, answer = call("run", "loans.csv", "--target", "bad", "--worthwhile", "0.1", *FAST)
    assert (code, answer["verdict"], answer["bundle"]) == (4, "NOT BETTER", None)


def test_a_waiver_lets_a_refused_gate_pass_and_stands_on_the_card(call, tmp_path):
    table = loans(800)
    table.with_columns(pl.col("bad").alias("copy")).write_csv(tmp_path / "loans.csv")
    base = ["run", "loans.csv", "--target", "bad", "--out", "p", *FAST]
    code, refused = call(*base)
    gate = next(g for g in refused["gates"] if g["status"] == "refused")
    assert (code, gate["columns"], refused["bundle"]) == (4, ["copy"], None)
    soon = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400 * 9))
    call("waive", gate["id"], "--because", "known", "--until", soon, "--who", "Ann", "-C", tmp_path / "p")
    _, passed = call(*base)
    assert next(g for g in passed["gates"] if g["id"] == gate["id"])["status"] == "waived"
    assert "Ann" in (Path(passed["bundle"]) / "card.json").read_text()


def test_two_runs_are_set_side_by_side(call, tmp_path):
    loans().write_csv(tmp_path / "loans.csv")
    base = ["run", "loans.csv", "--target", "bad", "--out", "p", *FAST]
    left, right = call(*base)[1]["run"], call(*base, "--drop", "income")[1]["run"]
    _, found = call("diff", left, right, "-C", tmp_path / "p")
    assert any("drop" in d["what"] for d in found["differences"])
    assert call("show", left, "-C", tmp_path / "p")[1]["run"] == left


def test_predictions_of_others_are_judged(call, tmp_path):
    table = loans()
    table.write_csv(tmp_path / "loans.csv")
    good = (pl.col("income").fill_null(3000).log() - 8) * -2 + (pl.col("age") - 45) / 20
    table.select((1 / (1 + (-good).exp())).alias("prediction")).write_csv(tmp_path / "guess.csv")
    code, answer = call("judge", "loans.csv", "--target", "bad", "--predictions", "guess.csv")
    assert (code, answer["verdict"], answer["evidence"], answer["proof"]["level"]) == (0, "BETTER", "supplied", "S0")
    assert not list(tmp_path.glob("*.ownproof"))


def test_audit_of_a_bare_file_writes_nothing(call, tmp_path):
    loans().write_csv(tmp_path / "loans.csv")
    code, answer = call("audit", "loans.csv", "--target", "bad")
    assert (code, answer["report"]) == (0, None)
    assert [p.name for p in tmp_path.iterdir()] == ["loans.csv"]


@pytest.mark.slow
def test_killed_three_times_the_run_of_the_whole_portfolio_ends_in_the_same_bundle(tmp_path):
    """With every learner that is installed, a search and an average of several members, on rows few enough that every
    member is fitted with two seeds."""
    rng = np.random.default_rng(1)
    x = rng.random((1200, 7))  # Friedman 1991: a curve, a bump and two slopes, which no family says alone
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    table = pl.DataFrame({f"x{i}": x[:, i].round(4) for i in range(7)} | {"y": y + 2 * rng.normal(size=1200)})
    table.write_csv(tmp_path / "bumps.csv")
    command = [sys.executable, "-m", "ownproof", "run", "bumps.csv", "--target", "y", "--trials", "4", "--json"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    def run(out):
        return subprocess.Popen(
            [*command, "--out", out], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
        )

    def fits(out):
        return len(list((tmp_path / out / "store" / "fit").glob("*")))

    whole = json.loads(run("whole").communicate()[0].splitlines()[-1])
    assert sum(c["weight"] > 0 for c in whole["candidates"]) > 1
    for share in (0.1, 0.4, 0.8):  # of the fits of the whole run
        process = run("killed")
        while fits("killed") < share * fits("whole") and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert 0 < fits("killed") < fits("whole")
    again = json.loads(run("killed").communicate()[0].splitlines()[-1])
    assert (again["budget"]["cut"], again["bundle_hash"]) == (None, whole["bundle_hash"])
