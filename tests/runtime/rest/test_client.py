"""A client made by a generator from the server's own document."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
import json, sys
from client.client import Client
from client.api.default import feedback, infer, predict, readyz, schema
from client.models.feedback_type_0 import FeedbackType0
from client.models.infer_request import InferRequest
from client.models.predict_request_type_0 import PredictRequestType0
from client.models.predict_request_type_1 import PredictRequestType1
from client.models.row import Row

client = Client(base_url=sys.argv[1])
assert readyz.sync_detailed(client=client).status_code == 200
cells = json.loads(schema.sync_detailed(client=client).content)["example"]["inputs"]
one = predict.sync(client=client, body=PredictRequestType0(inputs=Row.from_dict(cells)))
several = predict.sync(client=client, body=PredictRequestType1(rows=[Row.from_dict(cells)] * 2))
noted = feedback.sync(client=client, body=FeedbackType0(prediction_id=one.prediction_id, outcome="yes"))
tensors = json.loads(sys.argv[2])
told = infer.sync(client=client, body=InferRequest.from_dict(tensors))
wrong = predict.sync_detailed(client=client, body=PredictRequestType0(inputs=Row.from_dict({**cells, "income": "much"})))
print(json.dumps({
    "one": one.to_dict(), "several": several.to_dict(), "noted": noted.to_dict(), "infer": told.to_dict(),
    "wrong": [int(wrong.status_code), wrong.parsed.to_dict()],
}))
"""


def test_a_generated_client_predicts_tells_outcomes_and_reads_refusals(server, tmp_path):
    served = server()
    document = urllib.request.urlopen(f"http://{served.url}/openapi.json", timeout=10).read()
    (tmp_path / "api.json").write_bytes(document)
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--path", "api.json", "--meta", "none",
         "--output-path", "client"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Unable" not in made.stdout  # nothing of the document was left out
    path = next(p for p in json.loads(document)["paths"] if p.endswith("/infer"))
    content = json.loads(document)["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    call = [sys.executable, "-c", PROGRAM, f"http://{served.url}", json.dumps(content["example"])]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told["one"]) >= {"prediction_id", "prediction", "probabilities", "threshold", "flags", "model"}
    assert [a["probabilities"] for a in told["several"]["predictions"]] == [told["one"]["probabilities"]] * 2
    assert told["noted"] == {"noted": 1}
    assert told["infer"]["outputs"][0]["data"] == [told["one"]["prediction"]]
    assert told["wrong"][0] == 422
    assert [e["field"] for e in told["wrong"][1]["errors"]] == ["income"]
