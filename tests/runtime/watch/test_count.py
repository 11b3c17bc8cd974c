"""Rows in a reference's cells: counted at once or in parts, with gaps, infinities and names of every kind."""

import json
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core import registry
from ownproof.core.watch import Counts, Reference, merge
from ownproof.runtime.watch import build, count, count_all

KINDS = {"paid": "number", "town": "category", "when": "moment", "note": "text", "id": "identifier"}


def table(rows, seed=0):
    rng = np.random.default_rng(seed)
    paid = np.where(rng.random(rows) < 0.1, np.nan, np.exp(rng.normal(size=rows)))
    return pl.DataFrame(
        {
            "paid": pl.Series(paid).fill_nan(None),
            "town": pl.Series(rng.choice(["Bern", "Chur", "Thun", None], rows, p=[0.5, 0.3, 0.15, 0.05])),
            "when": pl.Series(rng.integers(0, 10**9, rows) * 10**6).cast(pl.Datetime("us")),
            "note": [" ".join(["word"] * k) for k in rng.integers(1, 9, rows)],
            "id": [f"{k:06d}" for k in range(rows)],
        }
    )


def same(a: Counts, b: Counts):
    def exact(counts):
        said = counts.to_json()
        return {**said, "tallies": {n: {**t, "sums": None} for n, t in said["tallies"].items()}}

    assert exact(a) == exact(b)
    for name, tally in a.tallies.items():
        assert tally.sums == pytest.approx(b.tallies[name].sums, rel=1e-9, abs=1e-9)


@pytest.fixture(scope="module")
def reference():
    return build(table(3000), KINDS)


def test_every_row_is_in_one_cell_or_missing(reference):
    now = table(500, seed=1)
    for tally in count(reference, now).tallies.values():
        assert tally.rows == 500
        assert tally.cells.sum() + tally.missing + sum(tally.unseen.values()) + tally.others == 500
    town = count(reference, now).tallies["town"]
    assert town.missing == now["town"].null_count()
    assert {
        "paid",
        "town",
        "when: weekday",
        "when: hour",
        "note: characters",
        "note: unknown words",
        "id: made of",
    } <= set(reference.counts.tallies)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=4))
def test_windows_that_are_counted_apart_add_up_to_the_whole(reference, sizes):
    rows = table(sum(sizes), seed=2)
    starts = np.cumsum([0, *sizes])[:-1]
    parts = [count(reference, rows.slice(int(a), n)) for a, n in zip(starts, sizes, strict=True)]
    same(merge(parts), count(reference, rows))


def test_a_table_counted_in_batches_is_counted_the_same(reference):
    rows = table(1000, seed=3)
    same(count_all(reference, rows.lazy()), count(reference, rows))


def test_counts_and_reference_survive_json(reference):
    text = json.dumps(reference.to_json(), allow_nan=False)
    again = Reference.from_json(json.loads(text))
    assert again.mark == reference.mark
    same(again.counts, reference.counts)
    now = count(again, table(50, seed=4))
    same(Counts.from_json(json.loads(json.dumps(now.to_json(), allow_nan=False))), now)


def test_windows_of_another_reference_do_not_add_up(reference):
    other = build(table(100, seed=9), KINDS)
    with pytest.raises(ValueError, match="one reference"):
        merge([reference.counts, other.counts])


def test_infinity_and_what_lies_beyond_the_reference_have_cells_of_their_own(reference):
    odd = pl.DataFrame({"paid": [math.inf, -math.inf, 1e300, -5.0, None]})
    tally = count(reference, odd).tallies["paid"]
    assert tally.cells[[0, 1, -2, -1]].tolist() == [1, 1, 1, 1]
    assert (tally.missing, tally.low, tally.high) == (1, -5.0, 1e300)


def test_unseen_levels_are_kept_by_name(reference):
    tally = count(reference, pl.DataFrame({"town": ["Bern", "Biel", "Biel", None]})).tallies["town"]
    assert (dict(tally.unseen), tally.missing, int(tally.cells.sum())) == ({"Biel": 2}, 1, 1)


def test_a_column_of_very_many_levels_is_watched_by_hashes(reference):
    names = pl.DataFrame({"town": [f"t{k}" for k in range(5000)] + ["Bern"] * 500})
    view = build(names, {"town": "category"}).columns[0].views[0]
    assert (view.levels, view.buckets > 0) == (("Bern",), True)


def test_sums_of_products_are_exact(reference):
    now, names = count(reference, table(400, seed=5)), reference.pairs.views
    paid = names.index("paid")
    scores, cells = np.array(reference.pairs.scores[paid]), now.tallies["paid"].cells
    assert now.crossed[paid, paid] == (scores**2 * cells).sum()


def test_texts_read_level_by_level_count_like_texts_read_row_by_row(reference):
    stored = {"cells": "text", "missing": ["", "n/a"]}
    raw = pl.DataFrame(
        {"town": [" Bern", "Bern", "n/a", "Biel ", "", None, "Chur"], "id": [" a", "bb", "", "c", "d", "e", "f"]}
    )
    inputs = {n: registry.inputs()[n] for n in ("category", "identifier", "number", "moment", "text")}
    typed = raw.select(inputs["category"].cast(pl.col("town"), stored), inputs["identifier"].cast(pl.col("id"), stored))
    late = count(reference, raw, raw={"town": stored, "id": stored}, inputs=inputs)
    same(late, count(reference, typed, inputs=inputs))
    assert (late.tallies["town"].missing, dict(late.tallies["town"].unseen)) == (3, {"Biel": 1})
