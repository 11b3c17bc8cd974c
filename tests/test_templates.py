"""The templates that newcomers copy pass the contract suites. Copy a test with its template."""

from __future__ import annotations

from pathlib import Path

import pytest

from ownproof.testing.learner import check_learner
from ownproof.testing.samples import table_sample
from templates.learner import SmoothedLearner


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_the_learner_template_keeps_the_protocol(kind: str, tmp_path: Path) -> None:
    check_learner(SmoothedLearner, table_sample(kind), tmp_path)


def test_the_learner_template_says_what_it_cannot_serve() -> None:
    sample = table_sample("number")
    assert SmoothedLearner().accepts(sample.train.schema, sample.task) == "it predicts label, not number"
