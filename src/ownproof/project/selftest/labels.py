"""What is planted in labels: raters who say what comes into their heads."""

from __future__ import annotations

from typing import Final

import numpy as np

from ownproof.core.labelling import Answer, Item
from ownproof.project import flow
from ownproof.project.agreeing import Columns, agree
from ownproof.project.labelling.answers import append_all
from ownproof.project.labelling.folder import LabelFolder
from ownproof.project.labelling.making import init
from ownproof.project.selftest.cases import Case, Place, Seen
from ownproof.project.selftest.tables import customers

ITEMS: Final = 120


def _rated(place: Place, *, alike: float) -> Seen:
    """Two raters of one folder, the second of whom says the same in a share of the items and else draws a lot; then the
    audit of a sound table in that folder."""
    data = place.file(customers())
    project = place.project(data, target="left")
    init(project.root, kind="label", question="Will they leave?", classes=["no", "yes"])
    folder, rng = LabelFolder(project.root), np.random.default_rng(4)
    folder.add([Item(str(i), drawn="imported") for i in range(ITEMS)])
    first, lot = rng.integers(0, 2, ITEMS), rng.integers(0, 2, ITEMS)
    second = np.where(rng.random(ITEMS) < alike, first, lot)
    said = {"ann": first, "ben": second}
    given = [
        Answer(str(i), rater, float(i), ("no", "yes")[v])
        for rater, values in said.items()
        for i, v in enumerate(values)
    ]
    append_all(folder, given, writer="selftest")
    agree(project.root, Columns())
    return Seen.of(flow.run(flow.opened(project.root, {}), data, last="audit", command="audit"))


CASES: Final = (
    Case(
        "labels",
        "labels that two raters do not agree on",
        "label.agreement",
        4,
        lambda p: _rated(p, alike=0.2),
        lambda p: _rated(p, alike=0.97),
    ),
)
