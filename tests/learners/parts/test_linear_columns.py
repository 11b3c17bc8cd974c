import numpy as np
import pytest
from sklearn.linear_model import Ridge

from ownproof.learners.parts import linear_columns
from ownproof.learners.parts.linear_columns import Columns, ridge
from ownproof.stats.linear import Expansion

RNG = np.random.default_rng(3)


def wide(rows: int = 300) -> tuple[Expansion, np.ndarray]:
    """Two common numbers, one that is mostly 0, and a category of 40 levels."""
    x = RNG.normal(3, 2, (rows, 3))
    x[RNG.random(rows) < 0.9, 2] = 0
    x[RNG.random(rows) < 0.1, 0] = np.nan
    matrix = np.column_stack([x, RNG.integers(0, 41, rows)]).astype(np.float32)
    known = np.ma.masked_invalid(x)
    expansion = Expansion.of(
        4,
        numeric=[0, 1, 2],
        mean=known.mean(axis=0),
        sd=known.std(axis=0),
        clip=5.0,
        squared=[True, False, True],
        indicated=[True, False, False],
        categorical=[3],
        levels=[40],
    )
    return expansion, matrix


def test_few_telling_cells_are_kept_sparse_and_say_the_same() -> None:
    expansion, matrix = wide()
    columns = Columns.of(expansion, matrix)
    assert columns.sparse
    assert columns.cells.toarray() + columns.origin == pytest.approx(expansion.apply(matrix), abs=1e-12)


def test_a_number_that_is_mostly_zero_takes_no_room() -> None:
    expansion, matrix = wide()
    cells = Columns.of(expansion, matrix).cells
    assert cells[:, 2].nnz == np.count_nonzero(matrix[:, 2])  # the standardised 0 is not 0, but told once


def test_full_columns_are_written_out() -> None:
    expansion, matrix = wide()
    narrow = Expansion.of(4, numeric=[0, 1], mean=expansion.mean[:2], sd=expansion.sd[:2])
    columns = Columns.of(narrow, matrix)
    assert not columns.sparse
    assert not columns.origin.any()


@pytest.mark.parametrize("most", [2000, 3])
@pytest.mark.parametrize("full", [2.0, 0.0])
def test_ridge_finds_what_scikit_learn_finds(most: int, full: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_columns, "FULL", full)
    monkeypatch.setattr(linear_columns, "PRODUCTS_UP_TO", most)
    expansion, matrix = wide()
    truth, weight = RNG.normal(size=len(matrix)) + matrix[:, 1], RNG.uniform(0.5, 1.5, len(matrix))
    columns = Columns.of(expansion, matrix)
    assert columns.sparse == (full == 2.0)
    weights, bias = ridge(columns, truth, weight)(7.0)
    other = Ridge(alpha=7.0).fit(expansion.apply(matrix), truth, sample_weight=weight)
    assert weights == pytest.approx(other.coef_, abs=5e-3)
    assert bias - columns.origin @ weights == pytest.approx(other.intercept_, abs=5e-3)
