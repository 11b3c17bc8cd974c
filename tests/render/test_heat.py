"""Coloured cells."""

from itertools import pairwise
from xml.etree import ElementTree as ET

from ownproof.core.report import Chart, Series
from ownproof.render import heat


def parts(chart):
    return ET.fromstring(f"<svg>{heat.draw(chart)[0]}</svg>")


def test_a_confusion_matrix_writes_its_counts_and_names_its_axes():
    svg = parts(
        Chart(
            "t",
            "heat",
            (Series("no", ("no", "yes"), (1042.0, 3.0)), Series("yes", ("no", "yes"), (7.0, 99.0))),
            "predicted",
            "truth",
        )
    )
    words = " ".join(svg.itertext())
    assert all(w in words for w in ("1,042", "99", "predicted →", "↓ truth"))


def test_names_of_many_columns_do_not_run_into_each_other():
    names = tuple(f"a rather long name {i}" for i in range(40))
    svg = parts(Chart("t", "heat", tuple(Series(n, names, tuple(range(40))) for n in names)))
    turned = sorted(float(t.get("x")) for t in svg.iter("text") if t.get("transform"))
    assert len(turned) >= 10
    assert min(b - a for a, b in pairwise(turned)) >= heat.ASLANT - 0.5
    rows = sorted(float(t.get("y")) for t in svg.iter("text") if not t.get("transform"))
    assert min(b - a for a, b in pairwise(rows)) >= heat.LINE - 0.5


def test_the_larger_the_deeper():
    svg = parts(Chart("t", "heat", (Series("r", ("a", "b"), (1.0, 10.0)),)))
    small, large = [float(e.get("fill-opacity")) for e in svg.iter("rect")]
    assert small < large


def test_a_cell_without_a_value_is_a_hole():
    svg = parts(Chart("t", "heat", (Series("r", ("a", "b"), (1.0, float("nan"))), Series("q", ("a",), (1.0,)))))
    assert sum(e.get("class") == "hole" for e in svg.iter("rect")) == 2
