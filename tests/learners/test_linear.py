from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ownproof.core.dataset import Encoded
from ownproof.core.input import Feature
from ownproof.core.learner import Shape
from ownproof.learners import linear
from ownproof.learners.linear import LinearLearner
from ownproof.learners.parts import linear_columns
from ownproof.testing.learner import check_learner
from ownproof.testing.samples import Sample, table_sample


def fit(sample: Sample, params: dict | None = None, *, alone: bool = False, cores: int = 1):
    return LinearLearner().fit(
        sample.train,
        None if alone else sample.validation,
        sample.task,
        params or {},
        workdir=Path(),
        seed=0,
        cores=cores,
        progress=lambda share, text: None,
    )


def with_matrix(sample: Sample, make, features: tuple[Feature, ...]) -> Sample:
    """The sample with a matrix that `make` draws for a number of rows."""

    def changed(rows):
        return replace(rows, encoded=Encoded(make(len(rows)).astype(np.float32), features))

    return replace(sample, train=changed(sample.train), validation=changed(sample.validation))


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_it_keeps_to_the_protocol(kind, tmp_path: Path) -> None:
    check_learner(LinearLearner, table_sample(kind), tmp_path)


def test_the_strength_is_the_one_with_the_lowest_loss_on_validation() -> None:
    sample = table_sample("binary", rows=200)
    best = fit(sample).facts
    losses = {}
    for c in linear._PATH:
        raw = fit(sample, {"C": c}).predict(sample.validation).raw
        losses[c] = -np.log(raw[np.arange(len(raw)), sample.validation.truth]).mean()
    assert best["C"] == min(losses, key=losses.get)
    assert best["loss"] == pytest.approx(min(losses.values()), abs=1e-3)


def test_the_folds_strengths_are_averaged_on_the_log_scale() -> None:
    assert LinearLearner().settle({"squares": False}, [{"C": 0.01}, {"C": 1.0}]) == {
        "squares": False,
        "C": pytest.approx(0.1),
    }
    assert LinearLearner().settle({}, []) == {}


def test_a_known_line_is_found_and_followed_beyond_the_data() -> None:
    sample = table_sample("number", rows=800)
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, 600)
    rows = replace(sample.train, truth=5 + 3 * x, encoded=Encoded(x[:, None].astype(np.float32), (Feature("x", "x"),)))
    model = fit(Sample(rows, sample.validation, sample.task), {"C": 1e6, "squares": False}, alone=True)
    beyond = replace(
        rows.take(np.arange(2)), encoded=Encoded(np.array([[0.0], [1.8]], np.float32), (Feature("x", "x"),))
    )
    assert model.predict(beyond).raw == pytest.approx([5.0, 5 + 3 * 1.8], abs=1e-3)


def test_tails_are_cut_so_that_one_cell_cannot_rule() -> None:
    sample = table_sample("number", rows=400)
    model = fit(sample)
    matrix = sample.validation.encoded.matrix.copy()
    matrix[:, 0] = 1e12
    wild = model.predict(replace(sample.validation, encoded=Encoded(matrix, sample.validation.encoded.features))).raw
    assert np.abs(wild).max() < 1000


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_sparse_and_written_out_columns_give_the_same_answers(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = table_sample(kind)
    dense = fit(sample, {"C": 0.1}).predict(sample.validation).raw
    monkeypatch.setattr(linear_columns, "FULL", 2.0)
    sparse = fit(sample, {"C": 0.1}).predict(sample.validation).raw
    assert np.abs(dense - sparse).max() < 2e-3 * max(1.0, np.abs(dense).max())


def test_parts_that_are_missing_together_share_one_mark() -> None:
    sample, rng = table_sample("binary", rows=200), np.random.default_rng(0)
    gone = rng.random(200) < 0.3

    def make(n: int) -> np.ndarray:
        x = rng.normal(size=(n, 4))
        x[gone[:n], :3] = np.nan
        return x

    parts = with_matrix(sample, make, (*(Feature(f"t:{i}", "t") for i in range(3)), Feature("x", "x")))
    assert fit(parts).linear.expansion.indicated.tolist() == [True, False, False, False]


def test_terms_of_a_text_are_left_to_the_score_that_has_weighed_them() -> None:
    sample, rng = table_sample("binary", rows=200), np.random.default_rng(0)
    features = (Feature("t:word", "t"), Feature("t:*0", "t", learnt=True), Feature("u:word", "u"))
    parts = with_matrix(sample, lambda n: rng.normal(size=(n, 3)), features)
    assert fit(parts).linear.expansion.numeric.tolist() == [1, 2]


def test_many_rows_are_drawn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "_ROWS_MOST", 250)
    monkeypatch.setattr(linear, "_ROWS_FOR_PATH", 100)
    sample = table_sample("binary")
    model = fit(sample)
    assert model.facts["C"] in linear._PATH
    raw = model.predict(sample.validation).raw
    assert np.mean(raw.argmax(axis=1) == sample.validation.truth) > 0.75


def test_a_table_of_constants_gives_the_shares(tmp_path: Path) -> None:
    for kind in ("binary", "multiclass", "number"):
        sample = with_matrix(table_sample(kind), lambda n: np.full((n, 1), 7.0), (Feature("x", "x"),))
        raw = fit(sample).predict(sample.validation).raw
        truth = sample.train.truth
        wanted = truth.mean() if kind == "number" else np.bincount(truth) / len(truth)
        assert raw[0] == pytest.approx(wanted, abs=1e-9)
        folder = tmp_path / kind
        folder.mkdir()
        assert fit(sample).save(folder) == "linear"


def test_squares_help_where_the_middle_differs_from_both_ends() -> None:
    sample = table_sample("number", rows=800)
    x = np.random.default_rng(1).normal(size=800)

    def make(n: int) -> np.ndarray:
        return x[:600, None] if n == 600 else x[600:, None]

    bowl = with_matrix(sample, make, (Feature("x", "x"),))
    bowl = replace(
        bowl, train=replace(bowl.train, truth=x[:600] ** 2), validation=replace(bowl.validation, truth=x[600:] ** 2)
    )
    errors = [
        np.mean((fit(bowl, {"squares": s}).predict(bowl.validation).raw - x[600:] ** 2) ** 2) for s in (True, False)
    ]
    assert errors[0] < 0.05 * errors[1]


def test_a_recipe_without_squares_follows_where_there_are_numbers_to_square() -> None:
    task = table_sample("binary").task
    shapes = (Shape(900, 10, 2, levels=(4, 4)), Shape(900, 2, 2, levels=(4, 4)), Shape(900, 80, 2))
    names = [[p.get("name") for p in LinearLearner().portfolio(task, s)] for s in shapes]
    assert names == [[None, "plain"], [None], [None]]
