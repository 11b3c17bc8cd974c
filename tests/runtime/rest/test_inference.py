"""Slow models: rows wait for one another in one thread, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from ownproof.runtime.rest.problem import Refused


def slowed(here, seconds):
    """The service's model, taking so long for each call, whatever the rows; how many rows each call had."""
    model, calls = here.service.model, []
    answers = model.answers

    def slow(asked):
        calls.append(len(asked.rows))
        time.sleep(seconds)
        return answers(asked)

    model.answers = slow
    model.row_us = 1e6 * seconds
    here.service.take(model)
    assert here.service.slow
    assert not here.service.at_once
    return calls


def predictions(here, bodies):
    async def all_at_once():
        return await asyncio.gather(*(here.asked("/v1/predict", [json.dumps(b).encode()], "POST") for b in bodies))

    return here.loop.run_until_complete(all_at_once())


def test_slow_rows_go_through_the_model_together_and_are_answered_as_alone(local):
    here = local()
    number = next(f.name for f in here.service.model.fields if f.low is not None)
    bodies = [{"inputs": {**here.example, number: float(i)}} for i in range(12)] + [{"rows": [here.example] * 3}]
    alone = [here.ask("/v1/predict", b).json for b in bodies]
    calls = slowed(here, 0.03)
    replies = predictions(here, bodies)
    assert len(calls) < len(bodies)
    assert sum(calls) == 15
    for reply, wanted in zip(replies, alone, strict=True):
        told = reply.json.get("predictions", [reply.json])
        known = wanted.get("predictions", [wanted])
        assert [t["probabilities"] for t in told] == [k["probabilities"] for k in known]


def test_a_bad_row_among_them_spoils_only_its_own_request(local):
    here = local(unseen="refuse")
    slowed(here, 0.02)
    name = next(f.name for f in here.service.model.fields if f.levels)
    good, new = {"inputs": here.example}, {"inputs": {**here.example, name: "never met"}}
    replies = predictions(here, [good, new, {"inputs": {}}, good])
    assert [r.status for r in replies] == [200, 422, 422, 200]
    assert replies[1].json["errors"][0]["field"] == name


def test_what_takes_too_long_is_504(local):
    here = local(deadline_ms=50)
    slowed(here, 0.3)
    (reply,) = predictions(here, [{"inputs": here.example}])
    assert reply.status == 504
    assert here.logged() == []


def test_a_full_queue_is_503(local):
    here = local(queue_rows=2, batch_rows=1)
    slowed(here, 0.05)
    replies = predictions(here, [{"inputs": here.example}] * 6)
    assert sorted({r.status for r in replies}) == [200, 503]
    assert all(r.headers["retry-after"] == "1" for r in replies if r.status == 503)


def test_an_error_of_the_model_is_the_error_of_its_request(local):
    here = local()
    slowed(here, 0.002)

    def broken(asked):
        raise ZeroDivisionError

    here.service.model.answers = broken
    here.service.slow = True
    assert [r.status for r in predictions(here, [{"inputs": here.example}] * 2)] == [500, 500]


def test_a_large_body_goes_there_too(local):
    here = local()
    rows = [here.example] * 1000
    reply = here.ask("/v1/predict", {"rows": rows})
    assert reply.status == 200
    assert len(reply.json["predictions"]) == 1000
    assert b"ownproof_batch_rows_count 1" in here.ask("/metrics").body


def test_a_model_that_proves_slow_on_what_it_is_asked_goes_there_from_then_on(local):
    from ownproof.runtime.rest.service import STREAK, Exchange

    here = local()
    raw, took = here.service.model.predictor.raw_encoded, [0.0]

    def slow(row):
        here.now += took[0]
        return raw(row)

    here.service.model.predictor.raw_encoded = slow
    body = json.dumps({"inputs": here.example}).encode()
    for seconds in [0.01] * (STREAK - 1) + [0.0] * 5 + [0.01] * 5:
        took[0] = seconds
        exchange = Exchange([], here.now, path="/v1/predict", method="POST")
        assert here.service.answer_at_once(exchange, body)[0] == 200
        assert not here.service.slow
    here.service.answer_at_once(Exchange([], here.now, path="/v1/predict", method="POST"), body)
    assert here.service.slow
    assert not here.service.at_once
    assert here.ask("/v1/predict", body).status == 200


def test_waiting_for_nothing_is_refused_at_once(local):
    here = local()
    with pytest.raises(Refused) as seen:
        here.loop.run_until_complete(here.service._inference.answered(here.service.model, b"{}", seconds=1))
    assert seen.value.status == 422
