"""The server in its own words: OpenAPI 3.1 with the model's real fields, examples and limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ownproof.runtime.rest import openapi_v2
from ownproof.runtime.rest.described import Field
from ownproof.runtime.rest.feedback import LATEST
from ownproof.runtime.rest.model import Model
from ownproof.version import VERSION

JSON, PROBLEM = "application/json", "application/problem+json"


def document(model: Model) -> dict[str, Any]:
    """The OpenAPI document of one served bundle."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"ownproof: {model.predictor.bundle.task.column}",
            "version": VERSION,
            "description": f"Answers of the bundle {model.hash}.",
        },
        "paths": _paths(model),
        "components": {
            "schemas": {**_schemas(model), **openapi_v2.schemas(model)},
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _paths(model: Model) -> dict[str, Any]:
    request_id = {
        "name": "X-Request-Id", "in": "header", "required": False, "schema": {"type": "string"},
        "description": "returned, and logged; the first 128 characters count",
    }  # fmt: skip
    again = {
        "name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string"},
        "description": "the same key and body get the same answer for a while, from the same worker",
    }  # fmt: skip
    failures = {code: _problem(told) for code, told in FAILURES.items()}
    return {
        "/v1/predict": {
            "post": {
                "operationId": "predict",
                "summary": "Answer one row, or several",
                "parameters": [request_id, again],
                "requestBody": _body("PredictRequest", {"inputs": model.example}),
                "responses": {"200": _content("PredictResponse", "the answer"), **failures},
            }
        },
        "/v1/feedback": {
            "post": {
                "operationId": "feedback",
                "summary": "Say what came true of an answer",
                "parameters": [request_id],
                "requestBody": _body("Feedback", {"id": "order-17", "outcome": None}),
                "responses": {"202": _content("Noted", "the outcome is noted"), **failures},
            }
        },
        "/v1/schema": _get("schema", "What the model takes, with a row that it answers", "200"),
        "/livez": _get("livez", "The process runs", "200"),
        "/readyz": _get("readyz", "Requests are answered; 503 while loading or draining", "200", "503"),
        **openapi_v2.paths(model, failures),
    }


FAILURES: Mapping[str, str] = {
    "400": "no JSON, or nested too deeply",
    "401": "no key, or an unknown one",
    "403": "a key without the scope that this takes",
    "408": "the body did not come in time",
    "409": "the Idempotency-Key came with another body before",
    "413": "the body is too large; it was not read",
    "422": "fields are missing, unknown or of another kind; all are listed, up to 20",
    "429": "more requests than this key may send",
    "503": "too many requests at a time, or the journal is full; see Retry-After",
    "504": "not answered in time",
}


def _get(name: str, summary: str, *statuses: str) -> dict[str, Any]:
    answers = {s: {"description": summary, "content": {JSON: {"schema": {"type": "object"}}}} for s in statuses}
    return {"get": {"operationId": name, "summary": summary, "responses": answers}}


def _body(name: str, example: Any) -> dict[str, Any]:
    return {"required": True, "content": {JSON: {"schema": _ref(name), "example": example}}}


def _content(name: str, told: str) -> dict[str, Any]:
    return {"description": told, "content": {JSON: {"schema": _ref(name)}}}


def _problem(told: str) -> dict[str, Any]:
    return {"description": told, "content": {PROBLEM: {"schema": _ref("Problem")}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Mapping[str, Any], required: list[str], *, closed: bool = False) -> dict[str, Any]:
    shut = {"additionalProperties": False} if closed else {}
    return {"type": "object", "properties": dict(properties), "required": required, **shut}


def _schemas(model: Model) -> dict[str, Any]:
    text, number = {"type": "string"}, {"type": "number"}
    key = {"type": "string", "maxLength": 256, "description": "the caller's own name for what is asked about"}
    rows = {"type": "array", "items": _ref("Row"), "minItems": 1, "maxItems": model.settings.rows}
    fault = _object({"field": text, "reason": text}, ["field", "reason"])
    return {
        "Row": _row(model.fields),
        "PredictRequest": {
            "oneOf": [
                _object({"inputs": _ref("Row"), "id": key}, ["inputs"], closed=True),
                _object({"rows": rows}, ["rows"], closed=True),
            ]
        },
        "Answer": _object(
            {
                "prediction_id": text,
                "prediction": _prediction(model),
                "probabilities": {"type": "object", "additionalProperties": number},
                "low": number,
                "high": number,
                "threshold": {"type": ["number", "null"]},
                "flags": {"type": "array", "items": text},
                "model": text,
            },
            ["prediction_id", "prediction", "threshold", "flags", "model"],
        ),
        "PredictResponse": {
            "anyOf": [
                _ref("Answer"),
                _object({"predictions": {"type": "array", "items": _ref("Answer")}}, ["predictions"]),
            ]
        },
        "Feedback": _feedback(),
        "Noted": _object({"noted": {"type": "integer"}}, ["noted"]),
        "Problem": _object(
            {
                "type": text, "title": text, "status": {"type": "integer"}, "detail": text, "request": text,
                "errors": {"type": "array", "items": fault, "maxItems": 20}, "more": {"type": "integer"},
            },
            ["type", "title", "status", "detail"],
        ),
    }  # fmt: skip


def _prediction(model: Model) -> dict[str, Any]:
    """What is said: a class in its own type, a number, or whatever a kind of somebody else says."""
    classes, default = model.predictor.bundle.task.classes, model.settings.default
    told = {"description": f"{model.predictor.bundle.task.column}, as the model sees it"}
    return (
        {**told, "enum": [*classes, *([default] if default is not None and default not in classes else [])]}
        if classes
        else told
    )


def _feedback() -> dict[str, Any]:
    name = {"type": "string", "minLength": 1, "maxLength": 256}
    rest = {
        "outcome": {"description": "what came true, any value; null takes back what was said"},
        "at": {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "number", "minimum": 0, "maximum": LATEST, "description": "unix seconds"},
                {"type": "null"},
            ],
            "description": "when it became known",
        },
        "part": {"type": ["string", "null"], "maxLength": 256, "description": "which of several outcomes it is"},
    }
    named = ("prediction_id", "id")
    return {"oneOf": [_object({n: name, **rest}, [n, "outcome"], closed=True) for n in named]}


def _row(fields: tuple[Field, ...]) -> dict[str, Any]:
    made = {f.name: f.to_openapi() for f in fields}
    return _object(made, [f.name for f in fields if f.required], closed=True)
