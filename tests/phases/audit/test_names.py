"""Names are read word by word, in any spelling."""

import pytest

from ownproof.phases.audit.names import afterwards, drop, listed, names_things, numbers_rows, words_of


@pytest.mark.parametrize(("name", "words"), [
    ("arr_delay", ["arr", "delay"]), ("ArrDelay", ["arr", "delay"]), ("arrDELAY2", ["arr", "delay", "2"]),
    ("HTTPCode", ["http", "code"]), ("größe in cm", ["größe", "in", "cm"]), ("", []), ("#", []),
])  # fmt: skip
def test_words(name, words):
    assert words_of(name) == words


@pytest.mark.parametrize("name", ["id", "customer_id", "rowNumber", "Unnamed: 0", "UUID", "#"])
def test_names_of_numberings(name):
    assert numbers_rows(name)


@pytest.mark.parametrize("name", ["paid", "income", "valid", "width", "number of rooms", "postcode"])
def test_names_of_other_things(name):
    assert not numbers_rows(name)
    assert not names_things(name)


@pytest.mark.parametrize(("name", "target", "word"), [
    ("dep_delay", "late", "delay"), ("discharge_date", "readmitted", "discharge"), ("price_per_m2", "price", "price"),
    ("last_price", "price", ""), ("scheduled_arrival", "late", ""), ("class_size", "class", ""), ("postcode", "y", ""),
    ("left_handed", "y", "left"), ("expected_result", "won", ""), ("grade", "age", ""),
])  # fmt: skip
def test_what_sounds_like_afterwards(name, target, word):
    assert afterwards(name, target) == word


def test_an_option_can_be_pasted_into_a_shell():
    assert drop("a b'c") == "--drop 'a b'\"'\"'c'"


def test_a_list_says_how_many_it_leaves_out():
    assert listed(["a", "b"], 2) == "a, b"
    assert listed([], 2) == ""
