"""The rules that look at more than one column, or at all of one, each after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.phases.audit.leaks.aggregate import aggregates
from ownproof.phases.audit.leaks.clock import clocks
from ownproof.phases.audit.leaks.derived import derived
from ownproof.phases.audit.leaks.gaps import gaps
from ownproof.phases.audit.leaks.later import later
from ownproof.phases.audit.leaks.order import BESIDE
from ownproof.phases.audit.leaks.pairs import pairs
from ownproof.phases.audit.leaks.regions import regions
from ownproof.phases.audit.leaks.table import Case, Table, Whole, eligible, probe_of
from ownproof.phases.audit.leaks.tokens import tokens
from ownproof.phases.audit.names import counts_time
from ownproof.phases.audit.seen import Eye, Seen
from ownproof.stats.association import spearman

RULES = (derived, aggregates, later, pairs, gaps, clocks, tokens, regions)


def searched(
    open_rows: Dataset, inputs: Mapping[str, Input], seen: Sequence[Seen], *, eye: Eye, accused: set[str]
) -> list[Case]:
    """What each rule says of the columns that the ones before it left alone. open_rows: those that are not sealed."""

    def fetch(name: str) -> Whole:
        return Whole(open_rows.column(name), inputs[open_rows.schema[name].kind])

    orders = tuple(replace(o, timed=o.timed or _runs_with_time(seen, eye)) for o in eye.sequences)
    few = eye.truth.take(eye.some)
    table = Table(
        eligible(seen, accused, eye.available),
        tuple(seen),
        eye.truth,
        eye.some,
        few,
        probe_of(few),
        fetch,
        orders,
        eye.anchors,
        eye.policy,
        eye.seed,
    )
    found: list[Case] = []
    for rule in RULES:
        cases = rule(table)
        found += cases
        table = table.without({c for case in cases if case.finding.level != "ok" for c in case.finding.columns})
    return found


def _runs_with_time(seen: Sequence[Seen], eye: Eye) -> bool:
    """Whether the file lies in the order of a moment, or of a number that is called a time."""
    return any(
        one.some.numbers is not None
        and (one.column.kind == "moment" or counts_time(one.name))
        and spearman(one.some.numbers, eye.some) >= BESIDE
        for one in seen
    )
