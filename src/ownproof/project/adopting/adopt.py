"""`adopt`: from a trained model and rows with answers to a bundle that is unproven and says so."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core.encoder import Encoder
from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.core.reader import RawTable
from ownproof.core.report import Report, plain
from ownproof.core.schema import Roles
from ownproof.core.target import Operating
from ownproof.core.task import Wishes
from ownproof.errors import UsageError
from ownproof.phases import package as package_phase
from ownproof.phases import sheet as sheet_phase
from ownproof.phases.package import Way
from ownproof.project import packing
from ownproof.project.adopting.original import Original
from ownproof.project.adopting.table import Ground, encoder_of, ground
from ownproof.project.disk import disk
from ownproof.project.reference import reference_over
from ownproof.runtime import bundle as bundles
from ownproof.runtime.bundle import Contents, Member
from ownproof.runtime.predictor import Predictor
from ownproof.runtime.verify import verify
from ownproof.runtime.watch.answers import answer_columns, truth_column
from ownproof.runtime.watch.weights import weights
from ownproof.version import VERSION

if TYPE_CHECKING:
    import polars as pl

COMPARED = 20_000
"""Rows of the data that the bundle and the model are both asked for."""
LEVEL = "S0"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of an adoption. out: the bundle's folder. roles: of the columns of the data; classes: the model's, in its order."""

    out: Path
    roles: Roles
    wishes: Wishes
    classes: tuple[str, ...] = ()
    seed: int = 0


def adopted(originals: Sequence[Original], raw: RawTable, wish: Wish) -> dict[str, Any]:
    """Write the bundle of the first form of a model whose bundle answers as the model does, beside its place, then move it there.

    originals: the same model in the forms that it can be carried over in, best first. The answer is the JSON object of the command; its exit is 4,
    and `bundle` None, when no form keeps the model's answers. Raises InputError for data that does not fit the model.
    """
    _check_place(wish.out)
    answer: dict[str, Any] = {}
    with disk("write the bundle", wish.out):
        for original in originals:
            draft = Path(tempfile.mkdtemp(prefix=f".{wish.out.name}.", dir=wish.out.parent))
            try:
                answer = _written(original, raw, wish, draft)
                if answer["exit"] == 0:
                    _placed(draft, wish.out, answer)
                    return answer
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return {**answer, "bundle": None}


def _written(original: Original, raw: RawTable, wish: Wish, folder: Path) -> dict[str, Any]:
    found = ground(original, raw, wish.roles, wishes=wish.wishes, classes=wish.classes)
    place = folder / "model" / "0"
    place.mkdir(parents=True)
    scorer = original.save(place, dict(found.columns))
    contents = _contents(original, found, Member("0", scorer, 1.0, {"adopted": original.format}))
    bundles.write(folder, contents, version=VERSION)
    if scorer.startswith("onnx"):
        _alone(folder, place, found)
        bundles.write(folder, contents, version=VERSION)
    certificate = _certificate(original, found, contents, Predictor.open(folder))
    report = package_phase.certificate_report(certificate)
    predictor = Predictor.open(folder)
    raw_answers = predictor.raw(found.table)
    metrics = _metrics(found, raw_answers, contents.operating)
    card = _card(original, found, certificate, metrics)
    watched = reference_over(
        found.dataset,
        _answered(found, raw_answers, contents.operating),
        _weights(predictor, found, wish.seed),
        inputs=found.inputs,
    )
    contents = replace(
        contents, parity=certificate, card=card, card_text=package_phase.card_text(card),
        profiles={**contents.profiles, "watch": watched.to_json()},
    )  # fmt: skip
    manifest = bundles.write(folder, contents, version=VERSION)
    refused = any(g.status == "refused" for g in report.gates)
    measured: Mapping[str, Any] = {}
    if not refused:
        rows = packing.json_rows(_features(found, 200), found.dataset.schema, found.inputs)
        measured = packing.in_a_fresh_process(folder, rows)
        bundles.write_measured(folder, {**measured, "card": card["sentence"]})
    return _said(
        original, found, report, {"hash": manifest["hash"], "measured": measured, "card": card, "out": wish.out}
    )


def _contents(original: Original, found: Ground, member: Member) -> Contents:
    schema, task, target = found.dataset.schema, found.task, found.target
    profiles = {c.name: found.inputs[c.kind].profile(found.table[c.name]).to_json() for c in schema.features}
    truth = found.dataset.truth
    assert truth is not None  # noqa: S101 - `ground` sets it
    encoder: Encoder = encoder_of(original, found)
    return Contents(
        schema=schema,
        task=task,
        encoder=encoder,
        members=(member,),
        calibration={},
        operating=_operating(found),
        profiles={
            "columns": profiles,
            "target": target.profile(truth, task).to_json(),
            "foresight": {},  # answers to rows that the model may have been trained on foretell nothing
        },
        card={"title": f"A model of {task.column}"},
        card_text="",
        sheet={"kinds": sheet_phase.unknown()},
        parity={},
        requirements=packing.requirements(),
    )


