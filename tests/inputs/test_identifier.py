import uuid

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.inputs.identifier import IdentifierInput, called_so
from ownproof.testing.input import check_input

KIND = IdentifierInput()


def sure(name, cells):
    return KIND.recognise(pl.Series(name, cells)).confidence


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "ID",
        "customer_id",
        "customerId",
        "CustomerID",
        "customerid",
        "order_no",
        "uuid",
        "row",
        "Unnamed: 0",
        "passport number",
        "index",
        "PassengerId",
    ],
)
def test_names_that_say_identifier(name):
    assert called_so(name)


@pytest.mark.parametrize(
    "name",
    [
        "paid",
        "valid",
        "humid",
        "age",
        "number of rooms",
        "number",
        "code",
        "key takeaway text 1",
        "price index",
        "nobody",
    ],
)
def test_names_that_do_not(name):
    assert called_so(name) == (name == "key takeaway text 1")


def test_whole_numbers_need_a_name_or_a_shape():
    scattered = [(n * 7919) % 100_003 + 500 for n in range(300)]
    assert sure("customer_id", scattered) > 0.9
    assert sure("salary", scattered) < 0.5
    assert sure("anything", list(range(5000, 5300))) > 0.9
    assert sure("anything", [f"{n:03d}" for n in range(300)]) > 0.9
    assert sure("anything", [4_000_000_000 + n * 7919 for n in range(300)]) > 0.9
    assert sure("year", list(range(1900, 2020))) == 0
    assert sure("ts", [1_600_000_000 + n * 60 for n in range(300)]) < 0.5
    assert sure("ts", [1_600_000_000_000 + n * 60_000 for n in range(300)]) < 0.5


def test_fractions_are_never_identifiers_and_whole_floats_may_be():
    assert sure("id", [n + 0.5 for n in range(100)]) == 0
    assert sure("id", [float(n * 3) for n in range(100)]) > 0.9
    assert sure("x", [f"{n}.25" for n in range(100)]) == 0


def test_texts_that_all_differ():
    assert sure("x", [str(uuid.UUID(int=n * 2**90 + n)) for n in range(50)]) == 0.97
    assert sure("x", [f"u-{n * 37}" for n in range(50)]) == 0.85
    assert sure("x", [f"u-{n % 49}" for n in range(50)]) == 0
    assert sure("x", ["p", "q", "r"]) == 0.2
    assert sure("id", ["p", "q", "r"]) > 0.9
    assert sure("review", [f"this is a long text about thing number {n}" for n in range(50)]) < 0.5


def test_a_column_with_gaps_or_repeats_is_an_identifier_only_by_name():
    assert sure("x", [*range(100), None]) == 0
    assert sure("id", [*range(100), 5, 6]) > 0.9
    assert sure("shop_id", [1, 2, 3] * 50) == 0


def test_the_profile_keeps_no_names_and_repeats_are_drift():
    reference, now = (KIND.profile(pl.Series(cells)) for cells in (["a", "b", None], ["a", "a", "c"]))
    assert (reference.levels, reference.distinct, reference.missing) == ((), 2, 1)
    assert KIND.drift(reference, now).level == "warn"


@given(
    st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62)), min_size=1, max_size=30),
    st.lists(
        st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=8)), min_size=1, max_size=30
    ),
)
@settings(max_examples=60, deadline=None)
def test_any_column_keeps_the_contract(numbers, texts):
    check_input(IdentifierInput, pl.Series("id", numbers, dtype=pl.Int64))
    check_input(IdentifierInput, pl.Series("id", texts, dtype=pl.String))
    check_input(IdentifierInput, pl.Series("id", [float(n) if n else None for n in numbers], dtype=pl.Float64))


def test_bytes_are_named_by_their_digits():
    check_input(IdentifierInput, pl.Series("x", [b"\xff\x00", b"", None]))
