"""Package as a step: refit, write, open, compare, measure; the bundle appears whole or not at all."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core import registry
from ownproof.core.dataset import Dataset
from ownproof.core.encoder import Encoder
from ownproof.core.foresight import learnt
from ownproof.core.report import Grid, Report, Section
from ownproof.core.schema import Schema
from ownproof.errors import OwnproofError
from ownproof.phases import package as package_phase
from ownproof.phases import sheet as sheet_phase
from ownproof.phases.package import Way
from ownproof.phases.train.run import Refitted, refit
from ownproof.project.card import card_of, sheet_of
from ownproof.project.code import code_digest
from ownproof.project.disk import disk
from ownproof.project.reference import reference_of
from ownproof.project.state import State, check_bundle
from ownproof.project.store import digest
from ownproof.project.training import base_digest, choose_cheaper, preparing, workdir
from ownproof.runtime import bundle as bundles
from ownproof.runtime.bundle import Contents, Member
from ownproof.runtime.predictor import Predictor
from ownproof.runtime.watch.weights import weights
from ownproof.version import VERSION

if TYPE_CHECKING:
    import polars as pl

RUNS_ON = ("numpy", "polars", "onnxruntime")
SERVED_WITH = ("msgspec", "fastapi", "uvicorn", "uvloop", "httptools", "jinja2")


@dataclass(frozen=True, slots=True)
class Packed:
    """A written bundle: where it lies, its manifest's hash, how it was measured and the report about it."""

    path: Path
    hash: str
    measured: Mapping[str, Any]
    report: Report


def package(state: State) -> None:
    """Refit the chosen recipe on all rows that are not sealed and write the bundle."""
    dataset, split = state.need("dataset"), state.need("split")
    packed = pack(state, dataset.take(split.work), weights="tested")
    while _too_dear(packed) and not state.stopped and choose_cheaper(state):
        packed = pack(state, dataset.take(split.work), weights="tested")
    state.bundle_path, state.measured = packed.path, packed.measured
    state.facts["bundle_hash"] = packed.hash
    state.add("package", packed.report)
    if "teacher" in state.facts and state.need("trained").soft is not None:
        state.reports["student"] = _before_and_after(state, packed)
    if not state.stopped:
        state.project.note_once(
            "bundle", {"run": state.run, "hash": packed.hash, "path": _inside(state, packed.path), "weights": "tested"}
        )


def _too_dear(packed: Packed) -> bool:
    """Whether a limit of time or size is missed, as it was measured on what was written."""
    return any(g.status == "refused" and g.id in ("package.latency", "package.size") for g in packed.report.gates)


def _before_and_after(state: State, packed: Packed) -> Report:
    """What the student saves: the bundle of the model that taught it, written and measured for comparison."""
    trained, model = state.trained, state.model
    state.trained, state.model = state.facts["teacher"], replace(state.need("model"), name="the model that taught it")
    try:
        rows = state.need("dataset").take(state.need("split").work)
        before = pack(
            state, rows, weights="tested", extra={"note": "written to be compared with its student; never ships"}
        )
    finally:
        state.trained, state.model = trained, model
    lines = tuple(
        (name, before.measured.get(key), packed.measured.get(key))
        for name, key in (
            ("one row, p50 (ms)", "one_row_p50_ms"),
            ("one row, p95 (ms)", "one_row_p95_ms"),
            ("rows per second", "rows_per_s"),
            ("bytes", "bytes"),
        )
    )
    grid = Grid(("of the written bundle", "the model that taught", "the student"), lines, "What the student saves")
    return Report("package", sections=(Section("Distilled", (grid,), "student"),))


def _inside(state: State, path: Path) -> str:
    return path.relative_to(state.project.root).as_posix()


