"""Where the model errs: segments that break their promise, and where the errors gather."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ownproof.core.dataset import Dataset
from ownproof.core.policy import Policy
from ownproof.core.report import Block, Chart, Grid, Note, Report, Section, Series
from ownproof.core.target import Target
from ownproof.core.task import Task
from ownproof.phases.evaluate.contest import Contender, Rows
from ownproof.phases.evaluate.cuts import Cut, cuts
from ownproof.phases.evaluate.segments import Segment, segment_findings, segments
from ownproof.phases.evaluate.setting import Setting
from ownproof.phases.evaluate.words import figure, share
from ownproof.stats.clusters import Cluster, clusters
from ownproof.stats.distributions import two_sided
from ownproof.stats.little_bootstrap import bag

LIFT = 1.25
CLUSTERS_MOST = 8


def errors(
    dataset: Dataset,
    units: np.ndarray,
    task: Task,
    target: Target,
    *,
    model: Contender,
    policy: Policy,
    level: float,
    seed: int,
) -> Report:
    """Look for weak segments and clusters of errors, on rows that are not sealed: beyond `policy.segment_rows_most` on
    the rows of so many units, by their hash, that about so many rows are looked at.

    dataset: rows with their truth, as for `evaluate`; units: their codes, int64 (n,). facts: `segments`, `clusters`.
    """
    if dataset.truth is None:
        raise ValueError("errors need rows whose truth is known")
    rows = Rows(dataset.truth, dataset.weigh(), np.asarray(units), target.strata(dataset.truth, task))
    some = _some(rows, policy.segment_rows_most)
    if some is not None:
        dataset, rows = dataset.take(some), rows.take(some)
        model = replace(model, predictions=model.predictions.take(some), before=None)
    setting = Setting(rows, task, target, level, policy, seed)
    made = cuts(dataset)
    weak = segments(setting, model, made)
    what, gathered = _gathered(setting, model, made)
    blocks = (*segment_blocks(weak, made, policy), *cluster_blocks(what, gathered, made, level))
    facts: dict[str, Any] = {"segments": [s.to_json() for s in weak], "clusters": [_told(c, made) for c in gathered]}
    if some is not None:
        blocks = (
            *blocks,
            Note(f"Looked for on {len(some):,} of {len(units):,} rows, whole units drawn by their hash."),
        )
    sections = (Section("Where the model errs", blocks, "errors"),) if made else ()
    return Report("evaluate", tuple(segment_findings(weak)), sections=sections, facts=facts)


def _some(rows: Rows, most: int) -> np.ndarray | None:
    """Places of about so many rows, whole units drawn by their hash; None for all of them."""
    if len(rows.units) <= most:
        return None
    found = bag(
        rows.units, np.zeros(len(rows.units), dtype=np.int64), max(1, most * rows.unit_count // len(rows.units))
    )
    return None if found is None else found.rows


def _gathered(setting: Setting, model: Contender, made: Sequence[Cut]) -> tuple[str, list[Cluster]]:
    """The clusters that are surely worse than the whole, and what is counted. Every second unit grows the tree."""
    rows = setting.rows
    what, loss = setting.target.errs(rows.truth, model.predictions, setting.task, model.operating)
    loss = loss.astype(np.float64)
    if not made or not np.isfinite(loss).all() or len(loss) < 4 * setting.policy.segment_rows_least:
        return what, []
    _, place = np.unique(rows.units, return_inverse=True)
    binned = [c.binned for c in made]
    least = max(setting.policy.segment_rows_least // 2, len(loss) // 100)
    found = clusters(binned, loss, place.reshape(-1) % 2 == 0, least=least)
    whole, z = float(loss.mean()), two_sided(setting.level)
    return what, [c for c in found if c.mean > LIFT * whole and c.mean - z * c.error > whole][:CLUSTERS_MOST]


def described(cluster: Cluster, made: Sequence[Cut]) -> str:
    """The conditions of a cluster in one line."""
    said = [("" if has else "not ") + made[f].conditions[level] for f, level, has in cluster.steps]
    return " and ".join(said)


def _told(cluster: Cluster, made: Sequence[Cut]) -> dict[str, Any]:
    return {
        "conditions": described(cluster, made),
        "rows": cluster.rows,
        "mean": cluster.mean,
        "share_of_loss": cluster.share,
    }


def segment_blocks(found: Sequence[Segment], made: Sequence[Cut], policy: Policy) -> tuple[Block, ...]:
    """The weak segments: in a sentence, as a picture, as a table."""
    looked = (
        f"All cells of one or two of {len(made)} binned columns with {policy.segment_rows_least} rows or more were held "
        f"against what the answers promise there; false alarms over all of them: at most {share(policy.segment_alpha)}."
    )
    if not found:
        return (Note(f"No segment breaks its promise. {looked}"),)
    shares = [s for s in found if s.share]
    charts: list[Block] = []
    if shares:
        names = tuple(f"{s.name}: {s.says}" for s in shares)
        z = two_sided(0.95)
        reach = [z * (max(s.came * (1 - s.came), 1e-6) / s.rows) ** 0.5 for s in shares]
        got = Series(
            "got",
            names,
            tuple(s.came for s in shares),
            tuple(max(0.0, s.came - r) for s, r in zip(shares, reach, strict=True)),
            tuple(min(1.0, s.came + r) for s, r in zip(shares, reach, strict=True)),
        )
        promised = Series("promised", names, tuple(s.promised for s in shares))
        charts = [Chart("Promised and got", "dots", (got, promised), x_label="share", caption="With 95 % intervals.")]
    lines = tuple((s.name, s.rows, s.says, figure(s.promised), figure(s.came), f"{s.p:.1g}") for s in found)
    head = "segment" if len(found) == 1 else "segments"
    return (
        Note(f"{len(found)} {head} break what the answers promise. {looked}"),
        *charts,
        Grid(
            ("segment", "rows", "of", "promised", "got", "chance of it anywhere"),
            lines,
            "What mends one: abstain there, add rows like these, or add a column that tells them apart.",
        ),
    )


def cluster_blocks(what: str, found: Sequence[Cluster], made: Sequence[Cut], level: float) -> tuple[Block, ...]:
    """Where the errors gather, promised or not."""
    if not found:
        return (Note("The errors gather nowhere in particular: no group of rows is surely worse than the whole."),)
    z = two_sided(level)
    lines = tuple((described(c, made), c.rows, c.mean, figure(z * c.error), share(round(c.share, 3))) for c in found)
    return (
        Grid(
            ("errors gather where", "rows", what, "±", "of all errors"),
            lines,
            "Hard places, whether the answers admit it or not: a shallow tree over the columns, grown on half of the "
            "rows and measured on the other half.",
        ),
    )
