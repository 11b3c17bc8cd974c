import numpy as np
import pytest

from ownproof.stats.suspects import confident_joint, outliers, suspects


def flipped(seed=0, n=4000, k=3):
    """Clear classes, 6 % of the labels turned, and two learners whose probabilities err apart from each other."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, k, n)
    flip = rng.random(n) < 0.06
    given = np.where(flip, (true + rng.integers(1, k, n)) % k, true)

    def learner():
        z = 2.5 * np.eye(k)[true] + rng.normal(0, 1.0, (n, k))
        raised = np.exp(1.5 * z)
        return raised / raised.sum(axis=1, keepdims=True)

    return given, true, flip, [learner(), learner()]


def test_the_joint_of_the_paper_by_hand():
    # class 0 confidently from 0.6 on (mean of .9, .8, .1), class 1 from 0.725 on (mean of .2, .9, .9, .9)
    proba = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.8, 0.2], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9]])
    counts = confident_joint(np.array([0, 0, 0, 1, 1, 1, 1]), proba)
    assert counts == pytest.approx(np.array([[2.0, 1.0], [1.0, 3.0]]))


def test_planted_flips_are_found_and_the_first_ones_are_surely_wrong():
    given, true, flip, learners = flipped()
    found = suspects(given, learners)
    hit = flip[found.rows]
    assert hit.mean() > 0.7  # precision
    assert hit.sum() / flip.sum() > 0.75  # recall
    assert hit[:50].mean() > 0.95
    assert (found.likely == true[found.rows])[hit].mean() > 0.95
    assert found.share == pytest.approx(flip.mean(), abs=0.06)


def test_two_learners_are_right_more_often_than_one():
    given, _, flip, learners = flipped(seed=1)
    both, alone = suspects(given, learners), suspects(given, learners[:1])
    assert flip[both.rows].mean() > flip[alone.rows].mean()


def test_clear_labels_without_flips_are_hardly_doubted():
    _, true, _, _ = flipped(seed=2)
    sure = np.full((len(true), 3), 0.02) + 0.94 * np.eye(3)[true]
    assert len(suspects(true, [sure]).rows) == 0


def test_a_class_of_a_few_rows_is_nobodys_suspect():
    given = np.array([0] * 50 + [1] * 50 + [2] * 3)
    proba = np.full((103, 3), 0.05)
    proba[np.arange(103), np.minimum(given, 1)] = 0.9
    assert 2 not in given[suspects(given, [proba]).rows]


def test_a_number_is_a_suspect_when_every_learner_finds_it_far_off_on_the_same_side():
    rng = np.random.default_rng(0)
    errors = [rng.normal(size=2000) for _ in range(2)]
    errors[0][[7, 8]], errors[1][[7, 8]] = (30.0, 30.0), (28.0, -28.0)
    errors[0][9] = 30.0  # one learner alone
    rows, times = outliers(errors, [np.ones(2000)] * 2, chance=0.05)
    assert rows.tolist() == [7]
    assert times[0] == pytest.approx(29.0)
