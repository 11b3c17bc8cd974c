"""One JSON line each, and ids that sort by time."""

import hashlib
import json
import uuid

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.runtime.journal.records import Decision, Outcome, Refusal, kept, line, prediction_id


def decision(**more):
    said = {"id": "a", "at": 1.5, "model": "m", "inputs": {"age": 3}, "answer": {"prediction": "yes"}}
    return Decision(**{**said, **more})


def test_a_decision_is_one_line_without_what_was_not_said():
    assert line(decision()) == (b'{"id":"a","at":1.5,"model":"m","inputs":{"age":3},"answer":{"prediction":"yes"}}\n')


def test_a_request_that_came_over_several_lines_is_logged_on_one():
    raw = msgspec.Raw(b'{\r\n "age": 3,\n "note": "a\\nb"}')
    told = line(decision(inputs=raw))
    assert told.count(b"\n") == 1
    assert told.endswith(b"\n")
    assert json.loads(told)["inputs"] == {"age": 3, "note": "a\nb"}


def test_what_is_no_number_becomes_null():
    assert json.loads(line(decision(answer={"prediction": float("nan")})))["answer"] == {"prediction": None}


def test_a_refusal_names_fields_and_reasons():
    refusal = Refusal(at=1.0, model="m", status=422, problems=[{"field": "age", "reason": "is missing"}])
    assert json.loads(line(refusal))["problems"] == [{"field": "age", "reason": "is missing"}]


def test_a_withdrawn_outcome_says_so():
    assert b'"outcome":null' in line(Outcome(at=2.0, known=1.0, outcome=None, id="7"))


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=4))
def test_any_text_fits_on_a_line(row):
    try:
        told = line(decision(inputs=row))
    except ValueError:  # a lone surrogate
        assert any("\ud800" <= c <= "\udfff" for pair in row.items() for c in "".join(pair))
        return
    assert told.count(b"\n") == 1
    assert json.loads(told)["inputs"] == row


# ---------------------------------------------------------------- ids
@given(st.integers(0, 2**62), st.integers(0, 2**64 - 1))
def test_a_prediction_id_is_a_uuid_of_version_seven(ns, random):
    made = uuid.UUID(prediction_id(ns, random))
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == ns // 1_000_000 % 2**48


@given(st.integers(0, 2**60), st.integers(245, 10**9), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_ids_sort_by_time_to_a_quarter_of_a_microsecond(ns, later, one, other):
    assert prediction_id(ns, one) < prediction_id(ns + later, other)


# ---------------------------------------------------------------- what is kept of the inputs
def test_a_small_request_is_logged_as_it_came():
    raw = b'{"age":  3}'
    assert bytes(kept(raw).inputs) == raw


def test_redacted_fields_are_left_out_and_named():
    made = kept(b'{"name": "Ada", "age": 36}', redact=frozenset({"name", "email"}))
    assert json.loads(bytes(made.inputs)) == {"age": 36}
    assert made.redacted == ("name",)


@pytest.mark.parametrize("as_bytes", [True, False])
def test_a_large_cell_goes_by_the_hash_of_its_json(as_bytes):
    row = {"note": "x" * 2000, "age": 3}
    made = kept(json.dumps(row).encode() if as_bytes else row)
    written = b'"' + b"x" * 2000 + b'"'
    digest = hashlib.sha256(written).hexdigest()
    assert json.loads(bytes(made.inputs)) == {"note": {"sha256": digest, "bytes": 2002}, "age": 3}
    assert [(d, bytes(cell)) for d, cell in made.cells] == [(digest, written)]


def test_many_small_cells_stay_as_they_are():
    row = {f"c{i}": i for i in range(500)}
    made = kept(row)
    assert json.loads(bytes(made.inputs)) == row
    assert made.cells == ()


def test_what_is_no_object_is_refused():
    with pytest.raises(ValueError, match="Expected `object`"):
        kept(b"[1, 2" + b", 3" * 500 + b"]")


CELLS = st.one_of(
    st.integers(), st.booleans(), st.none(), st.text(max_size=30), st.lists(st.text(max_size=9), max_size=4),
    st.dictionaries(st.text(max_size=3), st.text(max_size=9), max_size=3),
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=4), CELLS, max_size=6), st.integers(12, 30), st.booleans())
def test_every_cell_that_is_too_large_goes_by_its_hash_and_no_other(row, most, pretty):
    try:
        raw = json.dumps(row, indent=2 if pretty else None, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return
    made = json.loads(bytes(kept(raw, most=most).inputs))
    whole = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    assert made.keys() == row.keys()
    for name, cell in made.items():
        assert cell == row[name] if len(bytes(whole[name])) <= most else cell["bytes"] == len(bytes(whole[name]))
