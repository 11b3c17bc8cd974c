from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ownproof.learners.parts import onnx_linear
from ownproof.scorers.onnx import OnnxScorer
from ownproof.stats.linear import Expansion, Linear
from tests.rough_tables import LEVELS, NUMBERS, matrix

LINKS = {"sigmoid": 1, "softmax": 4, "identity": 1, "log": 1}
PARTS = {
    "all": {"squared": [True, False, True, False, False], "indicated": [True, True, False, False, True], "clip": 1.5},
    "plain": {"squared": None, "indicated": [False] * NUMBERS, "clip": np.inf},
}


def model(link: str, *, numbers: bool = True, codes: bool = True, parts: str = "all") -> Linear:
    rng = np.random.default_rng(1)
    numeric = {
        "numeric": range(NUMBERS),
        "mean": rng.normal(size=NUMBERS),
        "sd": 0.5 + rng.random(NUMBERS),
        **PARTS[parts],
    }
    categorical = {"categorical": range(NUMBERS, NUMBERS + len(LEVELS)), "levels": [n - 1 for n in LEVELS]}
    e = Expansion.of(NUMBERS + len(LEVELS), **(numeric if numbers else {}), **(categorical if codes else {}))
    k = LINKS[link]
    return Linear(e, link, rng.normal(size=k), rng.normal(size=(e.columns, k)) / 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [{}, {"parts": "plain"}, {"numbers": False}, {"codes": False}])
@pytest.mark.parametrize("link", LINKS)
def test_the_graph_answers_as_the_model_does(link: str, shape: dict[str, bool], tmp_path: Path) -> None:
    linear = model(link, **shape)
    x = matrix(2, 300)
    x[0], x[1, NUMBERS:], x[2, NUMBERS:], x[3] = np.nan, 5000, -1, 50
    (tmp_path / "model.onnx").write_bytes(onnx_linear.write(linear))
    answers, expected = OnnxScorer.load(tmp_path).score(x), linear.answer(x)
    assert answers.shape == expected.shape
    np.testing.assert_allclose(answers, expected, rtol=1e-11, atol=1e-15)


def test_the_same_model_gives_the_same_bytes() -> None:
    assert onnx_linear.write(model("softmax")) == onnx_linear.write(model("softmax"))


def test_a_model_without_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="is a constant"):
        onnx_linear.write(Linear(Expansion.of(1), "identity", np.zeros(1), np.zeros((0, 1))))
