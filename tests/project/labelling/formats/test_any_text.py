"""Whatever raters read and marked goes through every format: any script, emoji, breaks, empty marks."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownproof.core.labelling import Answer, Item, LabelClass, LabelSchema
from ownproof.project.labelling.formats import FORMATS
from ownproof.project.labelling.formats.carried import Asked, Sent, Source

SPANS = LabelSchema("spans", "?", (LabelClass("PER", "1"), LabelClass("a b", "2")), "text")
CLASSES = LabelSchema(
    "label", "?", (LabelClass("no, not", "1"), LabelClass('"yes"', "2"), LabelClass("ja\nein", "3")), "text"
)
LETTERS = st.sampled_from(list("abz ,.'\"\t\n#-O\U0001f600e\u0301\u4e2d\u05e9\u200f\u00a0\u2028\x1c")) | st.characters(
    exclude_categories=["Cs", "Cc"]
)


@st.composite
def marked(draw):
    """A text with marks that begin and end on something that can be seen."""
    text = draw(st.text(LETTERS, min_size=1, max_size=40).filter(lambda t: t.strip()))
    seen = [n for n, c in enumerate(text) if c.isalnum()]
    cuts = sorted(draw(st.lists(st.sampled_from(seen), max_size=6, unique=True))) if seen else []
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return text, [{"start": a, "end": b + 1, "label": draw(st.sampled_from(SPANS.names))} for a, b in pairs]


def through(form, sent, schema, ending):
    """What comes back of some items after a file."""
    chosen = FORMATS[form]
    data = chosen.write(sent, Asked(schema, ending=ending), final=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"labels{ending}"
        path.write_bytes(data)
        read = chosen.read(Source(path.name, data, str(path)), Asked(schema, rater="ann", empty=True))
    return [(i.text, schema.read(g.value, text=i.text)) for i in read.items for g in i.answers]


@pytest.mark.parametrize(
    ("form", "ending"),
    [
        ("label-studio", ".json"),
        ("prodigy", ".jsonl"),
        ("doccano", ".jsonl"),
        ("conll", ".conll"),
        ("table", ".parquet"),
    ],
)
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(marked(), min_size=1, max_size=3))
def test_marks_in_any_text_come_back_from_every_format(form, ending, several):
    sent = [Sent(Item(f"i{n}", t), (Answer(f"i{n}", "ann", 1.0, spans),)) for n, (t, spans) in enumerate(several)]
    assert through(form, sent, SPANS, ending) == several


@pytest.mark.parametrize(
    ("form", "ending"),
    [("label-studio", ".json"), ("prodigy", ".jsonl"), ("doccano", ".jsonl"), ("table", ".csv"), ("table", ".parquet")],
)
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(marked(), st.sampled_from(CLASSES.names)), min_size=1, max_size=3))
def test_classes_of_any_text_come_back_from_every_format(form, ending, several):
    wanted = [(text, label) for (text, _), label in several]
    sent = [Sent(Item(f"i{n}", t), (Answer(f"i{n}", "ann", 1.0, label),)) for n, (t, label) in enumerate(wanted)]
    assert through(form, sent, CLASSES, ending) == wanted


@pytest.mark.parametrize(
    ("form", "ending"),
    [("label-studio", ".json"), ("prodigy", ".jsonl"), ("doccano", ".jsonl"), ("table", ".csv"), ("table", ".parquet")],
)
def test_numbers_come_back_from_every_format(form, ending):
    schema = LabelSchema("number", "?", (), "text")
    wanted = [("a", 0.1), ("b", -1234567.25), ("c", 3.0), ("d", 1e-9)]
    sent = [Sent(Item(f"i{n}", t), (Answer(f"i{n}", "ann", 1.0, v),)) for n, (t, v) in enumerate(wanted)]
    assert through(form, sent, schema, ending) == wanted
