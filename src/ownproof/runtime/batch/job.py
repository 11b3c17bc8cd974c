"""Batch scoring as a job: alone on its output, taken up where a killed one stopped, published whole or not at all."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ownproof.core.policy import Policy
from ownproof.core.report import Gate
from ownproof.errors import InputError, UsageError, did_you_mean
from ownproof.runtime.batch.answering import answered
from ownproof.runtime.batch.manifest import FORMAT, described, job_key, manifest_path, quarantine_path, stored
from ownproof.runtime.batch.parts import ENDINGS, Parts, alone, publish, withdraw
from ownproof.runtime.batch.rows import KEYS, Rows, Typed, rows_of
from ownproof.runtime.predictor import Predictor
from ownproof.runtime.verify import sealed_json
from ownproof.version import VERSION

if TYPE_CHECKING:
    import polars as pl

CORES_MOST = 8
"""Cores used where nobody says how many: every one holds rows of its own in memory."""
News = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Job:
    """What is asked. stamp: of the data's file as it was hashed. data: its name, size and SHA-256 (None for a database); most: the share of rows that may be
    quarantined, and from how many rows on it counts."""

    source: str | Path
    stamp: tuple[int, ...]
    data: dict[str, Any]
    target: Path
    most: float
    spared: int
    cores: int
    key: str

    def too_many(self, quarantined: int, rows: int) -> bool:
        return quarantined > self.spared and quarantined > self.most * rows


def predict(
    bundle: str | Path,
    data: str | Path,
    out: str | Path,
    *,
    quarantine_most: float | None = None,
    cores: int | None = None,
    news: News = lambda *_: None,
) -> dict[str, Any]:
    """Answer every row of a table into a file (CSV, TSV, Parquet, JSONL or Arrow by its ending).

    Each row gives: the input keys (id, group, time), `prediction`, `probability_<class>` for labels, `prediction_low` and
    `prediction_high` for numbers, `flags`. A row with a cell that cannot be read keeps its place: empty prediction, flag
    `quarantined`; why stands in `OUT.quarantine.jsonl`. A key that is called like an answer (`prediction`) is written as
    `prediction_given`. `OUT.manifest.json` names the model, the data and the counts. A job that was killed goes on where
    it was and writes the same bytes; one that is done already is answered at once.

    quarantine_most: the share of rows (0..1) that may be quarantined; beyond it the answer's exit is 4 and `out` is None:
    nothing but the reasons is written. None: the policy's. cores: threads that score side by side (None: those there are, at most
    8); the answers do not depend on it. news: rows done and rows in all, now and then.
    Raises InputError for data that lacks columns or changes meanwhile, an unknown ending or a folder that is not there,
    Locked when another process writes the same output.
    """
    target = _place(out, data)
    _check_limits(quarantine_most, cores)
    predictor = Predictor.open(bundle)
    try:
        with alone(target):
            return _predict(predictor, _job(predictor, data, target, quarantine_most, cores), news)
    finally:
        predictor.bundle.close()


def _place(out: str | Path, data: str | Path) -> Path:
    target, local = Path(out), local_file(data)
    if target.suffix.lower() not in ENDINGS:
        raise InputError(
            f"--out {target.name} has no ending that is known",
            expected=", ".join(ENDINGS),
            where="--out",
            hint=did_you_mean(target.suffix, ENDINGS, what="endings"),
        )
    if not target.parent.is_dir():
        raise InputError(
            f"--out: there is no folder {target.parent}",
            expected="a folder that exists",
            where="--out",
            hint="make the folder first",
        )
    if target.exists() and local is not None and target.samefile(local):
        raise InputError(
            f"--out {target.name} is the data itself",
            expected="another file",
            where="--out",
            hint="name a file that is not read",
        )
    return target


def local_file(data: str | Path) -> Path | None:
    """The file that is named, None for what is none (a database)."""
    text = str(data)
    if "://" in text and not text.startswith("file://"):
        return None
    path = Path(text.removeprefix("file://")).expanduser()
    return path if path.is_file() else None


def _check_limits(quarantine_most: float | None, cores: int | None) -> None:
    if quarantine_most is not None and not 0 <= quarantine_most <= 1:
        raise UsageError(
            f"--quarantine-most is {quarantine_most}",
            expected="a share of the rows from 0 to 1",
            hint="5 % is 0.05",
            where="--quarantine-most",
        )
    if cores is not None and cores < 1:
        raise UsageError(f"--cores is {cores}", expected="a whole number from 1", hint="leave it out", where="--cores")


def _job(
    predictor: Predictor, data: str | Path, target: Path, quarantine_most: float | None, cores: int | None
) -> _Job:
    local, policy, stamp = local_file(data), Policy(), _stamp(data)
    says = described(local) if local else {"name": "", "bytes": None, "sha256": None}
    return _Job(
        data,
        stamp,
        says,
        target,
        policy.quarantine_share if quarantine_most is None else quarantine_most,
        policy.quarantine_rows if quarantine_most is None else 0,
        _cores(cores) if predictor.shared else 1,
        job_key(predictor.bundle.hash, says, target),
    )


def _cores(said: int | None) -> int:
    if said is not None:
        return said
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wish = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(there, CORES_MOST, int(wish) if wish.isdecimal() and int(wish) else there))


def _predict(predictor: Predictor, job: _Job, news: News) -> dict[str, Any]:
    said = stored(job.target, job.key)
    if said is not None:
        return _answer(predictor, job, said, {"stored": True})
    parts = Parts(job.target, job.key)
    try:
        parts.open()
        resumed = parts.start
        rows = rows_of(predictor, job.source, scratch=parts.folder)
        news(resumed, rows.total)
        for done in _scored(predictor, rows, parts, job.cores):
            news(done, rows.total)
            if job.too_many(parts.quarantined, rows.total):
                break
        _check_unchanged(job)
        said = _published(predictor, rows, parts, job)
    except Exception:  # a process that is killed or stopped leaves its parts to the next one
        parts.drop()
        raise
    parts.drop()
    return _answer(predictor, job, said, {"resumed": resumed})


def _scored(predictor: Predictor, rows: Rows, parts: Parts, cores: int) -> Iterator[int]:
    """Score what is not done yet, pieces side by side and written in order; gives the rows done after each piece."""

    def score(at: int, cells: pl.DataFrame) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
        typed: Typed = rows.typed(predictor, at, cells)
        return answered(predictor, typed), rows.problems(predictor, typed)

    if parts.start >= rows.total > 0:
        return
    waiting: deque[Future[tuple[pl.DataFrame, list[dict[str, Any]]]]] = deque()
    with ThreadPoolExecutor(cores) as pool:
        try:
            for at, cells in rows.cells(parts.start):
                waiting.append(pool.submit(score, at, cells))
                if len(waiting) > cores:
                    parts.add(*waiting.popleft().result())
                    yield parts.start
            while waiting:
                parts.add(*waiting.popleft().result())
                yield parts.start
        finally:
            for left in waiting:
                left.cancel()


def _published(predictor: Predictor, rows: Rows, parts: Parts, job: _Job) -> dict[str, Any]:
    """Put the files in their places, the manifest last: where one lies, it describes what lies beside it."""
    manifest, kept = manifest_path(job.target), quarantine_path(job.target)
    said: dict[str, Any] = {
        "format": FORMAT,
        "made_by": f"ownproof {VERSION}",
        "job": job.key,
        "model": predictor.bundle.hash,
        "data": {**job.data, "name": job.data["name"] or rows.raw.source},
        "rows": rows.total,
        "quarantined": parts.quarantined,
        "out": None,
        "quarantine": None,
    }
    if job.too_many(parts.quarantined, rows.total):
        publish(parts.reasons(), kept)  # what was answered before stays; these reasons are of the data of now
        return {**said, "quarantine": described(kept)}
    whole = parts.finish()
    said["out"] = described(whole, name=job.target.name)
    withdraw(manifest, *(() if parts.quarantined else (kept,)))
    if parts.quarantined:
        reasons = parts.reasons()
        said["quarantine"] = described(reasons, name=kept.name)
        publish(reasons, kept)
    publish(whole, job.target)
    publish(parts.made("manifest", sealed_json(said)), manifest)
    return said


def _answer(predictor: Predictor, job: _Job, said: dict[str, Any], how: dict[str, Any]) -> dict[str, Any]:
    """The JSON answer of a job that is done."""
    rows, bad, card = said["rows"], said["quarantined"], predictor.bundle.card
    refused = job.too_many(bad, rows)
    gate = Gate(
        "predict.quarantine",
        "refused" if refused else "pass",
        bad / max(1, rows),
        job.most,
        rule=f"no more than {job.most:.3g} of the rows hold a cell that cannot be read"
        + (f" (up to {job.spared} rows are never too many)" if job.spared else ""),
        advice=f"look at {quarantine_path(job.target).name}, mend the data, or raise --quarantine-most"
        if refused
        else "",
    )
    return {
        "exit": 4 if refused else 0,
        "rows": rows,
        "quarantined": bad,
        "bundle": predictor.bundle.hash,
        "out": None if refused else str(job.target.resolve()),
        "manifest": None if refused else str(manifest_path(job.target).resolve()),
        "quarantine": str(quarantine_path(job.target).resolve()) if said["quarantine"] else None,
        "gates": [gate.to_json()],
        "resumed": 0,
        "stored": False,
        **how,
        "proven": predictor.bundle.proven and card.get("evidence") == "sealed",
        "verdict": card.get("verdict"),
        "evidence": card.get("evidence"),
        "hint": _no_key(predictor),
    }


def _stamp(data: str | Path) -> tuple[int, ...]:
    """What changes when a file is written; empty for what is none."""
    local = local_file(data)
    seen = local.stat() if local else None
    return (seen.st_ino, seen.st_size, seen.st_mtime_ns) if seen else ()


def _check_unchanged(job: _Job) -> None:
    if _stamp(job.source) != job.stamp:
        raise InputError(
            f"{job.data['name']} was changed while it was read",
            expected="data that stays as it is until every row is answered",
            hint="run again when nobody writes it any more; nothing was written",
            where=str(job.source),
            code="changed",
        )


def _no_key(predictor: Predictor) -> str:
    """What to do when no column names the rows of the answers though one of the table could."""
    columns = predictor.bundle.schema.columns
    obvious = [c.name for c in columns if c.kind == "identifier" and c.role == "ignored"]
    if not obvious or any(c.role in KEYS for c in columns):
        return ""
    return f"the answers have no key column: rows are in the order of the data; a run with --id {obvious[0]} keeps that column"
