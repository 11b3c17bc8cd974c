"""Errors stay under 2 kB whatever was wrong, and hold nothing long that was sent."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.runtime.rest.problem import Fault, body, reason, shown

texts = st.sampled_from(["", "a", "é" * 300, '\n"\\' * 60, "x" * 150, "\ud800", "\x00" * 90])


@settings(max_examples=60)
@given(st.lists(st.tuples(texts, texts), max_size=30), texts)
def test_a_body_is_small_json_whatever_it_tells_of(told, request_id):
    faults = [Fault(shown(a), reason(b, None)) for a, b in told]
    raw = body(
        422, f"{len(faults)} problems in the request", faults, request=request_id.encode("utf-8", "replace").decode()
    )
    data = json.loads(raw)
    assert len(raw) < 2000
    assert len(data.get("errors", ())) + data.get("more", 0) == len(faults)
    assert len(data.get("errors", ())) <= 20


def test_a_long_cell_is_not_repeated_by_a_reason():
    cell = "secret" * 50
    assert reason(f"{cell} cannot be read", cell) == "it cannot be read"
    assert reason(f"not a date: {cell!r}", cell) == "it cannot be read"
    assert reason("not a date: '7'", "7") == "not a date: '7'"
