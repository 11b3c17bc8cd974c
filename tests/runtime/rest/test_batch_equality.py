"""What a server answers, a batch answers, to the last bit; ONNX within a millionth."""

from __future__ import annotations

import polars as pl
import pytest

import ownproof


@pytest.fixture(scope="module")
def frame(done):
    table = pl.read_csv(done[0] / "d.csv").drop("bad").head(300)
    words = [n for n, t in table.schema.items() if t == pl.String]
    strange = table.head(20).with_columns(pl.lit("never met").alias(words[0]))
    gaps = table.slice(20, 20).with_columns(pl.lit(None, dtype=table.schema[n]).alias(n) for n in table.columns[:3])
    return pl.concat([table, strange, gaps])


def test_rows_over_http_are_answered_as_in_a_batch(local, bundle, frame):
    here = local()
    names = {f.name for f in here.service.model.fields}
    rows = frame.select(n for n in frame.columns if n in names).to_dicts()
    told = here.ask("/v1/predict", {"rows": rows}).json["predictions"]
    alone = [here.ask("/v1/predict", {"inputs": row}).json for row in rows[:50]]
    batch = ownproof.load(bundle).predict(frame)
    assert [t["prediction"] for t in told] == batch["prediction"].to_list()
    assert [";".join(t["flags"]) for t in told] == batch["flags"].to_list()
    for name in told[0]["probabilities"]:
        exact = batch[f"probability_{name}"].to_list()
        assert [t["probabilities"][name] for t in told] == exact
        assert [a["probabilities"][name] for a in alone] == exact[:50]


def test_the_onnx_file_beside_the_weights_answers_alike(local, frame):
    here = local()
    predictor, reader = here.service.model.predictor, here.service.model.reader
    rows = frame.select(n for n in frame.columns if n in predictor.names).to_dicts()
    told = here.ask("/v1/predict", {"rows": rows}).json["predictions"]
    typed = reader.table(rows).rows
    spare = predictor.spare()
    assert spare is not None
    other = predictor.answers(spare(pl.DataFrame({n: [r[n] for r in typed] for n in predictor.names}, strict=False)))
    assert [o["prediction"] for o in other] == [t["prediction"] for t in told]
    for name in told[0]["probabilities"]:
        far = [abs(o["probabilities"][name] - t["probabilities"][name]) for o, t in zip(other, told, strict=True)]
        assert max(far) < 1e-6
