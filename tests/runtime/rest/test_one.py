"""One row's short way says what the long way says."""

from __future__ import annotations

import json
import re

import msgspec
import pytest

from ownproof.runtime.rest.service import Exchange

DIFFER = re.compile(r'("(?:prediction_id|id|at|us)": ?)("[^"]*"|[0-9.e+]+)')


def both(here, body):
    """The answer and the journal's line, ids and times apart: the short way's and the long way's."""
    told = []
    for one in (here.service.model.one, None):
        here.service.model.one, kept = one, here.service.model.one
        exchange = Exchange([(b"x-request-id", b"r7")], here.now, path="/v1/predict", method="POST")
        before = len(here.logged())
        status, content, _ = here.service.answer_at_once(exchange, body)
        here.service.write_decisions()
        here.service.model.one = kept
        lines = here.logged()[before:]
        told.append((status, DIFFER.sub(r"\1", content.decode()), [DIFFER.sub(r"\1", json.dumps(o)) for o in lines]))
    return told


def requests(here):
    example = here.example
    for name in example:
        for cell in (None, 0, -0.0, 1.5, 1e300, "yes", " yes ", "never met", "", True, "naïve \u2028 text"):
            yield {"inputs": {**example, name: cell}}
    yield {"inputs": example, "id": "mine" * 100}
    yield {"rows": [example]}
    yield {"rows": [example] * 3}
    yield {"inputs": example, "what": 1}
    yield {"inputs": dict(list(example.items())[1:])}
    yield {}
    yield []


def test_every_request_gets_the_same_answer_the_same_line_and_the_same_refusal(local):
    here = local()
    assert here.service.model.one is not None
    short = 0
    for request in requests(here):
        body = json.dumps(request).encode()
        one, long = both(here, body)
        assert one == long
        short += here.service.model.one.answer(body) is not None
    assert short > 20  # the short way was really taken


@pytest.mark.parametrize("said", [{"redact": ("age",)}, {"unseen": "abstain", "default": "<=50K"}])
def test_redaction_and_rules_hold_on_the_short_way_too(local, said):
    here = local(**said)
    name = next(f.name for f in here.service.model.fields if f.levels)
    for row in (here.example, {**here.example, name: "never met"}):
        one, long = both(here, msgspec.json.encode({"inputs": row}))
        assert one == long


def test_decisions_held_are_written_together_and_once(local):
    here = local()
    body = json.dumps({"inputs": here.example}).encode()
    ids = []
    for _ in range(5):
        exchange = Exchange([], here.now, path="/v1/predict", method="POST")
        ids.append(json.loads(here.service.answer_at_once(exchange, body)[1])["prediction_id"])
    assert not here.logged()
    here.service.write_decisions()
    here.service.write_decisions()
    assert [line["id"] for line in here.logged()] == ids
    assert here.writer.counters().lines == 5
