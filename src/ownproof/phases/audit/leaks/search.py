"""The rules that look at more than one column, or at all of one, each after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ownproof.core.dataset import Dataset
from ownproof.core.input import Input
from ownproof.phases.audit.leaks.derived import derived
from ownproof.phases.audit.leaks.table import Case, Table, Whole, eligible, probe_of
from ownproof.phases.audit.seen import Eye, Seen
from ownproof.phases.audit.views import view

RULES = (derived,)


def searched(
    open_rows: Dataset, inputs: Mapping[str, Input], seen: Sequence[Seen], *, eye: Eye, accused: set[str]
) -> list[Case]:
    """What each rule says of the columns that the ones before it left alone. open_rows: those that are not sealed."""

    def fetch(name: str) -> Whole:
        cells = open_rows.column(name)
        keys = inputs[open_rows.schema[name].kind].keys(cells)
        return Whole(cells, view(cells, lambda: keys), keys)

    few = eye.truth.take(eye.some)
    table = Table(eligible(seen, accused, eye.available), eye.truth, few, probe_of(few), fetch, eye.policy, eye.seed)
    found: list[Case] = []
    for rule in RULES:
        cases = rule(table)
        found += cases
        table = table.without({c for case in cases if case.finding.level != "ok" for c in case.finding.columns})
    return found
