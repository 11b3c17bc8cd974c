from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ownproof.errors import InputError
from ownproof.scorers.one_feature import OneFeatureScorer
from ownproof.testing.scorer import check_scorer

NUMERIC: dict[str, Any] = {
    "format": "one_feature",
    "classes": None,
    "feature": 1,
    "kind": "numeric",
    "edges": [0.1, 2.0],
    "answers": [1.0, 2.0, 3.0],
    "missing": 9.0,
}
CATEGORICAL: dict[str, Any] = {
    "format": "one_feature",
    "classes": 2,
    "feature": 0,
    "kind": "categorical",
    "edges": [],
    "answers": [[0.9, 0.1], [0.2, 0.8]],
    "missing": [0.5, 0.5],
    "other": [0.4, 0.6],
}


def load(folder: Path, says: Any) -> OneFeatureScorer:
    (folder / "model.json").write_text(json.dumps(says))
    return OneFeatureScorer.load(folder)


@pytest.mark.parametrize("says", [NUMERIC, CATEGORICAL, {**NUMERIC, "edges": [], "answers": [4.0]}])
def test_it_keeps_to_the_protocol(says: dict[str, Any], tmp_path: Path) -> None:
    load(tmp_path, says)
    rng = np.random.default_rng(1)
    batch = np.column_stack([rng.integers(-1, 4, 60), rng.normal(size=60)]).astype(np.float32)
    batch[rng.random(batch.shape) < 0.2] = np.nan
    check_scorer(OneFeatureScorer, tmp_path, batch)


def test_an_edge_belongs_to_the_bin_below_it(tmp_path: Path) -> None:
    tenth = np.float32(0.1)  # a little above 0.1, the edge
    cells = [
        np.nextafter(tenth, np.float32(0)),
        tenth,
        2.0,
        np.nextafter(np.float32(2), np.float32(3)),
        np.nan,
        -np.inf,
        np.inf,
    ]
    batch = np.column_stack([np.zeros(len(cells)), cells]).astype(np.float32)
    assert load(tmp_path, NUMERIC).score(batch).tolist() == [1, 2, 2, 3, 9, 1, 3]


def test_codes_without_an_answer_get_the_one_for_others_or_for_missing(tmp_path: Path) -> None:
    batch = np.array([[0, 0], [1, 0], [2, 0], [-1, 0], [np.nan, 0]], np.float32)
    assert load(tmp_path, CATEGORICAL).score(batch)[:, 1].tolist() == [0.1, 0.8, 0.6, 0.6, 0.5]
    plain = {key: value for key, value in CATEGORICAL.items() if key != "other"}
    assert load(tmp_path, plain).score(batch)[:, 1].tolist() == [0.1, 0.8, 0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "constant"},
        {"kind": "text"},
        {"edges": [2.0, 0.1]},
        {"edges": [1.0]},
        {"classes": 2},
        {"missing": None},
        {"feature": None},
        {"answers": [1.0, float("nan"), 2.0]},
    ],
)
def test_a_table_that_does_not_hang_together_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        load(tmp_path, {**NUMERIC, **changes})
