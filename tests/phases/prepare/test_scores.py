import numpy as np
import polars as pl
import pytest

from ownproof.inputs.text import TextInput
from ownproof.phases.prepare.scores import learn

KIND = TextInput()


def texts(rows, *, seed, words=300):
    rng = np.random.default_rng(seed)
    return [" ".join(f"w{i}" for i in rng.integers(0, words, 20)) for _ in range(rows)]


def learnt(cells, truth, weight=None):
    column = pl.Series("x", cells, dtype=pl.String)
    return learn(KIND, KIND.fit_code(column, {}), column, np.asarray(truth), weight=weight)


def signal(cells, seed=0):
    """What thousands of small signs add up to: half of the words are good, half are bad."""
    good = np.random.default_rng(seed).normal(size=300)
    return np.array([sum(good[int(w[1:])] for w in cell.split()) for cell in cells])


@pytest.fixture(scope="module")
def some():
    cells = texts(1500, seed=0)
    return cells, signal(cells)


def test_words_that_add_up_are_found_on_rows_that_no_weight_has_seen(some):
    cells, said = some
    fitted = learnt(cells[:1000], (said[:1000] > 0).astype(np.int64))
    fresh = KIND.encode(fitted.code, pl.Series(cells[1000:]))[:, -1]
    for scores, truth in ((fitted.scores[:, 0], said[:1000]), (fresh, said[1000:])):
        assert np.mean((scores > 0) == (truth > 0)) > 0.8


def test_a_number_is_foretold_in_its_standard_deviations(some):
    cells, said = some
    fitted = learnt(cells[:1000], 50.0 + 3.0 * said[:1000])
    assert np.corrcoef(fitted.scores[:, 0], said[:1000])[0, 1] > 0.8
    assert 0.3 < fitted.scores.std() < 1.2


def test_every_class_has_a_score(some):
    cells, said = some
    truth = np.digitize(said, np.quantile(said, [0.33, 0.67]))
    fitted = learnt(cells, truth)
    assert fitted.scores.shape == (1500, 3)
    assert np.mean(fitted.scores.argmax(axis=1) == truth) > 0.6
    assert [f.name for f in KIND.features(fitted.code, "t")][-3:] == ["t:*0", "t:*1", "t:*2"]


@pytest.mark.parametrize("seed", range(5))
def test_texts_without_a_word_on_the_outcome_have_no_score_or_one_that_knows_nothing(seed):
    cells = texts(400, seed=seed)
    truth = np.random.default_rng(seed + 100).integers(0, 2, 400)
    fitted = learnt(cells, truth)
    assert fitted is None or abs(np.corrcoef(fitted.scores[:, 0], truth)[0, 1]) < 0.15


def test_a_text_that_comes_twice_does_not_hand_its_own_truth_on():
    """Each text comes four times with one random label: whoever has seen it knows the label of the others."""
    cells = texts(150, seed=3, words=3000)
    labels = np.random.default_rng(4).integers(0, 2, 150)
    fitted = learnt(cells * 4, np.tile(labels, 4))
    assert fitted is None or abs(np.corrcoef(fitted.scores[:, 0], np.tile(labels, 4))[0, 1]) < 0.25


def test_missing_texts_have_no_score_and_do_not_count(some):
    cells, said = some
    holes = [None if i % 3 == 0 else cell for i, cell in enumerate(cells)]
    fitted = learnt(holes, (said > 0).astype(np.int64))
    assert np.array_equal(np.isnan(fitted.scores[:, 0]), np.arange(1500) % 3 == 0)
    assert fitted.code["scores"]["texts"] == 1000


def test_what_cannot_be_learnt_from_gets_no_score(some):
    cells, said = some
    truth = (said > 0).astype(np.int64)
    assert learnt(cells[:30], truth[:30]) is None
    assert learnt(cells, np.zeros(1500, np.int64)) is None
    assert learnt(cells, np.array([{}] * 1500, dtype=object)) is None


def test_a_class_that_a_fold_does_not_know_is_unlikely_there(some):
    cells, said = some
    truth = (said > 0).astype(np.int64)
    truth[7] = 2
    fitted = learnt(cells, truth)
    assert np.isfinite(fitted.scores).all()
    assert fitted.scores[7].argmax() != 2


def test_weights_and_their_scale_do_not_matter_when_all_are_equal(some):
    cells, said = some
    truth = (said > 0).astype(np.int64)
    plain, heavy = learnt(cells, truth), learnt(cells, truth, np.full(1500, 7.0))
    assert plain.code == heavy.code
    assert np.array_equal(plain.scores, heavy.scores)


def test_the_same_rows_give_the_same_weights_twice(some):
    cells, said = some
    first, second = (learnt(cells, said) for _ in range(2))
    assert first.code == second.code
    assert np.array_equal(first.scores, second.scores)
