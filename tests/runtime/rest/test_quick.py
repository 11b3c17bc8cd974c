"""The quick walk over a row says what the kinds say, cell by cell."""

from __future__ import annotations

import numpy as np
import pytest

from ownproof.core.cells import as_json
from ownproof.runtime.predictor import Predictor
from ownproof.runtime.rest.quick import Quick

CELLS = (None, 0, -0.0, 1.5, 3e38, 1e39, -7, 2**60, "yes", " yes ", "never met", "", True, 0.1)


@pytest.fixture(scope="module")
def predictor(done):
    return Predictor.open(done[1]["bundle"])


def test_each_cell_is_typed_encoded_and_known_as_its_kind_says(predictor):
    quick = Quick.of(predictor)
    row = {c.name: None for c in predictor.columns}
    tried = 0
    for column in predictor.columns:
        for cell in CELLS * 2:
            cells = {**row, column.name: cell}
            kind = predictor.inputs[column.kind]
            try:
                typed = {**row, column.name: kind.read(cell, as_json(column.details))}
            except ValueError:
                with pytest.raises(ValueError):  # noqa: PT011 - whatever the kind says
                    quick.row(list(cells.values()))
                continue
            values, encoded, unseen = quick.row(list(cells.values()))
            assert values == typed
            assert type(values[column.name]) is type(typed[column.name])
            assert np.array_equal(encoded, predictor.bundle.encoder.one()(typed), equal_nan=True)
            assert unseen == predictor.bundle.encoder.unseen()(typed)
            tried += 1
    assert tried > 20
