"""What a written bundle costs: one-row time, batch speed, size; in a process of its own, as production has it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core.cells import as_json
from ownproof.runtime.predictor import Predictor


def measure(bundle: str | Path, rows: Sequence[Mapping[str, Any]], *, seconds: float = 0.5) -> dict[str, Any]:
    """p50 and p95 of one row (reading, encoding and deciding included, ms) and rows per second in a batch.

    rows: JSON rows; a cell that a request may not hold (a category of a million letters) counts as missing. seconds: how long the one-row loop may take.
    """
    started = time.perf_counter()
    predictor = Predictor.open(bundle)
    opened_s = time.perf_counter() - started
    rows = [_accepted(predictor, row) for row in rows]
    for row in rows[:20]:
        predictor.one(row)
    times: list[float] = []
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends and len(times) < 5000:
        row = rows[len(times) % len(rows)]
        before = time.perf_counter_ns()
        predictor.one(row)
        times.append((time.perf_counter_ns() - before) / 1e6)
    typed = [predictor.read(r) for r in rows]
    many = typed * max(1, 4000 // max(1, len(typed)))
    predictor.raw_rows(typed)
    started = time.perf_counter()
    predictor.raw_rows(many)
    batch_s = time.perf_counter() - started
    folder = predictor.bundle.folder
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and p.name != "measured.json")
    return {
        "one_row_p50_ms": float(np.median(times)),
        "one_row_p95_ms": float(np.quantile(times, 0.95)),
        "rows_per_s": len(many) / max(batch_s, 1e-9),
        "open_s": opened_s,
        "bytes": size,
    }


def _accepted(predictor: Predictor, row: Mapping[str, Any]) -> dict[str, Any]:
    cells = dict(row)
    for column in predictor.columns:
        try:
            predictor.inputs[column.kind].read(cells[column.name], as_json(column.details))
        except ValueError:
            cells[column.name] = None
    return cells


if __name__ == "__main__":
    rows_file = Path(sys.argv[2])
    sys.stdout.write(json.dumps(measure(sys.argv[1], json.loads(rows_file.read_text(encoding="utf-8")))) + "\n")
