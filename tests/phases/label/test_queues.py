"""Who labels what."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.phases.label.queues import queues, second, sharing

NAMES = [f"item-{i}" for i in range(2000)]


@settings(max_examples=60)
@given(
    count=st.integers(1, 120),
    raters=st.integers(1, 7),
    ratings=st.integers(2, 4),
    overlap=st.floats(0, 1),
    strata=st.integers(1, 5),
)
def test_every_item_is_seen_as_often_as_was_asked_and_the_work_is_even(
    count: int, raters: int, ratings: int, overlap: float, strata: int
) -> None:
    many = min(ratings, raters)
    kinds = [i % strata for i in range(count)]
    made = queues(NAMES[:count], strata=kinds, raters=raters, overlap=overlap, ratings=ratings, seed="1")
    seen = np.bincount(np.concatenate(made.by_rater), minlength=count)
    wanted = math.ceil(overlap * count - 1e-9) if raters > 1 else 0
    assert len(made.double) == wanted
    assert (seen[made.double] == many).all()
    assert seen.sum() == count + wanted * (many - 1)
    for own in made.by_rater:
        assert len(set(own.tolist())) == len(own)
    loads = [len(q) for q in made.by_rater]
    if wanted < count:  # single items even out what teams cannot
        assert max(loads) - min(loads) <= max(1, max(np.diag(sharing_of(made))) - min(np.diag(sharing_of(made))))


def sharing_of(made):  # type: ignore[no-untyped-def]
    return np.array(sharing(made))


def test_every_pair_of_raters_shares_as_much_as_any_other() -> None:
    made = queues(NAMES[:1000], strata=None, raters=5, overlap=0.1, ratings=2, seed="1")
    shared = sharing_of(made)
    pairs = shared[np.triu_indices(5, 1)]
    assert pairs.tolist() == [10] * 10
    assert np.diag(shared).tolist() == [220] * 5


def test_the_overlap_is_spread_over_the_strata_in_proportion() -> None:
    kinds = [0] * 700 + [1] * 200 + [2] * 100
    made = queues(NAMES[:1000], strata=kinds, raters=3, overlap=0.1, ratings=2, seed="1")
    assert np.bincount(np.array(kinds)[made.double]).tolist() == [70, 20, 10]


def test_double_items_lie_anywhere_in_a_queue() -> None:
    made = queues(NAMES, strata=None, raters=3, overlap=0.1, ratings=2, seed="1")
    for own in made.by_rater:
        places = np.flatnonzero(np.isin(own, made.double)) / len(own)
        # a uniform spread: mean 1/2 with a standard error of 0.29 / sqrt(133) = 0.025
        assert abs(places.mean() - 0.5) < 0.1
        assert np.histogram(places, bins=4, range=(0, 1))[0].min() > 15


def test_two_raters_of_one_item_meet_it_at_different_places() -> None:
    made = queues(NAMES[:500], strata=None, raters=2, overlap=1.0, ratings=2, seed="1")
    first, second = (q.tolist() for q in made.by_rater)
    assert sorted(first) == sorted(second)
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 10


def test_the_queues_depend_on_the_items_and_not_on_their_order() -> None:
    def named(ids: list[str]) -> list[list[str]]:
        made = queues(ids, strata=None, raters=3, overlap=0.2, ratings=2, seed="1")
        return [[ids[i] for i in own.tolist()] for own in made.by_rater]

    assert named(NAMES[:60]) == named(NAMES[:60][::-1])
    other = queues(NAMES[:60], strata=None, raters=3, overlap=0.2, ratings=2, seed="2")
    assert [[NAMES[i] for i in own.tolist()] for own in other.by_rater] != named(NAMES[:60])


def test_sixty_raters_are_no_trouble() -> None:
    made = queues(NAMES, strata=None, raters=60, overlap=0.3, ratings=4, seed="1")
    loads = [len(q) for q in made.by_rater]
    assert max(loads) - min(loads) <= 1


@settings(max_examples=60)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=80), st.integers(2, 5))
def test_a_second_rater_is_never_the_first_and_has_no_more_to_do_than_must_be(first: list[int], raters: int) -> None:
    made = second(NAMES[: len(first)], np.array(first), raters=raters, seed="1")
    assert sorted(np.concatenate(made.by_rater).tolist()) == list(range(len(first)))
    for rater, own in enumerate(made.by_rater):
        assert all(first[i] != rater for i in own)


def test_second_ratings_of_even_work_are_even() -> None:
    made = second(NAMES[:90], np.arange(90) % 3, raters=3, seed="1")
    assert [len(q) for q in made.by_rater] == [30, 30, 30]
