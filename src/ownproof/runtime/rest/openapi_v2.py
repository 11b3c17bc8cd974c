"""The addresses of the Open Inference Protocol V2 in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ownproof.runtime.rest.model import Model
from ownproof.runtime.rest.open_inference import DATATYPES, metadata

KINDS = ["BYTES", *DATATYPES]
CELL: Mapping[str, Any] = {"type": ["string", "number", "boolean", "null"]}


def paths(model: Model, failures: Mapping[str, Any]) -> dict[str, Any]:
    """The paths of one served bundle. failures: the responses that a hot route may have besides 200."""
    at = f"/v2/models/{model.settings.name}"
    infer = {
        "operationId": "infer",
        "summary": "Answer rows, as KServe and Triton clients ask: a tensor a column",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _ref("InferRequest"), "example": _example(model)}},
        },
        "responses": {"200": _answer("InferResponse", "the answers, a tensor each"), **failures},
    }
    return {
        "/v2": _get(
            "server", "The server and what it can do", _object({"name": TEXT, "version": TEXT}, "name", "version")
        ),
        "/v2/health/live": _get("live", "The process runs", _object({"live": FLAG}, "live")),
        "/v2/health/ready": _get("ready", "Requests are answered", _object({"ready": FLAG}, "ready"), "503"),
        at: _get("model", "The tensors of a request and of an answer", _ref("ModelMetadata")),
        f"{at}/ready": _get("model_ready", "The model answers", _object({"ready": FLAG}, "ready"), "503"),
        f"{at}/infer": {"post": infer},
    }


TEXT, FLAG = {"type": "string"}, {"type": "boolean"}


def schemas(model: Model) -> dict[str, Any]:
    """What those paths take and give."""
    shape = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1, "maxItems": 2}
    kind = {"type": "string", "enum": KINDS}
    data = {"type": "array", "items": CELL, "maxItems": model.settings.rows}
    names = [f.name for f in model.fields]
    asked = _object({"name": {"type": "string", "enum": names}, "shape": shape, "datatype": kind, "data": data},
                    "name", "shape", "datatype", "data")  # fmt: skip
    told = _object({"name": TEXT, "shape": shape, "datatype": kind, "data": {"type": "array", "items": CELL}},
                   "name", "shape", "datatype", "data")  # fmt: skip
    described = _object({"name": TEXT, "datatype": kind, "shape": {"type": "array", "items": {"type": "integer"}}},
                        "name", "datatype", "shape")  # fmt: skip
    tensors = {"type": "array", "items": described}
    return {
        "InferRequest": _object({"id": TEXT, "inputs": {"type": "array", "items": asked, "minItems": 1}}, "inputs"),
        "InferResponse": _object(
            {"model_name": TEXT, "model_version": TEXT, "id": TEXT, "outputs": {"type": "array", "items": told}},
            "model_name", "outputs",
        ),
        "ModelMetadata": _object(
            {"name": TEXT, "versions": {"type": "array", "items": TEXT}, "platform": TEXT, "inputs": tensors, "outputs": tensors},
            "name", "platform", "inputs", "outputs",
        ),
    }  # fmt: skip


def _example(model: Model) -> dict[str, Any]:
    """A request that is answered: the row of `/v1/schema`."""
    tensors = metadata(model, model.settings.name)["inputs"]
    return {"inputs": [{**t, "shape": [1], "data": [model.example[t["name"]]]} for t in tensors]}


def _get(name: str, summary: str, schema: Mapping[str, Any], *more: str) -> dict[str, Any]:
    answer = {"description": summary, "content": {"application/json": {"schema": dict(schema)}}}
    return {
        "get": {"operationId": f"v2_{name}", "summary": summary, "responses": dict.fromkeys(("200", *more), answer)}
    }


def _answer(name: str, told: str) -> dict[str, Any]:
    return {"description": told, "content": {"application/json": {"schema": _ref(name)}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(required)}
