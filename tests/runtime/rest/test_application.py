"""The server's answers, through every layer but the socket."""

from __future__ import annotations

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ownproof.runtime.predictor import Predictor
from ownproof.runtime.rest.keys import Key, Keys, digest


def test_one_row_is_answered_flat_as_the_predictor_answers(local, bundle):
    here = local()
    reply = here.ask("/v1/predict", {"inputs": here.example})
    assert reply.status == 200
    told = reply.json
    wanted = Predictor.open(bundle).one(here.example)
    assert {k: told[k] for k in ("prediction", "probabilities", "threshold", "flags", "model")} == wanted
    assert told["prediction_id"][14] == "7"


def test_rows_are_answered_in_order_and_to_the_last_bit_like_one(local):
    here = local()
    number = next(f.name for f in here.service.model.fields if f.low is not None)
    rows = [{**here.example, number: v} for v in (0, 1.5, 40, 1e6, None)]
    many = here.ask("/v1/predict", {"rows": rows}).json["predictions"]
    ones = [here.ask("/v1/predict", {"inputs": row}).json for row in rows]
    assert [m["probabilities"] for m in many] == [o["probabilities"] for o in ones]


def test_two_equal_requests_differ_in_ids_only(local):
    here = local()
    first, second = (here.ask("/v1/predict", {"inputs": here.example}).json for _ in range(2))
    assert first.pop("prediction_id") != second.pop("prediction_id")
    assert first == second


def test_the_schema_names_fields_kinds_and_ranges_and_its_example_is_answered(local):
    here = local()
    told = here.ask("/v1/schema").json
    assert {f["name"] for f in told["fields"] if f["required"]} == set(told["example"]["inputs"])
    assert any("range" in f for f in told["fields"])
    assert any("levels" in f for f in told["fields"])
    assert here.ask("/v1/predict", told["example"]).status == 200


def test_an_unseen_category_is_answered_with_a_flag(local):
    here = local()
    name = next(f.name for f in here.service.model.fields if f.levels)
    told = here.ask("/v1/predict", {"inputs": {**here.example, name: "never met"}}).json
    assert f"unseen:{name}" in told["flags"]


def test_a_refusal_is_problem_json_and_is_logged_without_values(local):
    here = local()
    name = next(f.name for f in here.service.model.fields if f.low is not None)
    reply = here.ask("/v1/predict", {"inputs": {**here.example, name: "tell nobody"}}, headers=[("X-Request-Id", "r1")])
    assert (reply.status, reply.headers["content-type"]) == (422, "application/problem+json")
    assert reply.json["errors"] == [{"field": name, "reason": "a number was expected, not a text"}]
    assert reply.headers["x-request-id"] == reply.json["request"] == "r1"
    (logged,) = here.logged("refusals")
    assert (logged["status"], logged["request"], logged["problems"][0]["field"]) == (422, "r1", name)
    assert "tell nobody" not in json.dumps(logged)


def test_every_decision_is_in_the_journal_before_its_answer(local):
    here = local()
    told = here.ask("/v1/predict", {"inputs": here.example, "id": "order-1"}, headers=[("X-Request-Id", "r2")]).json
    (logged,) = here.logged()
    assert (logged["id"], logged["key"], logged["request"]) == (told["prediction_id"], "order-1", "r2")
    assert logged["inputs"] == here.example
    assert logged["answer"]["probabilities"] == told["probabilities"]


def test_redacted_fields_are_not_logged(local):
    name = next(iter(local().example))
    here = local(redact=(name,))
    here.ask("/v1/predict", {"inputs": here.example})
    (logged,) = here.logged()
    assert name not in logged["inputs"]
    assert logged["redacted"] == [name]


@pytest.mark.parametrize("key", ["id", "prediction_id"])
def test_an_outcome_is_noted(local, key):
    here = local()
    reply = here.ask("/v1/feedback", {key: "a", "outcome": "yes", "at": "2026-01-31T12:00:00Z", "part": "first"})
    assert (reply.status, reply.json) == (202, {"noted": 1})
    (logged,) = here.logged("outcomes")
    assert (logged[key], logged["outcome"], logged["known"], logged["part"]) == ("a", "yes", 1769860800.0, "first")


def test_a_bad_outcome_is_told_all_that_is_wrong_with_it(local):
    here = local()
    reply = here.ask("/v1/feedback", {"id": 3, "at": "soon", "what": 1})
    assert reply.status == 422
    assert {e["field"] for e in reply.json["errors"]} == {"id", "at", "what", "outcome"}
    assert here.ask("/v1/feedback", b"[1]").status == 422
    assert here.ask("/v1/feedback", b'{"id": "a", "outcome": NaN}').status == 422


def test_a_body_that_says_it_is_too_large_is_not_read(local):
    here = local(body_bytes=1000)
    assert here.ask("/v1/predict", b"x" * 1001).status == 413
    reply = here.loop.run_until_complete(here.asked("/v1/predict", [], "POST", [("Content-Length", "20000000")]))
    assert reply.status == 413  # nothing came, and nothing was waited for


def test_a_body_that_grows_too_large_is_cut_off(local):
    here = local(body_bytes=1000)
    reply = here.loop.run_until_complete(
        here.asked("/v1/predict", [b"x" * 600, b"x" * 600, b"x" * 600], "POST", [("content-length", "x")])
    )
    assert reply.status == 413


def test_a_body_that_does_not_come_is_408(local):
    here = local(deadline_ms=20)
    reply = here.loop.run_until_complete(here.asked("/v1/predict", [], "POST"))
    assert reply.status == 408


