import krippendorff as reference
import numpy as np
import pytest

from ownproof.stats.agreement.counts import groups
from ownproof.stats.agreement.resample import spread
from ownproof.stats.agreement.spans import Marked, characters, differ, pairs
from ownproof.stats.hashing import mixed

A = ((0, 5, "ORG"), (10, 14, "PER"))
B = ((0, 5, "ORG"), (11, 14, "PER"))


def marked(items, length=0):
    return Marked(tuple(items), np.full(len(items), length))


def alone(items):
    return groups(mixed(np.arange(items, dtype=np.uint64)), np.ones(items, dtype=bool))


def test_alpha_over_characters_is_the_librarys_on_the_characters_written_out():
    draw = np.random.default_rng(0)
    items = []
    for _ in range(30):
        at = draw.choice(np.arange(0, 50, 10), draw.integers(1, 4), replace=False)
        base = [(int(s), int(s + draw.integers(3, 9)), "AB"[int(draw.integers(2))]) for s in at]
        items.append(tuple(tuple(s for s in base if draw.random() < 0.8) for _ in range(3)))
    rows = np.zeros((3, 30 * 60))
    for i, raters in enumerate(items):
        for r, marks in enumerate(raters):
            for start, end, label in marks:
                rows[r, 60 * i + start : 60 * i + end] = 1 + "AB".index(label)
    sums, names = characters(marked(items, 60), alone(30))
    expected = reference.alpha(reliability_data=rows, level_of_measurement="nominal")
    assert sums.point == pytest.approx(expected, abs=1e-12)
    assert set(names) == {"", "A", "B"}
    made = spread(sums, seed=0)
    assert made.low < made.value < made.high


def test_f1_counts_equal_spans_and_overlapping_ones():
    both = marked([(A, B)])
    assert pairs(both, alone(1)).point == pytest.approx(0.5)
    assert pairs(both, alone(1), exact=False).point == pytest.approx(1.0)
    assert pairs(both, alone(1), label="PER").point == pytest.approx(0.0)


def test_nothing_marked_by_anybody_has_no_f1():
    assert np.isnan(pairs(marked([((), ())]), alone(1)).point)


def test_a_character_under_two_spans_has_both_names():
    _, names = characters(marked([(((0, 4, "A"), (2, 6, "B")), ())]), alone(1))
    assert "A + B" in names


@pytest.mark.parametrize(("one", "two", "far"), [(A, A, 0.0), (A, B, 0.5), (A, (), 1.0), ((), (), 0.0)])
def test_how_far_two_raters_spans_are_apart(one, two, far):
    assert differ(one, two) == pytest.approx(far)
