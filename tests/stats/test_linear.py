from __future__ import annotations

import json

import numpy as np
import pytest

from ownproof.stats.linear import Expansion, Linear, linked


def small() -> Expansion:
    return Expansion.of(
        3,
        numeric=[0, 2],
        mean=[1.0, 10.0],
        sd=[2.0, 5.0],
        indicated=[True, False],
        squared=[False, True],
        clip=2.0,
        categorical=[1],
        levels=[2],
    )


def test_columns_are_standardised_squares_gaps_then_codes() -> None:
    rows = np.array([[3, 0, 20], [np.nan, 1, np.nan], [99, np.nan, -99], [1, 2, 10], [1, -1, 10]], np.float32)
    assert small().apply(rows).tolist() == [
        [1, 2, 4, 0, 1, 0, 0],
        [0, 0, 0, 1, 0, 1, 0],
        [2, -2, 4, 0, 0, 0, 1],
        [0, 0, 0, 0, 0, 0, 1],  # a code beyond the levels counts as missing
        [0, 0, 0, 0, 0, 0, 1],
    ]


def test_scores_are_those_of_the_written_out_columns() -> None:
    rng = np.random.default_rng(1)
    e = small()
    model = Linear(e, "softmax", rng.normal(size=3), rng.normal(size=(e.columns, 3)))
    x = rng.normal(size=(50, 3)).astype(np.float32) * 5
    x[:, 1] = rng.integers(0, 3, 50)
    x[rng.random(x.shape) < 0.2] = np.nan
    assert model.raw(x) == pytest.approx(e.apply(x) @ model.weights + model.bias)
    assert model.answer(x).sum(axis=1) == pytest.approx(np.ones(50))


def test_a_row_s_answer_does_not_depend_on_the_rows_beside_it() -> None:
    rng = np.random.default_rng(2)
    e = Expansion.of(40, numeric=range(40), mean=np.zeros(40), sd=np.ones(40))
    model = Linear(e, "sigmoid", rng.normal(size=1), rng.normal(size=(e.columns, 1)))
    x = rng.normal(size=(64, 40)).astype(np.float32)
    assert all((model.answer(x[i : i + 1])[0] == row).all() for i, row in enumerate(model.answer(x)))


def test_links_stay_finite_far_out() -> None:
    far = np.array([[-1e4], [1e4]])
    assert linked(far, "sigmoid").tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert linked(np.array([[-1e4, 1e4]]), "softmax").tolist() == [[0.0, 1.0]]
    assert linked(np.array([[np.log(3.0)]]), "log") == pytest.approx([3.0])


def test_json_and_arrays_carry_the_model_over() -> None:
    e = small()
    model = Linear(e, "identity", np.array([0.5]), np.arange(e.columns, dtype=float)[:, None])
    again = Linear.from_json(json.loads(json.dumps(model.to_json())), model.arrays())
    x = np.array([[1, 0, 2], [np.nan, np.nan, 7]], np.float32)
    assert (again.answer(x) == model.answer(x)).all()
    endless = Linear(Expansion.of(1, numeric=[0], mean=[0], sd=[1]), "sigmoid", np.zeros(1), np.ones((2, 1)))
    assert Linear.from_json(json.loads(json.dumps(endless.to_json())), endless.arrays()).expansion.clip == np.inf


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"numeric": [0], "mean": [0], "sd": [0]}, "above 0"),
        ({"numeric": [0], "mean": [np.nan], "sd": [1]}, "finite"),
        ({"numeric": [3], "mean": [0], "sd": [1]}, "outside a matrix of 3"),
        ({"numeric": [0], "mean": [0, 1], "sd": [1]}, "differ in length"),
        ({"categorical": [0], "levels": [-1]}, "below 0"),
        ({"clip": 0.0}, "clip must be above 0"),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Expansion.of(3, **parts)


def test_weights_that_do_not_fit_are_refused() -> None:
    e = small()
    with pytest.raises(ValueError, match="do not fit 7 columns"):
        Linear(e, "identity", np.zeros(1), np.zeros((6, 1)))
    with pytest.raises(ValueError, match="softmax does not go with 1"):
        Linear(e, "softmax", np.zeros(1), np.zeros((7, 1)))
    with pytest.raises(ValueError, match="not finite"):
        Linear(e, "identity", np.zeros(1), np.full((7, 1), np.nan))
    with pytest.raises(ValueError, match=r"is not \(n, 3\)"):
        Linear(e, "identity", np.zeros(1), np.zeros((7, 1))).answer(np.zeros((1, 2), np.float32))
