"""An ONNX graph of anybody: one matrix, or an input for each column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.errors import InputError
from ownproof.project.adopting.original import Asked, Original, not_carried, two_shares

if TYPE_CHECKING:
    import onnx
    import onnxruntime as ort
    import polars as pl

_CELLS = {"tensor(float)": np.float32, "tensor(double)": np.float64}
_WHOLE = {"tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(bool)": np.bool_}
_TEXT = "tensor(string)"
_ROWS = 4096


def open_onnx(model: Path | bytes, *, name: str, format_said: str = "ONNX") -> Original:
    """Raises InputError for a graph whose inputs are no columns, or that answers neither numbers nor probabilities."""
    import onnx

    raw = model if isinstance(model, bytes) else model.read_bytes()
    try:
        graph = onnx.load_from_string(raw)
        _without_maps(graph)
        _without_idle(graph)
        session = _session(graph.SerializeToString())
    except InputError:
        raise
    except Exception as why:  # noqa: BLE001 - the libraries' errors share no class
        raise not_carried(name, f"ONNX Runtime cannot open it ({str(why)[:160]})", "export it again") from None
    return _Graph(graph, session, name, format_said).original()


class _Graph:
    def __init__(self, graph: onnx.ModelProto, session: ort.InferenceSession, name: str, said: str) -> None:
        self._graph, self._session, self._name, self._said = graph, session, name, said
        self._asks, outputs = session.get_inputs(), session.get_outputs()
        numbers = [o for o in outputs if o.type in _CELLS]
        if not numbers:
            kinds = ", ".join(o.type for o in outputs)
            raise not_carried(name, f"it answers in {kinds}", "export it with an output of numbers or probabilities")
        named = [o for o in numbers if "prob" in o.name.lower() or o.name == "answers"]
        self._output = (named or numbers)[-1].name
        self._label = next(
            (o.name for o in outputs if o.name != self._output and o.type in (_TEXT, "tensor(int64)")), None
        )
        self._matrix = len(self._asks) == 1 and self._asks[0].type in _CELLS and _width(self._asks[0]) != 1

    def original(self) -> Original:
        """What it asks and answers, after it was tried on a row."""
        classes = _classes(self._graph)
        width = self._tried(classes)
        label = self._label is not None or classes is not None or width > 1
        return Original(
            format=self._said,
            inputs=self._inputs(),
            named=not self._matrix,
            target="label" if label else "number",
            outputs=max(width, 2) if label else 1,
            answer=self._answer(label=label),
            save=lambda folder, columns: self._save(folder, columns, label=label),
            classes=classes,
            decide=self._decided if self._label else None,
            wide=self._matrix and self._asks[0].type == "tensor(double)",
            reads="matrix" if self._matrix else "columns",
        )

    def _inputs(self) -> tuple[Asked, ...]:
        if self._matrix:
            width = _width(self._asks[0])
            if width is None:
                raise not_carried(
                    self._name, "its input does not say how many columns it takes", "export it with a fixed width"
                )
            return tuple(Asked(f"column {i + 1}") for i in range(width))
        wrong = [
            f"{i.name} ({i.type}, {i.shape})"
            for i in self._asks
            if _width(i) != 1 or i.type not in {**_CELLS, **_WHOLE, _TEXT: 0}
        ]
        if wrong:
            raise not_carried(
                self._name,
                f"inputs that are no columns: {', '.join(wrong[:5])}",
                "export it with one matrix, or an input (n, 1) for each column",
            )
        return tuple(Asked(i.name, "category" if i.type == _TEXT else "number") for i in self._asks)

    def _feed(self, table: pl.DataFrame) -> dict[str, Any]:
        """A table as the graph's own users would hand it in."""
        if self._matrix:
            columns = [table[c].cast(float).fill_null(np.nan).to_numpy() for c in table.columns]
            return {self._asks[0].name: np.column_stack(columns).astype(_CELLS[self._asks[0].type])}
        return {i.name: _tensor(table[i.name], i.type) for i in self._asks}

    def _run(self, output: str, table: pl.DataFrame) -> np.ndarray:
        feed = self._feed(table)
        parts = [
            self._session.run([output], {n: v[at : at + _ROWS] for n, v in feed.items()})[0]
            for at in range(0, max(1, table.height), _ROWS)
        ]
        return np.concatenate(parts)

    def _answer(self, *, label: bool) -> Any:
        def answer(table: pl.DataFrame) -> np.ndarray:
            raw = self._run(self._output, table).astype(np.float64)
            raw = raw.reshape(table.height, raw.shape[1] if raw.ndim > 1 else 1)
            if raw.shape[1] > 1:
                return raw
            return two_shares(raw[:, 0]) if label else raw[:, 0]

        return answer

    def _decided(self, table: pl.DataFrame) -> list[Any]:
        return list(self._run(str(self._label), table).reshape(-1).tolist())

    def _tried(self, classes: tuple[Any, ...] | None) -> int:
        """How many numbers an answer has."""
        import polars as pl

        one = pl.DataFrame({a.name: ["" if a.kind == "category" else 0.0] for a in self._inputs()}, strict=False)
        try:
            raw = self._run(self._output, one)
        except Exception as why:  # noqa: BLE001 - the runtime's errors share no class
            known = _fixed(self._session, self._output)
            if known or classes:
                return known or len(classes or ())
            raise not_carried(
                self._name, f"it does not answer a row ({str(why)[:160]})", "export it with a free first dimension"
            ) from None
        return int(raw.size)

    def _save(self, folder: Path, columns: dict[str, str], *, label: bool) -> str:
        says: dict[str, Any] = {"classes": 2 if label and (_fixed(self._session, self._output) or 2) <= 2 else None}
        (folder / "model.onnx").write_bytes(_only(self._graph, self._output))
        if not self._matrix:
            says |= {"inputs": [[columns[i.name], i.name] for i in self._asks], "output": self._output}
        (folder / "model.json").write_text(json.dumps(says), encoding="utf-8")
        return "onnx" if self._matrix else "onnx_columns"


