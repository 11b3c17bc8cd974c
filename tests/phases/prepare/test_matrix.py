from dataclasses import replace

import numpy as np
import polars as pl

from ownproof.core.encoder import Encoder
from ownproof.phases.prepare import characters, prepare
from tests.typed_tables import INPUTS, typed


def reviews(rows=600, *, seed=0):
    rng = np.random.default_rng(seed)
    good = rng.normal(size=80)
    words = rng.integers(0, 80, (rows, 12))
    truth = (good[words].sum(axis=1) > 0).astype(np.int64)
    table = pl.DataFrame({"before": rng.normal(size=rows), "said": [" ".join(f"w{i}" for i in r) for r in words]})
    table = table.with_columns(after=pl.Series(rng.normal(size=rows)), y=pl.Series(np.where(truth, "yes", "no")))
    return replace(typed(table, target="y", kinds={"said": "text"}), truth=truth)


def test_training_rows_get_scores_of_weights_that_have_not_seen_them_and_others_those_of_all():
    data = reviews()
    encoder, (train, again) = prepare(data, [data], INPUTS)
    at = [i for i, f in enumerate(encoder.features) if f.name == "said:*0"]
    rest = [i for i in range(len(encoder.features)) if i not in at]
    assert len(at) == 1
    assert np.array_equal(train.encoded.matrix[:, rest], again.encoded.matrix[:, rest])
    right = [np.mean((x.encoded.matrix[:, at[0]] > 0) == data.truth) for x in (train, again)]
    assert 0.7 < right[0] < right[1]


def test_the_encoder_that_ships_gives_the_same_for_a_row_a_batch_and_from_its_file():
    data = reviews()
    encoder, _ = prepare(data, [], INPUTS)
    frame = data.table(["before", "said", "after"]).head(50)
    read = Encoder.from_json(encoder.to_json(), INPUTS)
    batch, one = encoder.encode(frame), read.one()
    assert np.array_equal(read.encode(frame), batch)
    assert np.array_equal(np.array([one(row) for row in frame.to_dicts()]), batch)


def test_rows_without_truth_are_encoded_all_the_same():
    encoder, (ready,) = prepare(replace(reviews(), truth=None), [], INPUTS)
    assert not any(f.name == "said:*0" for f in encoder.features)
    assert ready.encoded.matrix.shape == (600, len(encoder.features))


def test_the_characters_of_a_row_are_those_of_its_texts():
    data = reviews()
    lengths = data.column("said").str.len_chars()
    assert characters(data, INPUTS) == lengths.mean()
    numbers = typed(pl.DataFrame({"a": [1.5, 2.5], "y": ["b", "c"]}), target="y")
    assert characters(numbers.take(np.array([1])), INPUTS) == 0
