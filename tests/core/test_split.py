import numpy as np

from ownproof.core.split import Fold, Split


def split(kind, intervals=None):
    folds = (Fold(np.arange(2), np.array([4, 2])), Fold(np.arange(5), np.array([5, 7])))
    return Split(kind, "", np.arange(8), np.array([8]), folds, np.arange(9), intervals=intervals or {})


def test_rows_know_the_forward_window_that_held_them_out():
    assert split("temporal").answered.tolist() == [2, 4, 5, 7]
    assert split("temporal").windows.tolist() == [0, 0, 1, 1]
    assert split("supplied", {"train": ("2024", "2025")}).windows.tolist() == [0, 0, 1, 1]


def test_folds_without_an_order_are_one_window():
    assert split("stratified").windows.tolist() == [0, 0, 0, 0]
    assert split("supplied").windows.tolist() == [0, 0, 0, 0]