def pack(state: State, rows: Dataset, *, weights: str, extra: Mapping[str, Any] | None = None) -> Packed:
    """Write a bundle from a refit on `rows`, or find it written.

    extra: what the card says beside the run's own facts (the sealed verdict, once there is one).
    """
    trained = state.need("trained")
    card = card_of(state, weights=weights, extra=extra or {})
    recipes = [[t.candidate.to_json(), w, [dict(f) for f in t.facts]] for t, w in trained.choice.members]
    key = digest(
        base_digest(state),
        recipes,
        dict(trained.calibration),
        trained.operating.to_json(),
        card,
        rows.positions,
        code_digest(),
    )[:32]
    store = state.project.store
    path = store.get("bundle", key)
    if path is None:
        path = store.put("bundle", key, lambda folder: _write(state, folder, rows, card))
    else:
        check_bundle(state.project, path)
    manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    archive = path.with_name(key + ".zip")
    if not archive.exists():
        with disk("write the bundle's archive", archive):
            bundles.pack(path, archive)
    measured = json.loads((path / "measured.json").read_text(encoding="utf-8"))
    certificate = json.loads((path / "parity.json").read_text(encoding="utf-8"))
    return Packed(path, manifest["hash"], measured, _report(state, certificate, measured))


def _report(state: State, certificate: Mapping[str, Any], measured: Mapping[str, Any]) -> Report:
    config = state.project.config
    report = package_phase.certificate_report(certificate)
    gates = package_phase.limits(measured, max_latency_ms=config.max_latency_ms, max_size_mb=config.max_size_mb)
    chapter = sheet_phase.section(sheet_of(state))
    return replace(report, gates=(*report.gates, *gates), sections=(*report.sections, chapter))


def _write(state: State, folder: Path, rows: Dataset, card: Mapping[str, Any]) -> None:
    from ownproof.core.learner import Learner

    learners: Mapping[str, Learner] = registry.learners()
    trained, task = state.need("trained"), state.need("task")
    state.news("package", 0, 3, "refit")
    encoder, members = refit(
        rows,
        trained,
        learners,
        task,
        prepare=preparing(state),
        workdir=workdir(state),
        seed=state.project.config.seed,
        cores=state.project.config.cores,
        tell=lambda *_: None,
    )
    names: list[Member] = []
    for number, member in enumerate(members):
        place = folder / "model" / str(number)
        place.mkdir(parents=True)
        names.append(Member(str(number), member.model.save(place), member.weight, member.candidate.to_json()))
    contents = _contents(state, rows, encoder, names, card)
    bundles.write(folder, contents, version=VERSION)
    state.news("package", 1, 3, "parity")
    sample = rows.take(np.linspace(0, len(rows) - 1, min(len(rows), package_phase.PROBE_ROWS)).astype(np.int64))
    table = sample.table([c.name for c in rows.schema.features])
    certificate = parity(state, folder, encoder=encoder, members=members, table=table)
    watched = reference_of(state, rows, weights(Predictor.open(folder), table, seed=state.project.config.seed))
    profiles = {**contents.profiles, "watch": watched.to_json()}
    bundles.write(folder, replace(contents, parity=certificate, profiles=profiles), version=VERSION)
    state.news("package", 2, 3, "measure")
    bundles.write_measured(folder, {**measure(folder, table, state), "card": card.get("sentence", "")})


def _contents(
    state: State, rows: Dataset, encoder: Encoder, members: Sequence[Member], card: Mapping[str, Any]
) -> Contents:
    task, target, inputs = state.need("task"), state.need("target"), state.need("loaded").inputs
    trained = state.need("trained")
    profiles = {c.name: inputs[c.kind].profile(rows.column(c.name)).to_json() for c in rows.schema.features}
    schema = rows.schema
    return Contents(
        schema=Schema(schema.columns, schema.slices),
        task=task,
        encoder=encoder,
        members=tuple(members),
        calibration=trained.calibration,
        operating=trained.operating,
        profiles={
            "columns": profiles,
            "target": target.profile(rows.truth, task).to_json(),
            "foresight": _foresight(state, encoder),
        },
        card=card,
        card_text=package_phase.card_text(card),
        sheet={"kinds": card["sheet"]},
        parity={},
        requirements=requirements(),
    )


