"""The Open Inference Protocol V2, by a client written from its text: JSON tensors and Triton's binary ones."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest


def columns(here, rows):
    return {name: [row[name] for row in rows] for name in here.example}


def in_json(cells):
    kind = "FP64" if all(isinstance(c, (int, float)) or c is None for c in cells) else "BYTES"
    return {"shape": [len(cells)], "datatype": kind, "data": cells}


def in_binary(cells):
    if all(isinstance(c, (int, float)) or c is None for c in cells):
        data = np.array([np.nan if c is None else c for c in cells], dtype="<f8").tobytes()
        kind = "FP64"
    else:
        data = b"".join(struct.pack("<I", len(c.encode())) + c.encode() for c in cells)
        kind = "BYTES"
    return {"shape": [len(cells), 1], "datatype": kind, "parameters": {"binary_data_size": len(data)}}, data


def infer(here, rows, **more):
    tensors = [{"name": n, **in_json(c)} for n, c in columns(here, rows).items()]
    return here.ask("/v2/models/ownproof/infer", {"inputs": tensors, **more})


def rows_of(here):
    number = next(f.name for f in here.service.model.fields if f.low is not None)
    return [{**here.example, number: v} for v in (1.0, 2.5, None)]


def by_name(reply):
    return {t["name"]: t for t in reply.json["outputs"]}


def test_a_client_finds_out_what_there_is(local):
    here = local()
    assert here.ask("/v2").json["name"] == "ownproof"
    assert here.ask("/v2/health/live").status == here.ask("/v2/health/ready").status == 200
    told = here.ask("/v2/models/ownproof").json
    assert [t["name"] for t in told["inputs"]] == list(here.example)
    assert {t["name"] for t in told["outputs"]} >= {"prediction", "probabilities"}
    assert here.ask("/v2/models/ownproof/ready").json["ready"] is True
    here.service.ready = False
    assert here.ask("/v2/health/ready").status == 503
    for path in ("/v2/models/other", "/v2/models/other/infer", "/v2/what", "/v2/models/ownproof/what"):
        assert here.ask(path, method="POST" if path.endswith("infer") else "GET").status == 404
    assert here.ask("/v2/models/ownproof", {}).status == 405


def test_tensors_are_answered_as_rows_are_and_logged(local):
    here = local()
    rows = rows_of(here)
    told = by_name(infer(here, rows, id="r9"))
    wanted = here.ask("/v1/predict", {"rows": rows}).json["predictions"]
    assert told["prediction"]["data"] == [w["prediction"] for w in wanted]
    shares = np.array(told["probabilities"]["data"]).reshape(told["probabilities"]["shape"])
    names = told["probabilities"]["parameters"]["labels"].split(",")
    assert shares.tolist() == [[w["probabilities"][n] for n in names] for w in wanted]
    assert [line["id"] for line in here.logged()[:3]] == told["prediction_id"]["data"]


def test_binary_tensors_are_answered_like_json_ones(local):
    here = local()
    rows = rows_of(here)
    tensors, binary = [], b""
    for name, cells in columns(here, rows).items():
        tensor, data = in_binary(cells)
        tensors.append({"name": name, **tensor})
        binary += data
    head = json.dumps({"inputs": tensors}).encode()
    reply = here.ask(
        "/v2/models/ownproof/infer", head + binary, headers=[("Inference-Header-Content-Length", str(len(head)))]
    )
    assert by_name(reply)["probabilities"] == by_name(infer(here, rows))["probabilities"]


def test_only_the_outputs_that_were_asked_for_come(local):
    here = local()
    reply = infer(here, rows_of(here), outputs=[{"name": "prediction"}])
    assert list(by_name(reply)) == ["prediction"]
    assert infer(here, rows_of(here), outputs=[{"name": "predictions"}]).status == 422


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [2]}, {"shape": [3, 2]}, {"shape": "3"}, {"datatype": "FP99"}, {"data": 3}, {"data": [1, 2]}, {"name": 7},
        {"parameters": {"binary_data_size": -1}}, {"parameters": {"binary_data_size": 7}},
    ],
)  # fmt: skip
def test_a_wrong_tensor_is_named_in_the_words_of_the_protocol(local, change):
    here = local()
    tensors = [{"name": n, **in_json(c)} for n, c in columns(here, rows_of(here)).items()]
    tensors[0] |= change
    reply = here.ask("/v2/models/ownproof/infer", {"inputs": tensors})
    assert (reply.status, len(reply.body) < 2000) == (422, True)
    assert isinstance(reply.json["error"], str)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"inputs": []}', b'{"inputs": [1]}'])
def test_what_is_no_inference_request_is_refused(local, body):
    assert local().ask("/v2/models/ownproof/infer", body, method="POST").status in (400, 422)


def test_columns_that_are_missing_or_wrong_are_all_told(local):
    here = local()
    name = next(f.name for f in here.service.model.fields if f.low is not None)
    rows = [{**r, name: "x"} for r in rows_of(here)]
    assert {e["field"] for e in infer(here, rows).json["errors"]} == {f"rows[{i}].{name}" for i in range(3)}
