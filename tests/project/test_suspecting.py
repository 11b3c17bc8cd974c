"""`label suspects`: labels that two learners contradict, in a table that nobody trained on before."""

import json

import numpy as np
import polars as pl
import pytest

from ownproof.cli.main import main
from ownproof.project.ledger import Ledger
from ownproof.project.suspecting import suspects
from tests.tables import loans

GOOD = ["lovely", "warm", "sturdy", "bright", "honest", "quick", "smooth", "generous"]
BAD = ["broken", "dirty", "slow", "rude", "torn", "missing", "late", "noisy"]
PLAIN = [
    "the",
    "parcel",
    "came",
    "on",
    "monday",
    "with",
    "a",
    "box",
    "and",
    "two",
    "more",
    "things",
    "inside",
    "of",
    "it",
]


def planted(frame, target, flips, *, seed=0):
    """The table with some of its two labels turned round, and the rows (from 1) where they were."""
    rows = np.random.default_rng(seed).choice(frame.height, flips, replace=False)
    values = frame[target].to_list()
    names = sorted(set(values))
    for row in rows:
        values[row] = names[1 - names.index(values[row])]
    return frame.with_columns(pl.Series(target, values)), {int(r) + 1 for r in rows}


def written(frame, folder):
    path = folder / "table.csv"
    frame.write_csv(path)
    return str(path)


def reviews(rows=220, *, seed=0):
    rng = np.random.default_rng(seed)
    label = rng.random(rows) < 0.5
    texts = [
        " ".join([*rng.choice(PLAIN, 6), *rng.choice(GOOD if good else BAD, 3), *rng.choice(PLAIN, 4)])
        for good in label
    ]
    return pl.DataFrame({"review": texts, "kind": np.where(label, "praise", "complaint")})


@pytest.mark.parametrize(
    ("frame", "target", "learners"),
    [
        pytest.param(reviews(), "kind", ("linear",), id="texts"),
        pytest.param(loans(500, signal=6.0), "bad", ("linear", "lightgbm"), id="a table", marks=pytest.mark.slow),
    ],
)
def test_turned_labels_stand_first(frame, target, learners, tmp_path):
    table, turned = planted(frame, target, 15)
    answer = suspects(written(table, tmp_path), {"target": target, "learners": learners})
    named = [each["row"] for each in answer["suspects"]]
    assert len(turned & set(named)) >= 10
    assert len(turned & set(named[:10])) >= 7
    first = answer["suspects"][0]
    assert {first["given"], first["likely"]} == set(frame[target].unique())
    assert first["probability"] > 0.5 > first["given_probability"]
    assert sorted(answer["learners"]) == sorted(learners)
    assert ("text" in first) == (target == "kind")


def test_the_file_holds_the_rows_themselves_and_nothing_else_is_written(tmp_path, capsys):
    table, turned = planted(reviews(), "kind", 15)
    (tmp_path / "data").mkdir()
    table.with_row_index("number").write_csv(tmp_path / "data/reviews.csv")
    call = [
        "label",
        "suspects",
        str(tmp_path / "data/reviews.csv"),
        "--target",
        "kind",
        "--id",
        "number",
        "--learners",
        "linear",
    ]
    code = main([*call, "--out", str(tmp_path / "s/out.csv"), "--report", str(tmp_path / "s/page.html"), "--json"])
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert code == answer["exit"] == 0
    found = pl.read_csv(tmp_path / "s/out.csv")
    assert found.columns == ["row", "number", "given", "likely", "probability", "given_probability", "review"]
    assert found["review"].to_list() == [table["review"][r - 1] for r in found["row"]]
    assert found["given"].to_list() == [table["kind"][r - 1] for r in found["row"]]
    assert len(turned & set(found["row"])) >= 12
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["out.csv", "page.html", "reviews.csv"]
    page = (tmp_path / "s/page.html").read_text(encoding="utf-8")
    assert f"{answer['count']:,} of 220 labels of kind contradict" in page
    assert found["review"][0] in page


def test_few_labels_are_not_doubted_and_the_exit_says_so(tmp_path):
    answer = suspects(written(reviews(80), tmp_path), {"target": "kind"})
    assert (answer["exit"], answer["count"], answer["suspects"]) == (3, None, [])
    assert "80 labels are too few" in answer["findings"][0]["evidence"]


def test_in_a_project_the_sealed_rows_are_not_looked_at_and_the_ledger_tells_of_the_search(tmp_path, capsys):
    table, _ = planted(loans(400, signal=6.0), "bad", 15)
    table.write_csv(tmp_path / "loans.csv")
    place = tmp_path / "p"
    assert main(["split", str(tmp_path / "loans.csv"), "--target", "bad", "--out", str(place), "--quiet"]) == 0
    sealed = json.loads(next((place / "store/seal").glob("*/seal.json")).read_text())["sealed_rows"]
    main(["-C", str(place), "label", "suspects", str(tmp_path / "loans.csv"), "--learners", "linear", "--json"])
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert sealed > 0
    assert answer["rows"] == 400 - sealed
    entry = Ledger(place / "ledger.jsonl").entries("label.suspects")[-1]
    assert entry.data["count"] == answer["count"]
