from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ownproof.errors import InputError
from ownproof.scorers.linear import Expansion, Linear, LinearScorer
from ownproof.testing.scorer import check_scorer
from tests.rough_tables import LEVELS, NUMBERS, matrix


def write(folder: Path, link: str, outputs: int, **parts: object) -> Linear:
    rng = np.random.default_rng(1)
    e = Expansion.of(
        NUMBERS + len(LEVELS),
        numeric=range(NUMBERS),
        mean=rng.normal(size=NUMBERS),
        sd=np.ones(NUMBERS),
        **{"categorical": range(NUMBERS, NUMBERS + len(LEVELS)), "levels": LEVELS, **parts},
    )
    model = Linear(e, link, rng.normal(size=outputs), rng.normal(size=(e.columns, outputs)))  # type: ignore[arg-type]
    (folder / "model.json").write_text(json.dumps(model.to_json()))
    np.savez(folder / "weights.npz", **model.arrays())
    return model


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"squared": [True] * NUMBERS, "clip": 2.0},
        {"indicated": [False] * NUMBERS},
        {"categorical": [], "levels": []},
    ],
)
@pytest.mark.parametrize(
    ("link", "outputs"), [("sigmoid", 1), ("softmax", 3), ("softmax", 11), ("identity", 1), ("log", 1)]
)
def test_it_keeps_to_the_protocol_bit_by_bit(link: str, outputs: int, parts: dict[str, object], tmp_path: Path) -> None:
    model = write(tmp_path, link, outputs, **parts)
    x = matrix(2, 120)
    x[0], x[1, NUMBERS:] = np.nan, 4000
    check_scorer(LinearScorer, tmp_path, x)
    assert (LinearScorer.load(tmp_path).score(x) == model.answer(x)).all()


def test_files_that_are_not_a_linear_model_s_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        LinearScorer.load(tmp_path)
    write(tmp_path, "identity", 1)
    np.savez(tmp_path / "weights.npz", bias=np.array([{}], object))
    with pytest.raises(InputError, match="cannot be opened"):
        LinearScorer.load(tmp_path)
    (tmp_path / "weights.npz").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="cannot be opened"):
        LinearScorer.load(tmp_path)
