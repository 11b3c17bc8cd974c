"""Declared segments: how many rows each has, and how good its answers are; rare ones stand together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ownproof.core.policy import Policy
from ownproof.core.report import Measure, plain
from ownproof.phases.monitor.performance import Watched, expected, realised
from ownproof.phases.monitor.sample import Sample
from ownproof.stats.intervals import bonferroni

RARE = "(rare ones together)"
ROWS_LEAST = 50
SEED = 20


def segments(
    samples: Sequence[Sample],
    column: str,
    watched: Watched,
    *,
    when: float,
    read: Callable[[Sequence[str]], tuple[np.ndarray, np.ndarray]],
    policy: Policy,
) -> list[dict[str, Any]]:
    """The levels of a segment column over some windows, the largest first.

    when: outcomes logged by then count; read: JSON texts of outcomes to truth and the places that could be read.
    A level is said to be worse than promised when its interval, widened for the number of levels, lies below the promise
    by more than the margin.
    """
    parts = [(s, s.groups[column]) for s in samples if len(s) and column in s.groups]
    if not parts:
        return []
    levels = np.concatenate([g for _, g in parts])
    names, counts = np.unique(levels.astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    kept = [str(names[i]) for i in order[: policy.segment_levels_most] if counts[i] >= ROWS_LEAST]
    rest = [str(names[i]) for i in order if str(names[i]) not in kept]
    groups = [(n, {n}) for n in kept] + ([(RARE, set(rest))] if rest else [])
    wide = replace(policy, level=bonferroni(policy.level, len(groups)))
    return [
        _level(
            name,
            members,
            parts,
            watched,
            total=len(levels),
            when=when,
            read=read,
            policy=wide,
            margin=watched.margin(policy),
        )
        for name, members in groups
    ]


def _level(
    name: str,
    members: set[str],
    parts: Sequence[tuple[Sample, np.ndarray]],
    watched: Watched,
    *,
    total: int,
    when: float,
    read: Callable[[Sequence[str]], tuple[np.ndarray, np.ndarray]],
    policy: Policy,
    margin: float,
) -> dict[str, Any]:
    raws, seen, known_raw, texts = [], [], [], []
    for sample, levels in parts:
        inside = np.array([str(v) in members for v in levels.tolist()], dtype=bool)
        raws.append(sample.raw[inside])
        seen.append(sample.foreseen[inside])
        told = {p: t for p, t in sample.known(when).items() if inside[p]}
        places = np.array(sorted(told), dtype=np.int64)
        known_raw.append(sample.raw[places])
        texts += [told[p] for p in places.tolist()]
    raw, foreseen = np.concatenate(raws), np.concatenate(seen)
    metric = watched.task.metric
    only = replace(watched, alone=True)
    foretold = expected(only, raw, foreseen, policy=policy, seed=SEED).get(metric)
    truth, places = read(texts)
    came = None
    if len(places) >= policy.mature_rows_least:
        came = realised(only, np.concatenate(known_raw)[places], truth, policy=policy, seed=SEED).get(metric)
    worse = _worse(came, watched, margin)
    return dict(
        plain(
            {
                "level": name,
                "rows": len(raw),
                "share": len(raw) / max(1, total),
                "labelled": len(places),
                "expected": foretold.to_json() if foretold else None,
                "realised": came.to_json() if came else None,
                "worse": worse,
                "says": "worse than promised" if worse else "",
            }
        )
    )


def _worse(came: Measure | None, watched: Watched, margin: float) -> bool:
    promised = watched.promised.get(watched.task.metric)
    if came is None or promised is None or came.low is None or came.high is None:
        return False
    if watched.metric.greater:
        return bool(came.high < promised.value - margin)
    return bool(came.low > promised.value + margin)