def requirements() -> tuple[str, ...]:
    """The lines of `requirements.txt`: what it takes to answer, without training libraries."""
    return (
        f"# pip install --no-deps ownproof=={VERSION}",
        *(f"{name}>={metadata.version(name)}" for name in RUNS_ON),
        "# and to answer over HTTP and be watched",
        *(f"{name}>={metadata.version(name)}" for name in SERVED_WITH),
    )


def _foresight(state: State, encoder: Encoder) -> Mapping[str, Any]:
    """What the out-of-fold answers foretell of later ones."""
    split, predictions = state.need("split"), state.need("trained").predictions
    answered = state.need("dataset").take(split.answered)

    def matrix(some: np.ndarray) -> np.ndarray:
        part = encoder.apply(answered.take(some)).encoded
        return part.matrix if part is not None else np.empty((len(some), 0), dtype=np.float32)

    return learnt(
        state.need("target"),
        answered.truth,
        predictions,
        state.need("task"),
        matrix=matrix,
        units=split.units[split.answered],
        seed=state.project.config.seed,
    )


def parity(
    state: State, folder: Path, *, encoder: Encoder, members: Sequence[Refitted], table: pl.DataFrame
) -> Mapping[str, Any]:
    """The certificate of a written bundle beside the models in memory (`members`) on a typed table and what is probed
    around it."""
    trained, target, task = state.need("trained"), state.need("target"), state.need("task")
    schema = state.need("dataset").schema
    predictor = Predictor.open(folder)

    def in_memory(part: pl.DataFrame) -> np.ndarray:
        bare = Dataset(part.lazy(), schema, "probe", part.height)
        ready = encoder.apply(bare)
        raws = [m.model.predict(ready).raw for m in members]
        raw = raws[0] if len(raws) == 1 else np.asarray(sum(m.weight * r for m, r in zip(members, raws, strict=True)))
        return np.asarray(target.calibrated(raw, trained.calibration))

    def row_by_row(part: pl.DataFrame) -> np.ndarray:
        rows = [predictor.raw_one(predictor.typed(r)) for r in part.to_dicts()]
        return np.concatenate(rows) if rows else predictor.raw(part)

    ways = [Way("the bundle", predictor.raw), Way("a row at a time", row_by_row, package_phase.ONE_ROWS)]
    spare = predictor.spare()
    if spare is not None:
        ways.append(Way("ONNX", spare))
    sets = package_phase.probes(table, schema, encoded={c.column for c in encoder.codes})
    return package_phase.parity(
        in_memory, ways, sets, target=target, task=task, operating=trained.operating, policy=state.policy
    )


def json_rows(table: pl.DataFrame, schema: Schema, inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Typed rows as a client would send them."""
    return [
        {n: None if v is None else inputs[schema[n].kind].to_json(v) for n, v in row.items()}
        for row in table.to_dicts()
    ]


def measure(folder: Path, table: pl.DataFrame, state: State) -> dict[str, Any]:
    """Latency and size of the written bundle in a fresh process, which dies with this one."""
    inputs, schema = state.need("loaded").inputs, state.need("dataset").schema
    return in_a_fresh_process(folder, json_rows(table.head(200), schema, inputs))


def in_a_fresh_process(folder: Path, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a written bundle costs for rows as a client sends them."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as handle:
        json.dump(list(rows), handle)
        handle.flush()
        done = subprocess.run(
            [sys.executable, "-P", "-m", "ownproof.runtime.measure", str(folder), handle.name],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            preexec_fn=_die_with_parent,
        )
    if done.returncode:
        raise OwnproofError(
            f"the written bundle cannot be measured: {done.stderr.strip()[-300:]}",
            expected="a bundle that answers in a fresh process",
            where=str(folder),
            hint="report this as a bug with the command that led here",
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _die_with_parent() -> None:
    with_kill = 1  # PR_SET_PDEATHSIG
    ctypes.CDLL(None).prctl(with_kill, signal.SIGKILL)