def test_too_many_at_a_time_are_asked_to_come_again(local):
    here = local(in_flight=1, deadline_ms=200)

    async def two():
        import asyncio

        slow = asyncio.ensure_future(here.asked("/v1/predict", [], "POST"))
        await asyncio.sleep(0.02)
        fast = await here.asked("/v1/predict", [b"{}"], "POST")
        return await slow, fast

    slow, fast = here.loop.run_until_complete(two())
    assert (slow.status, fast.status, fast.headers["retry-after"]) == (408, 503, "1")
    assert here.ask("/v1/predict", {"inputs": here.example}).status == 200


def test_the_same_idempotency_key_gets_the_same_answer_for_a_while(local):
    here = local(idempotency_s=10)
    body, again = {"inputs": here.example}, [("Idempotency-Key", "k1")]
    first, second = (here.ask("/v1/predict", body, headers=again).body for _ in range(2))
    assert first == second
    assert len(here.logged()) == 1
    other = here.ask("/v1/predict", {"inputs": here.example, "id": "x"}, headers=again)
    assert other.status == 409
    here.now += 11
    assert here.ask("/v1/predict", body, headers=again).body != first


def test_an_idempotency_key_of_a_refused_request_is_free_again(local):
    here = local()
    again = [("Idempotency-Key", "k1")]
    assert here.ask("/v1/predict", b"{", headers=again).status == 400
    assert here.ask("/v1/predict", {"inputs": here.example}, headers=again).status == 200


def test_keys_are_asked_for_with_their_scopes_and_rates(local):
    keys = Keys(
        [
            Key("a", digest("alpha"), ("predict",)),
            Key("b", digest("beta"), ("feedback",)),
            Key("c", digest("gamma"), rate=2.0),
        ]
    )
    here = local(keys=keys)
    body = {"inputs": here.example}

    def status(secret, path="/v1/predict", sent=body):
        return here.ask(path, sent, headers=[("Authorization", f"Bearer {secret}")] if secret else []).status

    assert [status(s) for s in ("", "wrong", "beta", "alpha")] == [401, 401, 403, 200]
    assert here.ask("/v1/predict", body, headers=[("X-API-Key", "alpha")]).status == 200
    assert status("", "/v1/schema", None) == 401
    assert status("beta", "/v1/schema", None) == 200
    assert status("", "/livez", None) == 200
    assert status("", "/readyz", None) == 200
    assert [status("gamma") for _ in range(3)] == [200, 200, 429]
    here.now += 1
    assert status("gamma") == 200


def test_metrics_are_what_prometheus_reads(local):
    here = local()
    here.ask("/v1/predict", {"inputs": here.example})
    here.ask("/v1/predict", {})
    reply = here.ask("/metrics")
    families = {f.name: f for f in text_string_to_metric_families(reply.body.decode())}
    counts = {tuple(s.labels.values()): s.value for s in families["ownproof_requests"].samples}
    assert counts["/v1/predict", "200"] == 1
    assert counts["/v1/predict", "422"] == 1
    seconds = [s for s in families["ownproof_request_seconds"].samples if s.name.endswith("_bucket")]
    assert [s.value for s in seconds] == sorted(s.value for s in seconds)
    assert seconds[-1].value == 2
    assert families["ownproof_journal_bytes"].samples[0].value > 0
    assert families["ownproof_model_info"].samples[0].labels == {"model": here.service.model.hash}
    assert sum(s.value for s in families["ownproof_predictions"].samples) == 1


def test_the_monitors_series_stand_beside_the_servers(local):
    here = local()
    (here.folder / "monitor.prom").write_text('ownproof_incidents_open{kind="data"} 1\n')
    assert b'ownproof_incidents_open{kind="data"} 1' in here.ask("/metrics").body


def test_what_is_not_there_is_told_in_the_same_form(local):
    here = local()
    for path, method, status in (("/nowhere", "GET", 404), ("/v1/schema", "POST", 405), ("/v1/predict", "GET", 405)):
        reply = here.ask(path, method=method)
        assert (reply.status, reply.headers["content-type"]) == (status, "application/problem+json")
        assert reply.json["status"] == status


def test_a_bug_answers_500_without_what_was_sent(local, monkeypatch, caplog):
    here = local()

    def broken(rows):
        raise ZeroDivisionError(f"tell {len(rows)} nobody")

    monkeypatch.setattr(here.service.model, "answers", broken)
    reply = here.ask("/v1/predict", {"inputs": here.example})
    assert reply.status == 500
    assert b"tell 1" not in reply.body
    assert "ZeroDivisionError" in caplog.text
    assert "tell 1" not in caplog.text
    assert here.ask("/livez").status == 200


def test_a_model_is_replaced_between_two_requests(local, bundle):
    from ownproof.runtime.rest.model import Model

    here = local()
    assert f'ownproof_model_info{{model="{here.service.model.hash}"}} 1' in here.ask("/metrics").body.decode()
    other = Model.open(bundle, here.service.settings)
    other.hash, before = "another", here.service.model.hash
    here.service.take(other)
    said = here.ask("/metrics").body.decode()
    assert 'ownproof_model_info{model="another"} 1' in said
    assert f'ownproof_model_info{{model="{before}"}} 0' in said
    assert here.ask("/v1/predict", {"inputs": here.example}).json["model"] == "another"
    assert here.ask("/readyz").json["model"] == "another"
