"""A bundle as it is watched: what it was made from, what it promised, and its answers read back from a journal."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core import registry
from ownproof.core.foresight import Foresees, restored
from ownproof.core.input import Input
from ownproof.core.policy import Policy
from ownproof.core.prediction import Predictions
from ownproof.core.report import Measure
from ownproof.core.schema import Column
from ownproof.core.target import Target
from ownproof.core.watch import TRUTH, Counts, Reference
from ownproof.errors import InputError, OwnproofError, did_you_mean
from ownproof.phases.monitor.performance import Watched
from ownproof.phases.monitor.segments import RARE
from ownproof.runtime.bundle import Bundle
from ownproof.runtime.journal.typed import typed
from ownproof.runtime.watch import count
from ownproof.runtime.watch.answers import answer_columns, truth_column

if TYPE_CHECKING:
    import polars as pl

LEVEL_SHARE = 0.01
"""A level of fewer of the training rows stands with the rare ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Watching:
    """One bundle, opened to be watched. columns: those that are read of the logged inputs; segments: those of them that
    cut the rows; reference: None where the bundle holds none; levels: of segments with names, those watched apart."""

    bundle: Bundle
    watched: Watched
    inputs: Mapping[str, Input]
    columns: tuple[Column, ...]
    segments: tuple[str, ...]
    reference: Reference | None
    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, bundle: Bundle, segments: Sequence[str], policy: Policy) -> Watching:
        """From an opened bundle. Raises InputError for a segment column that it does not have."""
        schema = bundle.schema
        for name in segments:
            if name not in schema:
                raise InputError(
                    f"segments names {name!r}",
                    expected="columns of the bundle",
                    hint=did_you_mean(name, schema.names, what="columns"),
                    where="project.toml: monitor.segments",
                )
        target: Target = registry.load("targets", bundle.task.target)()
        features = {c.name: c for c in schema.features}
        columns = (*features.values(), *(schema[n] for n in segments if n not in features))
        reference = _reference(bundle)
        levels = _levels(reference, segments, policy.segment_levels_most)
        watched = _watched(bundle, target)
        return cls(bundle, watched, registry.inputs(), columns, tuple(segments), reference, levels)

    def table(self, decisions: pl.DataFrame, cells: Mapping[str, str] | None = None) -> pl.DataFrame:
        """The logged inputs as the model's own typed table."""
        return typed(decisions, self.columns, self.inputs, cells=cells)

    def answers(self, decisions: pl.DataFrame) -> list[dict[str, Any]]:
        """What was answered."""
        return [json.loads(a) for a in decisions["answer"].to_list()]

    def raw(self, answers: Sequence[Mapping[str, Any]]) -> np.ndarray:
        """Answers as the target kind keeps them."""
        return restored(self.watched.target, answers, self.bundle.task, self.bundle.operating)

    def foreseen(self, raw: np.ndarray, table: pl.DataFrame) -> np.ndarray:
        """What is kept of each answer for its outlook, (n, m); m is 0 where nothing is foretold."""
        target, foresight = self.watched.target, self.watched.foresight
        if not foresight or not isinstance(target, Foresees) or not len(raw):
            return np.zeros((len(raw), 0))
        return target.foreseen(raw, self.bundle.encoder.encode(table), foresight)

    def count(self, table: pl.DataFrame, answers: Sequence[Mapping[str, Any]]) -> Counts | None:
        """The rows and their answers in the reference's cells."""
        if self.reference is None:
            return None
        seen = answer_columns(answers, self.bundle.task)
        return count(self.reference, table.with_columns(seen.get_columns()), inputs=self.inputs)

    def grouped(self, table: pl.DataFrame, answers: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Counts]:
        """The same by segment: each of its levels that are watched apart, and the others together."""
        found: dict[tuple[str, str], Counts] = {}
        for column, levels in self.levels.items():
            names = table[column].to_list()
            groups = np.array([n if n in levels else RARE for n in names], dtype=object)
            for level in dict.fromkeys(groups.tolist()):
                places = np.flatnonzero(groups == level)
                counts = self.count(table[places], [answers[i] for i in places.tolist()])
                if counts is not None:
                    found[column, level] = Counts(counts.reference, counts.rows, counts.tallies)
        return found

    def without(self, counts: Counts, columns: Collection[str]) -> Counts:
        """Counts that say nothing of some columns: what was never written down is not missing."""
        if self.reference is None or not columns:
            return counts
        views = {v.name for c in self.reference.columns if c.name in columns for v in c.views}
        return replace(counts, tallies={n: t for n, t in counts.tallies.items() if n not in views})

    def count_truth(self, truth: np.ndarray) -> Counts | None:
        """Outcomes in the reference's cells; None where it holds none."""
        if self.reference is None or all(c.name != TRUTH for c in self.reference.columns):
            return None
        told = [self.watched.target.to_json(t, self.bundle.task) for t in truth]
        return count(self.reference, truth_column(told, self.bundle.task).to_frame(), inputs=self.inputs)

    def reliability(self, raw: np.ndarray, truth: np.ndarray) -> dict[str, float]:
        """How far answers mean what they say, by name, 0 is perfect; empty where a kind has nothing to say of it."""
        ones = np.ones((1, len(truth)))
        found = self.watched.target.reliability(truth, Predictions(raw), ones, self.bundle.task)
        return {name: float(values[0]) for name, values in found.items()}

    def truth(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Outcomes as truth (m,), and the places of those that are of the task."""
        target, task = self.watched.target, self.bundle.task
        read, places = [], []
        for place, text in enumerate(texts):
            try:
                read.append(_truth(target, json.loads(text), task))
                places.append(place)
            except (ValueError, TypeError, KeyError, OwnproofError):
                continue
        return _array(read), np.asarray(places, dtype=np.int64)

    def spell(self, raw: np.ndarray) -> list[str]:
        """Raw answers that are no numbers, as JSON texts."""
        return [json.dumps(self.watched.target.to_json(r, self.bundle.task)) for r in raw]

    def unspell(self, texts: list[str]) -> np.ndarray:
        """The inverse of `spell`."""
        return _array([self.watched.target.from_json(json.loads(t), self.bundle.task) for t in texts])


def _levels(reference: Reference | None, segments: Sequence[str], most: int) -> dict[str, tuple[str, ...]]:
    """The most frequent levels of each segment column that is watched by its names, by the training rows."""
    views = {v.name: v for c in (reference.columns if reference else ()) for v in c.views if v.form == "levels"}
    found = {}
    for name in segments:
        if reference is not None and name in views and views[name].levels:
            rows = reference.counts.tallies[name].cells[: len(views[name].levels)]
            order = np.argsort(-rows, kind="stable")[:most]
            found[name] = tuple(views[name].levels[i] for i in order.tolist() if rows[i] >= LEVEL_SHARE * rows.sum())
    return found


def _truth(target: Target, value: Any, task: Any) -> Any:
    """An outcome as it was sent: as the kind writes its answers, else as a cell of a table."""
    try:
        return target.from_json(value, task)
    except (ValueError, TypeError, KeyError, OwnproofError):
        return target.read(value, task)


def _array(values: list[Any]) -> np.ndarray:
    if values and all(isinstance(v, (int, np.integer)) for v in values):
        return np.asarray(values, dtype=np.int64)
    if values and all(isinstance(v, float) for v in values):
        return np.asarray(values, dtype=np.float64)
    out = np.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        out[place] = value
    return out


def _watched(bundle: Bundle, target: Target) -> Watched:
    card = bundle.card
    promised = {
        name: Measure(m["value"], m["low"], m["high"])
        for name, m in (card.get("metrics") or {}).items()
        if m and m.get("value") is not None
    }
    worth = (card.get("baseline") or {}).get("worthwhile")
    foresight = _profile(bundle, "foresight") or {}
    return Watched(target, bundle.task, bundle.operating, foresight, promised, worth)


def _reference(bundle: Bundle) -> Reference | None:
    said = _profile(bundle, "watch")
    return Reference.from_json(said) if said else None


def _profile(bundle: Bundle, name: str) -> dict[str, Any] | None:
    path = bundle.folder / "profiles" / f"{name}.json"
    return dict(bundle.read(f"profiles/{name}.json")) if path.is_file() else None
