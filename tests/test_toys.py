"""Kinds of other people pass the contract suites that ours pass."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ownproof.core.dataset import Dataset
from ownproof.core.schema import Column, Schema
from ownproof.core.task import Task
from ownproof.testing.input import check_input
from ownproof.testing.learner import check_learner
from ownproof.testing.samples import Sample
from ownproof.testing.target import check_target

TOYS = Path(__file__).with_name("toys")


@pytest.fixture(autouse=True)
def door(monkeypatch):
    """The folder on the path, as somebody's package would be, in this process only."""
    from ownproof.core import registry

    monkeypatch.syspath_prepend(str(TOYS))
    caches = [v for v in vars(registry).values() if hasattr(v, "cache_clear")]
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()
    for name in [n for n in sys.modules if n.startswith("ownproof_toys")]:
        del sys.modules[name]


@pytest.fixture
def pictures(tmp_path):
    """Names of grey pictures, dark ones and light ones, and which they are."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 2, 120)
    names = []
    for i, kind in enumerate(kinds):
        grey = rng.integers(0, 120, (3, 3)) + 120 * kind
        body = "\n".join(" ".join(map(str, line)) for line in grey)
        names.append(str(tmp_path / f"{i}.pgm"))
        Path(names[-1]).write_text(f"P2\n3 3\n255\n{body}\n")
    return names, kinds.astype(np.int64)


def test_the_image_input(pictures, tmp_path):
    from ownproof_toys.image import ImageInput

    names, _ = pictures
    check_input(ImageInput, pl.Series("picture", [*names[:20], names[0], None]), folder=tmp_path)


def test_the_spans_target():
    from ownproof_toys.spans import SpansTarget

    check_target(SpansTarget, pl.Series("spans", ["0-3:PER", "4-8:LOC;9-12:PER", "-", "0-3:PER"] * 10))


def sample(frame, column, truth, task):
    schema = Schema((column, Column(task.column, "category", "target")))
    whole = Dataset(frame.lazy(), schema, "made up", frame.height, truth=truth)
    order = np.arange(frame.height)
    return Sample(whole.take(order[order % 4 > 0]), whole.take(order[order % 4 == 0]), task)


def test_the_learner_of_pictures(pictures, tmp_path):
    from ownproof_toys.mean_image import MeanImageLearner

    names, kinds = pictures
    task = Task("kind", "label", ("image",), (0, 1), 1, "roc_auc")
    frame = pl.DataFrame({"picture": names, "kind": kinds})
    work = tmp_path / "work"
    work.mkdir()
    check_learner(MeanImageLearner, sample(frame, Column("picture", "image"), kinds, task), work)
