import numpy as np
import pytest

from ownproof.testing.samples import table_sample


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_a_sample_is_the_same_each_time_and_has_gaps(kind) -> None:
    one, two = table_sample(kind), table_sample(kind)
    assert np.array_equal(one.train.encoded.matrix, two.train.encoded.matrix, equal_nan=True)
    assert np.array_equal(one.validation.truth, two.validation.truth)
    assert np.isnan(one.train.encoded.matrix).any(axis=0).tolist() == [False, False, True, False, True, False]
    assert one.train.table(["y"])["y"].to_list() == one.train.truth.tolist()


def test_the_last_of_four_classes_is_rare_but_there() -> None:
    sample = table_sample("multiclass")
    shares = np.bincount(sample.train.truth, minlength=4) / len(sample.train)
    assert 0 < shares[3] < 0.08
    assert shares[:3].min() > 0.2
