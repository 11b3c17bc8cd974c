"""The Open Inference Protocol V2, as KServe and Triton clients speak it: a tensor a column in, a tensor an answer out.

JSON tensors, and the binary ones of Triton's extension. The protocol has no missing value: null in JSON and NaN in binary
data stand for one here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from ownproof.runtime.rest.model import Model
from ownproof.runtime.rest.problem import Fault, Refused, shown
from ownproof.runtime.rest.request import parsed
from ownproof.version import VERSION

DATATYPES: Mapping[str, str] = {
    "BOOL": "?", "UINT8": "u1", "UINT16": "<u2", "UINT32": "<u4", "UINT64": "<u8", "INT8": "i1", "INT16": "<i2",
    "INT32": "<i4", "INT64": "<i8", "FP16": "<f2", "FP32": "<f4", "FP64": "<f8",
}  # fmt: skip
LEFT = 4
"""Bytes that tell how long a text of BYTES is."""


def server() -> dict[str, Any]:
    """The body of `/v2`."""
    return {"name": "ownproof", "version": VERSION, "extensions": ["binary_tensor_data"]}


def metadata(model: Model, name: str) -> dict[str, Any]:
    """The body of `/v2/models/NAME`: every column that must be there, and the tensors of an answer."""
    inputs = [
        {"name": f.name, "datatype": "FP64" if f.types == ("number",) else "BYTES", "shape": [-1]}
        for f in model.fields
        if f.required
    ]
    task = model.predictor.bundle.task
    outputs = [{"name": "prediction", "datatype": _datatype(list(task.classes) or [0.0]), "shape": [-1]}]
    if task.classes:
        outputs.append({"name": "probabilities", "datatype": "FP64", "shape": [-1, len(task.classes)]})
    outputs += [{"name": n, "datatype": "BYTES", "shape": [-1]} for n in ("prediction_id", "flags")]
    return {"name": name, "versions": [model.hash[:12]], "platform": "ownproof", "inputs": inputs, "outputs": outputs}


def rows_of(raw: bytes, *, json_bytes: int, depth: int) -> tuple[bytes, Mapping[str, Any]]:
    """A request's tensors as the body of a prediction of rows, and the request without its data.

    json_bytes: how much of the body is JSON, the rest being binary tensors; below 0 for all of it.
    Raises Refused: 400 for what is no JSON, 422 with everything that is wrong with the tensors.
    """
    end = len(raw) if json_bytes < 0 else json_bytes
    request = parsed(raw[:end], depth=depth)
    tensors = request.get("inputs") if isinstance(request, dict) else None
    if not isinstance(tensors, list) or not tensors or not all(isinstance(t, dict) for t in tensors):
        raise Refused(422, "1 problem in the request", [Fault("inputs", "a list of tensors was expected")])
    faults: list[Fault] = []
    columns: dict[str, list[Any]] = {}
    at = end
    for place, tensor in enumerate(tensors):
        name = tensor.get("name")
        where = shown(name) if isinstance(name, str) else f"inputs[{place}]"
        try:
            size = _binary_size(tensor)
            columns[_own_name(name, columns)] = _cells(tensor, None if size is None else raw[at : at + size])
            at += size or 0
        except ValueError as why:
            faults.append(Fault(where, str(why)))
    counts = {len(cells) for cells in columns.values()}
    if len(counts) > 1:
        faults.append(Fault("inputs", "tensors of the same number of rows were expected"))
    if faults:
        raise Refused(422, f"{len(faults)} problems in the request", faults)
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return msgspec.json.encode({"rows": rows}), {k: v for k, v in request.items() if k != "inputs"}


def _own_name(name: Any, taken: Mapping[str, Any]) -> str:
    if not isinstance(name, str) or name in taken:
        raise ValueError("a tensor needs a name of its own")
    return name


def _binary_size(tensor: Mapping[str, Any]) -> int | None:
    parameters = tensor.get("parameters")
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
        raise ValueError("binary_data_size is a number of bytes")
    return size


def _cells(tensor: Mapping[str, Any], binary: bytes | None) -> list[Any]:
    """The cells of one column. Raises ValueError for another shape, type or amount than it says."""
    shape, kind = tensor.get("shape"), tensor.get("datatype")
    if not isinstance(kind, str) or (kind != "BYTES" and kind not in DATATYPES):
        raise ValueError(f"a datatype among {', '.join(DATATYPES)} and BYTES was expected")
    good = isinstance(shape, list) and all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in shape)
    if not good or len(shape or ()) not in (1, 2) or (shape or [])[1:] not in ([], [1]):
        raise ValueError("the shape [rows] or [rows, 1] was expected")
    if binary is not None:
        cells = _texts(binary) if kind == "BYTES" else _numbers(binary, DATATYPES[kind])
    else:
        cells = _flat(tensor.get("data"))
    if len(cells) != (shape or [0])[0]:
        raise ValueError(f"{(shape or [0])[0]} cells were expected, not {len(cells)}")
    return cells


def _flat(data: Any) -> list[Any]:
    """JSON data, flat or a list a row."""
    if not isinstance(data, list):
        raise ValueError("data is a list")  # noqa: TRY004 - all faults of a tensor are told alike
    return [c[0] if isinstance(c, list) and len(c) == 1 else c for c in data]


def _numbers(binary: bytes, dtype: str) -> list[Any]:
    if len(binary) % np.dtype(dtype).itemsize:
        raise ValueError("the binary data is no whole number of cells")
    cells = np.frombuffer(binary, dtype=dtype).tolist()
    return [None if isinstance(c, float) and math.isnan(c) else c for c in cells]


def _texts(binary: bytes) -> list[Any]:
    cells: list[Any] = []
    at = 0
    while at < len(binary):
        size = int.from_bytes(binary[at : at + LEFT], "little")
        text = binary[at + LEFT : at + LEFT + size]
        if len(text) != size or at + LEFT > len(binary):
            raise ValueError("the binary data ends within a text")
        cells.append(text.decode("utf-8"))  # a UnicodeDecodeError is a ValueError
        at += LEFT + size
    return cells


def response(told: Sequence[Mapping[str, Any]], request: Mapping[str, Any], model: Model, name: str) -> dict[str, Any]:
    """The body of an answer: those tensors that were asked for, all where none was named."""
    made = [_tensor("prediction", [a["prediction"] for a in told])]
    classes = [str(c) for c in model.predictor.bundle.task.classes]
    if classes and all("probabilities" in a for a in told):
        shares = [a["probabilities"][c] for a in told for c in classes]
        labelled = {"parameters": {"labels": ",".join(classes)}}
        made.append(
            {
                "name": "probabilities",
                "datatype": "FP64",
                "shape": [len(told), len(classes)],
                "data": shares,
                **labelled,
            }
        )
    for end in ("low", "high"):
        if all(end in a for a in told):
            made.append(_tensor(end, [a[end] for a in told]))
    made.append(_tensor("prediction_id", [a["prediction_id"] for a in told]))
    made.append(_tensor("flags", [";".join(a["flags"]) for a in told]))
    outputs = request.get("outputs")
    wanted = {o.get("name") for o in outputs if isinstance(o, dict)} if isinstance(outputs, list) else set()
    unknown = sorted(shown(n) for n in wanted - {t["name"] for t in made})
    if unknown:
        raise Refused(422, "1 problem in the request", [Fault("outputs", f"there is no output {unknown[0]!r}")])
    named = {"id": request["id"]} if isinstance(request.get("id"), str) else {}
    tensors = [t for t in made if not wanted or t["name"] in wanted]
    return {"model_name": name, "model_version": model.hash[:12], **named, "outputs": tensors}


def _tensor(name: str, cells: list[Any]) -> dict[str, Any]:
    kind = _datatype(cells)
    flat = [c if kind != "BYTES" or isinstance(c, str) else msgspec.json.encode(c).decode() for c in cells]
    return {"name": name, "datatype": kind, "shape": [len(cells)], "data": flat}


def _datatype(cells: Sequence[Any]) -> str:
    if all(isinstance(c, bool) for c in cells):
        return "BOOL"
    if all(isinstance(c, int) and not isinstance(c, bool) for c in cells):
        return "INT64"
    return "FP64" if all(isinstance(c, (int, float)) and not isinstance(c, bool) for c in cells) else "BYTES"
