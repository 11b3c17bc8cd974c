"""A request, a request of many rows and a batch get the same bits, from every member and scorer; ONNX all but."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import ownproof
from tests.tables import grades, loans, prices

CASES = [
    (loans(300), "bad", "catboost"),
    (grades(300), "grade", "xgboost"),
    (prices(300), "price", "catboost"),
    (grades(300), "grade", "lightgbm"),
    (prices(300), "price", "linear"),
    (loans(300), "bad", "random_forest"),
]


def odd(table: pl.DataFrame, target: str) -> pl.DataFrame:
    """Rows with gaps in every column, and levels that training never met."""
    rng, rows = np.random.default_rng(3), table.drop(target)
    made = []
    for name in rows.columns:
        cells = [
            None if gone else c for gone, c in zip(rng.random(rows.height) < 0.1, rows[name].to_list(), strict=True)
        ]
        if rows[name].dtype == pl.String:
            cells = ["Atlantis" if new else c for new, c in zip(rng.random(rows.height) < 0.1, cells, strict=True)]
        made.append(pl.Series(name, cells, dtype=rows[name].dtype))
    return pl.DataFrame(made)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "target", "learners"), CASES, ids=[f"{c[1]}-{c[2]}" for c in CASES])
def test_all_ways_of_asking_give_the_same_answer(call, tmp_path, table, target, learners):
    table.write_csv(tmp_path / "t.csv")
    said = call(
        "run", "t.csv", "--target", target, "--trials", "0", "--rule", "majority", "--learners", learners, "--json"
    )
    assert said.answer["bundle"], said.answer["verdict"]
    model, rows = ownproof.load(said.answer["bundle"]), odd(table, target)
    batch = model.predict(rows)
    shares = [c for c in batch.columns if c.startswith("probability_")] or ["prediction"]
    typed = [model.read(r) for r in rows.to_dicts()]
    one = np.concatenate([model.raw_one(t) for t in typed])
    assert np.array_equal(one, model.raw_rows(typed))
    assert np.array_equal(model.raw_rows(typed[:7]), one[:7])
    for at, row in enumerate(rows.to_dicts()):
        answer, told = model.one(row), batch.row(at, named=True)
        assert answer["prediction"] == told["prediction"]
        assert ";".join(answer["flags"]) == told["flags"]
        if "probabilities" in answer:
            assert list(answer["probabilities"].values()) == [told[c] for c in shares]
    spare = model.spare()
    if spare is not None:
        other = spare(rows.select(model.names).cast({n: pl.Float64 for n in model.names if rows[n].dtype.is_numeric()}))
        scale = 1.0 if one.ndim > 1 else float(np.std(one))
        assert np.abs(other - one).max() <= 1e-6 * scale
        assert [a["prediction"] for a in model.answers(other)] == batch["prediction"].to_list() or one.ndim == 1
