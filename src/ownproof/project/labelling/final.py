"""The final label of every item of a folder, and what is still disputed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ownproof.core.labelling import Answer, Item, LabelSchema
from ownproof.core.policy import Policy
from ownproof.phases.label.consensus import Settled, settle, votes_of
from ownproof.phases.label.disputes import Dispute, disputes
from ownproof.project.labelling import answers
from ownproof.project.labelling.folder import LabelFolder


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the labels of a folder stand. settled: by item, of those that were answered or decided; open: disputes that
    nobody decided, the most worth first; torn: lines that a crash cut short."""

    schema: LabelSchema
    items: Mapping[str, Item]
    votes: Mapping[str, list[Answer]]
    settled: Mapping[str, Settled]
    open: tuple[Dispute, ...]
    torn: int


def standing(folder: LabelFolder, policy: Policy | None = None) -> Standing:
    """Read a folder and settle what can be settled; answers to items that the folder does not know are left out."""
    schema, items = folder.schema(), {i.item: i for i in folder.items()}
    answered = answers.read(folder)
    current = {key: a for key, a in answered.current().items() if key[0] in items}
    votes = votes_of(current)
    least = (policy or Policy()).dawid_skene_from
    settled = settle(votes, schema, decided=decided(folder, items), dawid_skene_from=least)
    return Standing(schema, items, votes, settled, disputes(votes, schema, settled), answered.torn)


def decided(folder: LabelFolder, items: Mapping[str, Item]) -> dict[str, Any]:
    """The last decision on each item; None leaves it out."""
    return {str(d["item"]): d.get("value") for d in folder.decisions() if d.get("item") in items}


def final(folder: LabelFolder, policy: Policy | None = None) -> dict[str, Settled]:
    """The label of every item that was answered or decided, with how it came about."""
    return dict(standing(folder, policy).settled)
