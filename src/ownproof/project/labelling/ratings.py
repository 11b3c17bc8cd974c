"""The answers of a label folder as ratings, which agreement is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ownproof.core.labelling import Answer
from ownproof.core.ratings import Ratings
from ownproof.errors import InputError, all_at_once
from ownproof.project.labelling import answers
from ownproof.project.labelling.folder import LabelFolder

OWN: Final = ("batch", "drawn")


def ratings(folder: LabelFolder, *, slices: Sequence[str] = ()) -> Ratings:
    """Every answer that holds, with the earlier ones that it replaced; skips and what was taken back are left out.

    slices: columns of the items by which agreement is told apart, or `batch` and `drawn` of each item. Raises
    InputError, for every column that no item has at once.
    """
    schema, items = folder.schema(), folder.items()
    known = {name for i in items for name in i.fields} | set(OWN)
    absent = [InputError.no_column(s, sorted(known), role="--slice") for s in slices if s not in known]
    if absent:
        raise all_at_once(absent)
    by = {s: {i.item: str(getattr(i, s) if s in OWN else i.fields.get(s, "")) for i in items} for s in slices}
    given = held(answers.read(folder))
    return Ratings.of(
        [a.item for a in given],
        [a.rater for a in given],
        [a.value for a in given],
        kind=schema.scale,
        order=schema.names if schema.kind == "label" else (),
        at=[a.at for a in given],
        slices=by,
        lengths={i.item: len(i.text or "") for i in items} if schema.kind == "spans" else None,
    )


def held(answered: answers.Answered) -> list[Answer]:
    """The values of items and raters whose last word is a value, the replaced ones among them, oldest first."""
    last = answered.current()
    counting = {key for key, answer in last.items() if answer.counts}
    return [a for a in answered.answers if a.counts and (a.item, a.rater) in counting]
