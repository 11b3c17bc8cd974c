"""Every bad input is refused with all that is wrong with it, and nothing of it is echoed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.runtime.predictor import Predictor
from ownproof.runtime.rest.problem import Refused
from ownproof.runtime.rest.request import Reader, parsed
from ownproof.runtime.rest.settings import Settings


@pytest.fixture(scope="module")
def reader(done):
    return Reader(Predictor.open(done[1]["bundle"]), Settings())


@pytest.fixture(scope="module")
def row(reader, done):
    from ownproof.runtime.rest.described import example, fields_of

    return example(fields_of(Predictor.open(done[1]["bundle"]), reader.extras))


def refusal(reader, data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    with pytest.raises(Refused) as seen:
        reader.read(raw)
    return seen.value


def number_of(reader):
    return next(c.name for c in reader.features if c.kind == "number")


def category_of(reader):
    return next(c.name for c in reader.features if c.kind == "category")


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("true", "a number was expected, not true or false"),
        ('"12"', "a number was expected, not a text"),
        ("NaN", "a finite number was expected"),
        ("Infinity", "a finite number was expected"),
        ("-1e999", "a finite number was expected"),
        ("9" * 500, "a finite number was expected"),
        ("[1]", "a number was expected, not list"),
        ('{"a": 1}', "a number was expected, not dict"),
    ],
)
def test_what_is_no_number_is_refused_where_one_belongs(reader, row, cell, why):
    name = number_of(reader)
    raw = json.dumps({"inputs": {**row, name: "HERE"}}).replace('"HERE"', cell).encode()
    told = refusal(reader, raw)
    assert told.status == 422
    assert [(f.field, f.reason) for f in told.faults] == [(name, why)]


def test_a_category_too_long_is_refused_and_not_echoed(reader, row):
    name = category_of(reader)
    told = refusal(reader, {"inputs": {**row, name: "z" * 1025}})
    assert [f.field for f in told.faults] == [name]
    assert "zzz" not in told.faults[0].reason


def test_every_fault_is_told_at_once(reader, row):
    number, category = number_of(reader), category_of(reader)
    bad = {**row, number: "x", category: [1], "agee": 1}
    lacking = next(n for n in row if n not in (number, category))
    del bad[lacking]
    told = refusal(reader, {"inputs": bad})
    assert {f.field for f in told.faults} == {number, category, lacking, "agee"}


def test_a_near_miss_is_named(reader, row):
    name = number_of(reader)
    told = refusal(reader, {"inputs": {**row, name + "s": 1}})
    assert f"did you mean '{name}'?" in told.faults[0].reason


def test_the_target_is_not_asked_for(reader, row):
    told = refusal(reader, {"inputs": {**row, "bad": "yes"}})
    assert told.faults[0].reason == "this is what is predicted; leave it out"


@pytest.mark.parametrize(
    "data",
    [{}, [], 1, None, {"inputs": 3}, {"rows": {}}, {"rows": []}, {"rows": [{}] * 1001}, {"inputs": {}, "rows": []}],
)
def test_what_is_no_request_is_refused(reader, data):
    assert refusal(reader, data).status == 422


def test_a_row_without_its_wrapping_is_told_where_it_belongs(reader, row):
    told = refusal(reader, row)
    assert any('put it into "inputs"' in f.reason for f in told.faults)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe", b'{"a": 1}x', b"[" * 20_000, b'{"a":' * 500 + b"1" + b"}" * 500]
)
def test_what_is_no_json_or_too_deep_is_400(reader, raw):
    assert refusal(reader, raw).status == 400


def test_depth_counts_containers():
    assert parsed(b"[[[]]]", depth=3) == [[[]]]
    with pytest.raises(Refused, match="nested more than 2 levels"):
        parsed(b"[[[]]]", depth=2)


def test_rows_and_one_row_are_read_alike(reader, row):
    one = reader.read(json.dumps({"inputs": row, "id": "mine"}).encode())
    many = reader.read(json.dumps({"rows": [row, row]}).encode())
    assert one.one
    assert not many.one
    assert [*one.rows, *one.rows] == many.rows
    assert list(one.keys) == ["mine"]
    assert list(many.keys) == [None, None]
    assert json.loads(one.sent[0]) == row


def test_the_fast_pass_and_the_slow_one_read_the_same(reader, row):
    slow = reader.row(row)
    fast = reader.read(json.dumps({"inputs": row}).encode())
    assert list(slow.rows) == list(fast.rows)
    assert json.loads(slow.sent[0]) == json.loads(fast.sent[0])


LEAVES = st.none() | st.booleans() | st.floats() | st.sampled_from(["", "yes", "inputs", "\ud800", "x" * 2000])
WORDS = st.sampled_from(["inputs", "rows", "id", "age", "", "\ud800"])


@settings(max_examples=60)
@given(st.recursive(LEAVES, lambda c: st.lists(c, max_size=3) | st.dictionaries(WORDS, c, max_size=3), max_leaves=8))
def test_anything_that_is_json_gets_rows_or_a_refusal(reader, data):
    try:
        status = 200 if reader.read(json.dumps(data).encode()).rows else 0
    except Refused as told:
        status = told.status
    assert status in (200, 400, 422)


@given(st.binary(max_size=200))
def test_any_bytes_get_a_refusal(reader, raw):
    with pytest.raises(Refused):
        reader.read(raw)
