from pathlib import Path

import pytest

from ownproof.learners.linear import LinearLearner
from ownproof.testing.learner import check_learner
from ownproof.testing.samples import table_sample


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_it_keeps_to_the_protocol(kind, tmp_path: Path) -> None:
    check_learner(LinearLearner, table_sample(kind), tmp_path)
