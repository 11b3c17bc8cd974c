"""Package: does the written bundle answer as the trained model does, and what does it say of itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.report import Gate, Grid, Note, Report, Section
from ownproof.core.schema import Schema
from ownproof.core.target import Operating, Target
from ownproof.core.task import Task
from ownproof.stats.ordered import distinct

if TYPE_CHECKING:
    import polars as pl

Answering = Callable[["pl.DataFrame"], np.ndarray]
"""Raw answers for a typed table."""

PROBE_ROWS = 1000
ONE_ROWS = 200
SINGLE = 0.01
"""Numbers that vary by less than this share of their size are compared on that share of it: at the policy's 1e-4 it
leaves 1e-6 of the size, about eight steps of single precision."""
UNSEEN = "\u2020 never seen"


def probes(table: pl.DataFrame, schema: Schema, *, encoded: Collection[str]) -> dict[str, pl.DataFrame]:
    """Tables that ask what goes wrong in practice, made from up to 1,000 rows: as they are; each column missing in
    turn; levels never seen (of encoded columns); numbers between neighbouring values, where the thresholds of trees stand."""
    import polars as pl

    rows = table.head(PROBE_ROWS)
    names = [c.name for c in schema.features]
    few = rows.head(max(1, min(50, rows.height)))
    missing = pl.concat([few.with_columns(pl.lit(None, dtype=rows.schema[n]).alias(n)) for n in names])
    words = [n for n in names if rows.schema[n] == pl.String and n in encoded]
    sets = {"rows": rows, "missing": missing}
    if words:
        sets["unseen"] = rows.head(200).with_columns([pl.lit(UNSEEN).alias(n) for n in words])
    numeric = [n for n in names if rows.schema[n] == pl.Float64]
    if numeric:
        sets["between"] = rows.with_columns([_between(table[n], rows.height).alias(n) for n in numeric])
    return sets


def _between(column: pl.Series, rows: int) -> pl.Series:
    import polars as pl

    values = distinct(column.drop_nulls().to_numpy().astype(np.float64))
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return column.head(rows)
    middles = (values[:-1] + values[1:]) / 2
    picked = np.resize(middles[:: max(1, len(middles) // rows)], rows)
    return pl.Series(column.name, picked, dtype=pl.Float64)


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which the bundle answers (its own scorer, ONNX, a row at a time); rows: how many it is asked for."""

    name: str
    answer: Answering
    rows: int = PROBE_ROWS


def parity(
    trained: Answering,
    ways: Sequence[Way],
    sets: Mapping[str, pl.DataFrame],
    *,
    target: Target,
    task: Task,
    operating: Operating,
    policy: Policy,
) -> dict[str, Any]:
    """Ask the trained model and every way of the bundle the same rows, and count what differs: `parity.json`."""
    rows: list[dict[str, Any]] = []
    limit = policy.parity_difference
    for name, table in sets.items():
        expected = trained(table)
        limit = policy.parity_number if _numbers(expected) else limit
        decided = [a["prediction"] for a in target.answers(expected, task, operating)]
        for way in ways:
            part = table.head(way.rows)
            got = way.answer(part)
            pairs = zip(decided[: part.height], target.answers(got, task, operating), strict=True)
            flips = sum(a != b["prediction"] for a, b in pairs) if task.classes else 0
            rows.append(
                {
                    "way": way.name,
                    "set": name,
                    "rows": part.height,
                    "flips": flips,
                    "largest_difference": _difference(expected[: part.height], got, target),
                }
            )
    return {
        "rows": sum(r["rows"] for r in rows),
        "flips": sum(r["flips"] for r in rows),
        "largest_difference": max((r["largest_difference"] for r in rows), default=0.0),
        "limit": limit,
        "threshold": operating.threshold,
        "sets": rows,
    }


def certificate_report(certificate: Mapping[str, Any]) -> Report:
    """The gate and the chapter about a parity certificate: refused when a decision flips or an answer differs by more
    than its limit, which for numbers is a share of the answers' own scale."""
    worst, flips = float(certificate["largest_difference"]), int(certificate["flips"])
    limit = float(certificate["limit"])
    fine = flips == 0 and worst <= limit
    gate = Gate(
        "package.parity",
        "pass" if fine else "refused",
        worst,
        limit,
        rule="the written bundle answers as the trained model does, and no decision flips",
        advice="" if fine else f"{flips} decision(s) flipped; report this as a bug with the learner's name",
    )
    rows = tuple((r["way"], r["set"], r["rows"], r["largest_difference"], r["flips"]) for r in certificate["sets"])
    section = Section(
        "The bundle answers as the model does",
        (
            Grid(
                ("way", "rows asked for", "rows", "largest difference", "decisions flipped"),
                rows,
                "Answers of the written files beside those of the model in memory",
            ),
        ),
        "parity",
    )
    return Report("package", gates=(gate,), sections=(section,), facts={"parity": dict(certificate)})


