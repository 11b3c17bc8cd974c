"""What the contract says of seal, prove, run and bundle, seen from outside on small made-up tables."""

import json
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import ownproof
from ownproof.cli.main import main
from tests.tables import loans, prices, sensors

QUICK = ["--trials", "0", "--learners", "linear"]


@pytest.fixture
def unmeasured(monkeypatch):
    """Bundles are not measured in a process of their own, which is most of the time that a small run takes."""
    from ownproof.project import packing

    measured = {"one_row_p50_ms": 0.1, "one_row_p95_ms": 0.2, "rows_per_s": 1e5, "open_s": 0.01, "bytes": 1000}
    monkeypatch.setattr(packing, "measure", lambda *_: measured)
    return measured


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    """A command in this process: its exit code and its JSON answer. The working folder is the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")

    def called(*arguments):
        code = main([str(a) for a in arguments] + ["--json"])
        answer = json.loads(capsys.readouterr().out.splitlines()[-1])
        assert answer["exit"] == code
        return code, answer

    return called


def test_the_seal_depends_on_the_rows_and_not_on_format_folder_order_or_further_columns(call, tmp_path):
    table, other = loans(600), tmp_path / "elsewhere"
    other.mkdir()
    table.write_csv("a.csv")
    table.write_parquet("a.parquet")
    table.sample(fraction=1.0, shuffle=True, seed=3).write_csv(other / "b.csv")
    seals = [
        call("seal", data, "--target", "bad", "--out", f"p{i}")[1]["seal"]
        for i, data in enumerate(("a.csv", "a.parquet", other / "b.csv"))
    ]
    assert len({s["digest"] for s in seals}) == 1
    table.with_columns(extra=pl.int_range(600) % 7).write_csv("wider.csv")
    pl.concat([table, loans(200, seed=1)]).write_csv("longer.csv")
    for data in ("wider.csv", "longer.csv"):
        code, answer = call("seal", data, "--target", "bad", "--out", "p0", "--check")
        assert (code, answer["seal"]["digest"], answer["seal"]["rows"]) == (0, seals[0]["digest"], seals[0]["rows"])
    table.head(450).write_csv("fewer.csv")
    code, answer = call("run", "fewer.csv", "--target", "bad", "--out", "p0", *QUICK)
    assert (code, 'ownproof seal --new "reason"' in answer["error"]["hint"]) == (2, True)


def test_a_new_generation_seals_only_what_was_not_trained_on_and_counts_its_own_openings(call, unmeasured):
    table = loans(700)
    table.write_csv("a.csv")
    base = ["--target", "bad", "--out", "p"]
    _, first = call("run", "a.csv", *base, *QUICK, "--prove")
    assert first["weights"] == "refit on all rows"
    assert call("seal", "a.csv", *base, "--new", "none left")[1]["error"]["code"] == "few-untouched"
    more = pl.concat([table, loans(300, seed=33)])
    more.write_csv("more.csv")
    _, drawn = call("seal", "more.csv", *base, "--new", "rows of March")
    assert (drawn["seal"]["generation"], drawn["seal"]["state"]) == (2, "new")
    _, second = call("run", "more.csv", *base, *QUICK, "--prove")
    assert (second["proof"]["generation"], second["proof"]["openings"], second["evidence"]) == (2, 1, "sealed")
    keys = {kind: [np.load(p) for p in Path("p/store", kind).glob("*/keys.npy")] for kind in ("seal", "trained")}
    held = next(k for k in keys["seal"] if len(k) == second["split"]["sealed"] == drawn["seal"]["units"])
    assert len(keys["trained"]) == 2
    assert not [k for k in keys["trained"] if np.isin(k, held).any()]
    _, again = call("prove", first["run"], "-C", "p")  # proven under generation 1: its verdict stays what it was
    assert (again["bundle"], again["proof"]) == (first["bundle"], first["proof"])


def test_rows_of_a_run_that_went_no_further_than_training_are_not_sealed_later(call, unmeasured):
    table = loans(500)
    table.write_csv("a.csv")
    pl.concat([table, loans(200, seed=33)]).write_csv("more.csv")
    base = ["--target", "bad", "--out", "p"]
    call("seal", "a.csv", *base)
    assert call("train", "more.csv", *base, *QUICK)[0] == 0
    assert call("seal", "more.csv", *base, "--new", "rows of March")[1]["error"]["code"] == "few-untouched"


def test_what_was_proven_counts_for_run_package_and_prove_alike(call, unmeasured):
    loans(700).write_csv("a.csv")
    base = ["a.csv", "--target", "bad", "--out", "p", *QUICK]
    assert call("package", *base)[1]["evidence"] == "out-of-fold"
    _, proof = call("prove", "-C", "p", "--ship", "tested")
    assert (proof["evidence"], proof["weights"], proof["proof"]["openings"]) == ("sealed", "tested", 1)
    for command, more in (("run", []), ("run", ["--prove"]), ("package", [])):
        _, again = call(command, *base, *more)
        assert again == {**proof, "command": command}


def test_the_first_opening_burns_nothing_and_later_ones_are_counted(call, unmeasured):
    loans(600).write_csv("a.csv")
    runs = [call("run", "a.csv", "--target", "bad", "--out", "p", *QUICK, "--seed", i)[1]["run"] for i in range(4)]
    said = [call("prove", run, "--burn", f"idea {i}", "-C", "p") for i, run in enumerate(runs)]
    assert [a["baseline"]["level"] for _, a in said] == [0.96, 0.995, 0.995, 0.995]
    assert ["seal.burnt" in [f["rule"] for f in a["findings"]] for _, a in said] == [False, True, True, True]
    assert (said[3][0], said[3][1]["verdict"], said[3][1]["proof"]["openings"]) == (3, None, 4)


def test_a_refused_run_cannot_be_proven_and_its_test_stays_sealed(call):
    loans(1500, signal=0.0).write_csv("a.csv")
    base = ["run", "a.csv", "--target", "bad", "--out", "p", "--worthwhile", "0.2", *QUICK]
    code, answer = call(*base, "--prove")
    assert (code, answer["verdict"], answer["proof"]["openings"], answer["bundle"]) == (4, "NOT BETTER", 0, None)
    code, answer = call("prove", "-C", "p")
    assert (code, answer["evidence"], answer["proof"]["openings"], answer["bundle"]) == (4, "out-of-fold", 0, None)


def test_a_project_that_was_moved_answers_as_before(call, unmeasured, tmp_path):
    result = ownproof.run(loans(500).to_pandas(), target="bad", trials=0, learners=["linear"], out="before")
    assert "<" in result._repr_html_()
    (tmp_path / "before").rename(tmp_path / "after")
    _, shown = call("show", "-C", "after")
    assert shown["bundle"] == str(tmp_path / "after" / result.bundle.relative_to(tmp_path / "before"))
    code, proof = call("prove", "-C", "after")
    assert (code in (0, 3), proof["evidence"], proof["run"]) == (True, "sealed", result.answer["run"])
    assert ownproof.load(proof["bundle"]).one(loans(1).drop("bad").row(0, named=True))["prediction"] in ("no", "yes")


def test_a_refit_whose_bundle_misses_a_limit_does_not_ship(call, unmeasured):
    loans(600).write_csv("a.csv")
    assert call("run", "a.csv", "--target", "bad", "--out", "p", "--max-size-mb", "5", *QUICK)[0] == 0
    unmeasured["bytes"] = 9_000_000  # what is packed from now on is too large
    code, proof = call("prove", "-C", "p")
    assert (code, proof["verdict"], proof["weights"]) == (0, "BETTER", "tested")


def test_numbers_are_compared_on_their_own_scale_and_the_bundle_names_no_path_and_no_day(call, tmp_path):
    pytest.importorskip("xgboost")
    table = prices(400)
    table.with_columns(price=table["price"] + 3e7).write_csv("a.csv")
    _, answer = call("run", "a.csv", "--target", "price", "--trials", "0", "--learners", "xgboost")
    gate = next(g for g in answer["gates"] if g["id"] == "package.parity")
    assert (gate["status"], gate["threshold"]) == ("pass", 1e-4)
    with zipfile.ZipFile(answer["bundle"] + ".zip") as archive:
        for name in archive.namelist():
            raw = archive.read(name)
            assert str(tmp_path).encode() not in raw, name
            assert b'"at"' not in raw, name


def test_predictions_in_another_order_are_not_judged_row_by_row(call):
    table = loans(400).with_columns(cid=pl.Series([f"c{i}" for i in range(400)]))
    table.write_csv("a.csv")
    guess = table.select("cid", prediction=pl.when(pl.col("age") < 45).then(pl.lit("yes")).otherwise(pl.lit("no")))
    guess.reverse().write_csv("guess.csv")
    base = ["judge", "a.csv", "--target", "bad", "--predictions", "guess.csv", "--drop", "noise"]
    code, answer = call(*base)
    assert (code, answer["error"]["code"], "--id cid" in answer["error"]["hint"]) == (2, "order", True)
    _, by_id = call(*base, "--id", "cid")
    guess.write_csv("guess.csv")
    _, in_order = call(*base)
    assert by_id["baseline"]["model"] == in_order["baseline"]["model"]


def test_policy_is_overridden_in_the_project_recorded_and_kept_within_bounds(call):
    loans(400).write_csv("a.csv")
    call("init", "p", "--data", "a.csv", "--target", "bad")
    settings = Path("p/project.toml")
    plain = settings.read_text()
    settings.write_text(plain.replace("# worthwhile_share = 0.05", "worthwhile_share = 0.04"))
    assert call("split", "-C", "p")[0] == 0
    _, history = call("history", "-C", "p")
    assert [e["overrides"] for e in history["entries"] if e["event"] == "policy"] == [{"worthwhile_share": 0.04}]
    settings.write_text(plain.replace("# worthwhile_share = 0.05", "sealed_share = 1.5\nrows_least = 2.5\nlevl = 0.9"))
    code, answer = call("split", "-C", "p")
    assert (code, answer["error"]["message"].startswith("3 problems")) == (2, True)


@pytest.mark.parametrize("groups", ["returning", "new"])
def test_with_time_and_group_rows_or_whole_groups_are_sealed(call, groups):
    rng = np.random.default_rng(1)
    table = sensors(800).with_columns(shop=pl.Series([f"s{i}" for i in rng.integers(0, 100, 800)]))
    table.write_parquet("a.parquet")
    base = ["a.parquet", "--target", "alarm", "--time", "at", "--group", "shop", "--groups", groups, "--out", "p"]
    code, answer = call("seal", *base)
    assert (code, answer["seal"]["kind"]) == (0, {"returning": "temporal", "new": "groups"}[groups])
    assert (answer["seal"]["cut"] is None) == (groups == "new")
    assert 0.12 < answer["seal"]["rows"] / 800 < 0.18
    assert call("split", *base)[1]["split"]["kind"] == {"returning": "temporal", "new": "group"}[groups]


def test_from_a_folder_inside_a_project_its_own_data_is_meant(call, tmp_path, monkeypatch):
    loans(400).write_csv("a.csv")
    call("init", "p", "--data", "a.csv", "--target", "bad")
    (tmp_path / "p" / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "p" / "sub")
    _, inside = call("split")
    assert inside["project"] == str(tmp_path / "p")
    _, outside = call("split", "../../a.csv", "--target", "bad", "--out", "own")
    assert outside["project"] == str(tmp_path / "p" / "sub" / "own")
