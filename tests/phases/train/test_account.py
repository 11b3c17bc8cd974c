from ownproof.core.learner import Candidate
from ownproof.phases.train.account import CAUTION, UNTRIED, Account, Item


def item(learner: str, seconds: float) -> Item:
    return Item(Candidate(learner), seconds)


def test_before_anything_was_tried_the_estimate_counts() -> None:
    account = Account(room_s=10.0)
    assert account.fits(item("a", 10.0))
    assert not account.fits(item("a", 10.1))
    assert not account.fits(item("a", 4.0), times=3)


def test_fits_that_stopped_early_make_room_for_the_next() -> None:
    account = Account(room_s=10.0)
    account.note(item("a", 8.0), 2.0, told=True)
    assert account.spent_s == 2.0
    assert account.expected(item("a", 8.0)) == 8.0 * 0.25 * CAUTION
    assert account.fits(item("a", 20.0))


def test_a_recipe_that_was_not_tried_may_go_on_where_another_one_stopped() -> None:
    account = Account(room_s=10.0)
    account.note(item("a", 8.0), 2.0, told=True)
    other = Item(Candidate("a", {"name": "weak trees"}), 8.0)
    assert account.expected(other) == 8.0 * UNTRIED
    account.note(other, 12.0, told=True)
    assert account.expected(other) == 8.0 * 1.5 * CAUTION


def test_a_learner_that_was_not_tried_yet_goes_at_the_slowest_pace_of_the_others() -> None:
    account = Account(room_s=100.0)
    account.note(item("a", 10.0), 2.0, told=True)
    account.note(item("b", 10.0), 5.0, told=True)
    assert account.expected(item("c", 10.0)) == 10.0 * 0.5 * CAUTION
    assert account.expected(item("a", 10.0)) == 10.0 * 0.2 * CAUTION


def test_a_learner_that_took_longer_than_estimated_makes_no_other_one_dearer() -> None:
    account = Account(room_s=100.0)
    account.note(item("a", 10.0), 14.0, told=True)
    assert account.expected(item("b", 10.0)) == 10.0
    assert account.expected(item("a", 10.0)) == 10.0 * 1.4 * CAUTION


def test_a_learner_that_cannot_stop_early_tells_nothing_about_others() -> None:
    account = Account(room_s=100.0)
    account.note(item("linear", 3.0), 3.0, told=False)
    assert account.expected(item("a", 10.0)) == 10.0


def test_what_could_reach_beyond_the_limit_is_not_begun_whatever_is_expected_of_it() -> None:
    account = Account(room_s=10.0, limit_s=12.0, spent_s=5.0)
    assert account.fits(Item(Candidate("a"), 4.0, most_s=7.0))
    assert not account.fits(Item(Candidate("a"), 4.0, most_s=7.1))
