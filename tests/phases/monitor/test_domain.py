"""A classifier between old and new rows: it finds what changed together, and nothing where nothing did."""

import numpy as np

from ownproof.phases.monitor.domain import section, told_apart


def cells(rows, seed, strength):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(3, rows))
    z[1] = strength * z[0] + np.sqrt(1 - strength**2) * z[1]
    return np.floor(4 * z).T.astype(np.float32)


def test_rows_of_one_source_cannot_be_told_apart():
    found = told_apart(cells(600, 0, 0.7), cells(500, 1, 0.7), ["a", "b", "c"], seed=0)
    assert 0.43 < found.low < found.auc < found.high < 0.57


def test_a_change_between_two_columns_names_both():
    found = told_apart(cells(1500, 0, 0.95), cells(1500, 1, -0.95), ["a", "b", "c"], seed=0)
    assert found.auc > 0.7
    assert {n for n, _ in found.views[:2]} == {"a", "b"}
    assert len(section(found).blocks) == 2


def test_a_few_rows_are_not_looked_at():
    assert told_apart(cells(20, 0, 0.5), cells(500, 1, 0.5), ["a", "b", "c"], seed=0) is None
