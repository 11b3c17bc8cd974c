"""The server against whatever can be made of its own OpenAPI document."""

from __future__ import annotations

import json

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def example_of(here):
    """The example of the document itself."""
    document = here.ask("/openapi.json").json
    (content,) = document["paths"]["/v2/models/ownproof/infer"]["post"]["requestBody"]["content"].values()
    return content["example"]


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_whatever_the_document_allows_or_forbids_is_answered_as_it_says(local, mode):
    import schemathesis
    from hypothesis import HealthCheck, given, settings
    from schemathesis import GenerationMode
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    here = local()
    schema = schemathesis.openapi.from_asgi("/openapi.json", here.app)
    statuses: dict[str, set[int]] = {}

    def ask(case):
        reply = case.call()
        statuses.setdefault(case.operation.label, set()).add(reply.status_code)
        assert reply.status_code < 500, case.as_curl_command()
        if reply.status_code >= 400:
            assert len(reply.content) < 2000
            assert reply.headers["content-type"][0] == "application/problem+json"
        # No schema can say that tensors have the same number of rows, or hold what their datatype says.
        beyond = [positive_data_acceptance] if case.path.endswith("/infer") else []
        case.validate_response(reply, excluded_checks=beyond)

    often = settings(
        max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )
    for found in schema.get_all_operations():
        if mode == "negative" and not found.ok().label.startswith("POST"):
            continue  # there is nothing to be wrong about
        cases = found.ok().as_strategy(generation_mode=GenerationMode(mode))
        often(given(case=cases)(ask))()
    wanted = {200, 409} if mode == "positive" else {400, 409, 422}  # 409: the same Idempotency-Key was drawn twice
    assert statuses["POST /v1/predict"] - {409}
    assert statuses["POST /v1/predict"] <= wanted
    infer = statuses["POST /v2/models/ownproof/infer"]
    assert infer <= {200, 400, 422}
    assert here.ask("/v1/predict", {"inputs": here.example}).status == 200
    assert here.ask("/v2/models/ownproof/infer", example_of(here)).status == 200
    assert json.loads(here.ask("/openapi.json").body)["openapi"] == "3.1.0"