def _session(raw: bytes) -> ort.InferenceSession:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    return ort.InferenceSession(raw, options, providers=["CPUExecutionProvider"])


def _width(ask: Any) -> int | None:
    """Columns of an input: 1 for a vector, None where it is not said."""
    if len(ask.shape) == 1:
        return 1
    return ask.shape[-1] if isinstance(ask.shape[-1], int) else None


def _fixed(session: ort.InferenceSession, output: str) -> int | None:
    shape = next(o.shape for o in session.get_outputs() if o.name == output)
    return shape[-1] if len(shape) > 1 and isinstance(shape[-1], int) else None


def _tensor(column: pl.Series, kind: str) -> np.ndarray:
    if kind == _TEXT:
        return np.array([c or "" for c in column.to_list()], dtype=object).reshape(-1, 1)
    if kind in _WHOLE:
        return column.cast(float).fill_null(0).to_numpy().astype(_WHOLE[kind]).reshape(-1, 1)
    return column.cast(float).fill_null(np.nan).to_numpy().astype(_CELLS[kind]).reshape(-1, 1)


def _without_maps(model: onnx.ModelProto) -> None:
    """Let what goes into a ZipMap be the output: a list of dictionaries is no answer for a table."""
    from onnx import helper

    maps = [n for n in model.graph.node if n.op_type == "ZipMap"]
    for node in maps:
        for given in [o for o in model.graph.output if o.name == node.output[0]]:
            model.graph.output.remove(given)
        model.graph.output.append(helper.make_tensor_value_info(node.input[0], 1, None))
        model.graph.node.remove(node)


def _without_idle(model: onnx.ModelProto) -> None:
    """Take inputs out that no operator reads: a column that was there at training is not asked for."""
    read = {name for node in model.graph.node for name in node.input}
    for idle in [i for i in model.graph.input if i.name not in read]:
        model.graph.input.remove(idle)


def _classes(model: onnx.ModelProto) -> tuple[Any, ...] | None:
    """The labels that the last classifier of the graph lists."""
    from onnx import helper

    for node in reversed(model.graph.node):
        for attribute in node.attribute:
            if (
                attribute.name in ("classlabels_strings", "classlabels_ints", "classlabels_int64s", "keys_int64s")
                and node.op_type != "LabelEncoder"
            ):
                found = helper.get_attribute_value(attribute)
                if found:
                    return tuple(c.decode() if isinstance(c, bytes) else int(c) for c in found)
    kept = {i.name: i for i in model.graph.initializer}
    from onnx import numpy_helper

    for node in model.graph.node:  # how skl2onnx looks a decision up
        if node.op_type == "ArrayFeatureExtractor" and node.input[0] in kept:
            values = numpy_helper.to_array(kept[node.input[0]]).reshape(-1).tolist()
            if "class" in node.input[0].lower():
                return tuple(v.decode() if isinstance(v, bytes) else v for v in values)
    return None


def _only(model: onnx.ModelProto, output: str) -> bytes:
    """The graph with one output, what nobody asks for taken out, always to the same bytes."""
    import onnx

    cut = onnx.ModelProto()
    cut.CopyFrom(model)
    needed, kept = {output}, []
    for node in reversed(cut.graph.node):
        if needed & set(node.output):
            needed |= {i for i in node.input if i}
            kept.append(node)
    nodes = [onnx.NodeProto.FromString(n.SerializeToString()) for n in reversed(kept)]
    del cut.graph.node[:]
    cut.graph.node.extend(nodes)
    for given in [o for o in cut.graph.output if o.name != output]:
        cut.graph.output.remove(given)
    _without_idle(cut)
    return bytes(cut.SerializeToString(deterministic=True))
