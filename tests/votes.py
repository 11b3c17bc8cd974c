"""Answers of raters, as few words as a test needs."""

from typing import Any

from ownproof.core.labelling import Answer, LabelClass, LabelSchema

SCHEMA = LabelSchema("label", "?", (LabelClass("a", "1"), LabelClass("b", "2"), LabelClass("c", "3")))
SPANS = LabelSchema("spans", "?", (LabelClass("ORG", "1"), LabelClass("PER", "2")), text="t")
NUMBER = LabelSchema("number", "?", low=0.0, high=10.0, step=1.0)


def said(*values: Any, item: str = "1") -> dict[tuple[str, str], Answer]:
    """One answer a rater; a text that starts with `skip` is a skip."""
    return {
        (item, f"r{i}"): Answer(
            item, f"r{i}", float(i), **({"skip": v[5:]} if str(v).startswith("skip") else {"value": v})
        )
        for i, v in enumerate(values)
    }


def span(start: int, end: int, label: str = "ORG") -> dict[str, object]:
    return {"start": start, "end": end, "label": label}