def _operating(found: Ground) -> Operating:
    """The likeliest class, as the model's own library decides: of two equal shares the first class."""
    if len(found.task.classes) != 2:
        return Operating(why="the likeliest class" if found.task.classes else "")
    half = 0.5 if found.task.positive_index == 0 else float(np.nextafter(0.5, 1.0))
    return Operating(half, why="the likeliest class, as the model itself decides")


def _alone(folder: Path, place: Path, found: Ground) -> None:
    """Ask a graph row by row where it answers rows beside others with another last bit than alone."""
    predictor = Predictor.open(folder)
    table = _features(found, 203)
    together = predictor.raw(table)
    apart = np.concatenate([predictor.raw_one(predictor.typed(r)) for r in table.to_dicts()])
    if np.array_equal(together, apart, equal_nan=True):
        return
    path = place / "model.json"
    says = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps({**says, "alone": True}), encoding="utf-8")


def _features(found: Ground, most: int) -> pl.DataFrame:
    """Rows spread over the data, the model's columns only."""
    rows = np.linspace(0, found.table.height - 1, min(found.table.height, most)).astype(np.int64)
    return found.table.select([c.name for c in found.dataset.schema.features])[rows]


def _certificate(original: Original, found: Ground, contents: Contents, predictor: Predictor) -> dict[str, Any]:
    """What the bundle answers beside what the model itself does, on the data and on what goes wrong in practice."""
    table, target = _features(found, COMPARED), found.target
    codes = {c.column for c in contents.encoder.codes}
    sets = {"the data": table, **package_phase.probes(table, found.dataset.schema, encoded=codes)}
    asked, left_out = _answerable(lambda part: original.answer(found.asked(part)), sets)

    def row_by_row(part: pl.DataFrame) -> np.ndarray:
        rows = [predictor.raw_one(predictor.typed(r)) for r in part.to_dicts()]
        return np.concatenate(rows) if rows else predictor.raw(part)

    ways = [Way("the bundle", predictor.raw, COMPARED), Way("a row at a time", row_by_row, package_phase.ONE_ROWS)]
    spare = predictor.spare()
    if spare is not None:
        ways.append(Way("ONNX", spare, COMPARED))
    made = package_phase.parity(
        lambda part: original.answer(found.asked(part)),
        ways,
        {name: sets[name] for name in asked},
        target=target,
        task=found.task,
        operating=contents.operating,
        policy=Policy(),
    )
    own = _own_decisions(original, found, table, predictor)
    extra = [own] if own else []
    return {
        **made,
        "sets": [*made["sets"], *extra],
        "flips": made["flips"] + sum(r["flips"] for r in extra),
        "not_asked": left_out,
    }


def _answerable(
    answer: Callable[[pl.DataFrame], np.ndarray], sets: Mapping[str, pl.DataFrame]
) -> tuple[list[str], dict[str, str]]:
    """The sets that the model itself answers with finite numbers, and why it does not answer the others."""
    asked: list[str] = []
    left_out: dict[str, str] = {}
    for name, part in sets.items():
        try:
            finite = bool(np.isfinite(answer(part)).all())
        except Exception as why:
            if name == "the data":
                raise
            left_out[name] = (str(why).strip().splitlines() or [type(why).__name__])[0][:160]
            continue
        if finite:
            asked.append(name)
        else:
            left_out[name] = "the model itself answers NaN"
    return asked, left_out


def _own_decisions(
    original: Original, found: Ground, table: pl.DataFrame, predictor: Predictor
) -> dict[str, Any] | None:
    """The model's own decisions beside the bundle's predictions."""
    if original.decide is None or not found.task.classes:
        return None
    theirs = [
        found.target.read(v, found.task) for v in _as_classes(original, found, original.decide(found.asked(table)))
    ]
    ours = [found.target.read(a["prediction"], found.task) for a in predictor.answers(predictor.raw(table))]
    flips = sum(a != b for a, b in zip(theirs, ours, strict=True))
    return {
        "way": "the model's own decisions",
        "set": "the data",
        "rows": table.height,
        "flips": flips,
        "largest_difference": 0.0,
    }


def _as_classes(original: Original, found: Ground, decided: list[Any]) -> list[Any]:
    """Decisions as the data writes its classes."""
    if original.classes is None:
        return [found.task.classes[int(v)] if isinstance(v, int) else v for v in decided]
    names = dict(zip(map(str, original.classes), found.task.classes, strict=True))
    return [names.get(str(v), v) for v in decided]