def _difference(a: np.ndarray, b: np.ndarray, target: Target) -> float:
    if len(a) == 0:
        return 0.0
    if a.dtype == object:
        return max(target.distance(x, y) for x, y in zip(a, b, strict=True))
    if not _numbers(a):
        return float(np.max(np.abs(a - b)))
    # On the scale of the answers, but of nothing finer than trees in single precision can tell from one another.
    scale = max(float(np.std(a)), float(np.max(np.abs(a))) * SINGLE, 1e-12)
    return float(np.max(np.abs(a - b)) / scale)


def _numbers(answers: np.ndarray) -> bool:
    """Whether raw answers are numbers in units of their own, and no shares."""
    return answers.ndim == 1 and answers.dtype != object


def limits(measured: Mapping[str, Any], *, max_latency_ms: float | None, max_size_mb: float | None) -> list[Gate]:
    """The latency and size that were asked for, against what was measured on the written artefact."""
    gates = []
    if max_latency_ms is not None:
        seen = float(measured["one_row_p95_ms"])
        gates.append(
            Gate(
                "package.latency",
                "pass" if seen <= max_latency_ms else "refused",
                seen,
                max_latency_ms,
                rule="one row is answered within the limit (p95, written bundle, fresh process)",
                advice="" if seen <= max_latency_ms else "raise --max-latency-ms or choose --learners linear",
            )
        )
    if max_size_mb is not None:
        seen = float(measured["bytes"]) / 1e6
        gates.append(
            Gate(
                "package.size",
                "pass" if seen <= max_size_mb else "refused",
                seen,
                max_size_mb,
                rule="the bundle is not larger than the limit (MB)",
                advice="" if seen <= max_size_mb else "raise --max-size-mb or choose --learners linear",
            )
        )
    return gates


def card_text(card: Mapping[str, Any]) -> str:
    """The model card as Markdown."""
    lines = [f"# {card['title']}", "", card["sentence"], "", "| | |", "|---|---|"]
    lines += [
        f"| {k.replace('_', ' ')} | {v} |"
        for k, v in card.items()
        if k not in ("title", "sentence", "wrong") and not isinstance(v, (dict, list))
    ]
    if card.get("sheet"):
        lines += ["", "## Kinds of leakage", "", "| kind | | status | result |", "|---|---|---|---|"]
        lines += [f"| {r['id']} | {r['kind']} | {_status(r)} | {r['result']} |" for r in card["sheet"]]
    lines += ["", "## What would make this wrong", ""]
    lines += [f"- {line}" for line in card.get("wrong", [])]
    return "\n".join(lines) + "\n"


def _status(row: Mapping[str, Any]) -> str:
    return f"{row['status']} by {row['by']}" if row["by"] else str(row["status"])


def doubts(task: Task, *, temporal: bool, proof: str) -> list[str]:
    """What would make the verdict wrong, in sentences."""
    lines = [
        (
            "A copy of the data made before sealing: whoever holds it could have trained on the sealed rows "
            "(this defeats proof levels S1 and S2)."
        ),
        "Columns that are known only after the outcome and that nobody declared (see the sheet, L2).",
        f"Labels in {task.column!r} that are wrong in the same way in training and test.",
    ]
    lines.append(
        "A future unlike the last window: the test is the latest part, and no later."
        if temporal
        else "A world that changes with time: no time column was named, so the test says nothing about later rows."
    )
    if proof in ("S0", "S1"):
        lines.append("A ledger that was never anchored outside: commit ledger.jsonl to reach level S2.")
    if proof == "S2":
        lines.append(
            "A commit that was rewritten: its date is what the committer said, and only a copy pushed to where its owner "
            "cannot rewrite it shows that the seal is older than the opening."
        )
    return lines


def doubts_section(lines: Sequence[str]) -> Section:
    """The same as a chapter of the report."""
    return Section("What would make this wrong", tuple(Note(line) for line in lines), "doubts")