def _metrics(found: Ground, raw: np.ndarray, operating: Operating) -> dict[str, Any]:
    """The task's metrics on the rows that were handed in, which the model may have been trained on."""
    truth = found.dataset.truth
    assert truth is not None  # noqa: S101 - `ground` sets it
    tally = found.target.tally(truth, Predictions(raw), found.task, operating)
    names = [n for n, m in found.target.metrics(found.task).items() if m.judges]
    scores = found.target.score(tally, np.ones((1, found.table.height)), found.task, names)
    return {n: {"value": float(scores[n][0]), "low": None, "high": None} for n in names if n in scores}


def _answered(found: Ground, raw: np.ndarray, operating: Operating) -> pl.DataFrame:
    """Answers and truth as they are watched."""
    frame = answer_columns(found.target.answers(raw, found.task, operating), found.task)
    outcomes = [found.target.to_json(t, found.task) for t in found.dataset.truth]  # type: ignore[union-attr]
    return frame.with_columns(truth_column(outcomes, found.task))


def _weights(predictor: Predictor, found: Ground, seed: int) -> dict[str, float]:
    return weights(predictor, _features(found, package_phase.PROBE_ROWS), seed=seed)


def _card(
    original: Original, found: Ground, certificate: Mapping[str, Any], metrics: Mapping[str, Any]
) -> dict[str, Any]:
    task = found.task
    card = {
        "title": f"A model of {task.column}",
        "sentence": (
            f"Adopted, and unproven: a model of {original.format} that was trained elsewhere; on {certificate['rows']:,} rows the bundle answers as the "
            f"model itself does ({certificate['flips']} decisions differ). What it is worth was not shown here."
        ),
        "verdict": None,
        "evidence": None,
        "weights": "adopted",
        "run": None,
        "metric": task.metric,
        "model": original.format,
        "baseline": None,
        "metrics": {},  # a promise to be held against later rows, which figures on rows it may have seen are not
        "on_the_data": metrics,
        "rows": found.table.height,
        "data": found.dataset.fingerprint[:16],
        "proof": {"level": LEVEL, "generation": None, "openings": 0, "sealed_units": 0, "anchor": None},
        "openings": [],
        "waivers": [],
        "sheet": sheet_phase.unknown(),
        "wrong": [
            "Rows that the model was trained on: its figures on them say nothing of new ones (ownproof judge on later rows does).",
            "Everything that went wrong in training: nobody here saw it.",
            f"Reference profiles come from the {found.table.height:,} rows that were handed in, not from those it was trained on.",
        ],
    }
    cleaned: dict[str, Any] = plain(card)
    return cleaned


def _said(original: Original, found: Ground, report: Report, made: Mapping[str, Any]) -> dict[str, Any]:
    schema, gates = found.dataset.schema, [g.to_json() for g in report.gates]
    refused = any(g["status"] == "refused" for g in gates)
    certificate, task = report.facts["parity"], found.task
    return {
        "exit": 4 if refused else 0,
        "format": original.format,
        "verdict": None,
        "evidence": None,
        "proof": made["card"]["proof"],
        "gates": gates,
        "inputs": [{"input": n, "column": c, "kind": schema[c].kind} for n, c in found.columns.items()],
        "unused": [c.name for c in schema.columns if c.role == "drop"],
        "task": {
            "column": task.column, "target": task.target, "classes": list(task.classes), "positive": task.positive,
            "metric": task.metric,
        },
        "rows": found.table.height,
        "metrics": made["card"]["on_the_data"],
        "parity": {k: certificate[k] for k in ("rows", "flips", "largest_difference", "limit", "not_asked")},
        "latency": {k: v for k, v in made["measured"].items() if k in ("one_row_p50_ms", "one_row_p95_ms", "rows_per_s")} or None,
        "bundle": str(made["out"]),
        "bundle_hash": None if refused else made["hash"],
    }  # fmt: skip


def _check_place(out: Path) -> None:
    if not out.parent.is_dir():
        raise UsageError(
            f"--out: there is no folder {out.parent}",
            expected="a folder that exists",
            hint="make it first",
            where="--out",
        )
    if out.exists() and not (out / "manifest.json").is_file():
        raise UsageError(
            f"{out} is there already, and no bundle",
            expected="a free name",
            hint="name another folder with --out",
            where="--out",
        )


def _placed(draft: Path, out: Path, answer: Mapping[str, Any]) -> None:
    """Move the bundle into its place; the same one may lie there already, another one stays."""
    if out.exists():
        if verify(out)["hash"] == answer["bundle_hash"]:
            return
        raise UsageError(
            f"{out} holds another bundle",
            expected="a free name, or the same bundle",
            hint="name another folder with --out, or remove that one",
            where="--out",
        )
    draft.chmod(0o755)
    draft.rename(out)
