"""One self-contained page."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownproof.core.report import Chart, Grid, Note, Section, Series
from ownproof.render.html import page, prose
from tests.render import example

VOID = {"meta", "br", "hr", "img"}


class Reader(HTMLParser):
    """Keeps text, attributes and the order of elements; complains of a tag that was not closed."""

    def __init__(self, text):
        super().__init__()
        self.stack, self.text, self.attributes, self.tags = [], [], [], []
        self.feed(text)
        assert self.stack == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if not self.stack or self.stack[-1] not in {"style", "script"}:
            self.text.append(data)


def made(answer=None, sections=None, **more):
    return page(
        example.answer() if answer is None else answer,
        example.sections() if sections is None else sections,
        title="adult_income",
        **more,
    )


def said(text):
    return " ".join("".join(Reader(text).text).split())


def test_the_verdict_comes_first_then_figures_proof_gates_findings_chapters_details():
    shown = said(made(made="2 August 2026"))
    order = ["BETTER", "The model is better than", "ROC AUC", "What it does not prove", "A copy made before sealing defeats S1 and S2",
             "Gates", "Findings", "The data", "What would make this wrong", "Details of the run", "r-7f3a90c2"]  # fmt: skip
    places, start = [], shown.index("on sealed rows") - 40
    for word in order:
        start = shown.index(word, start)
        places.append(start)
    assert places == sorted(places)
    assert "2 August 2026" in shown


def test_nothing_from_data_becomes_a_tag():
    evil = example.EVIL + "\"'><img src=x onerror=alert(1)>"
    answer = example.answer(run=evil, bundle=evil, report=evil)
    answer["gates"][0].update(
        id=evil, rule=evil, advice=evil, waived_by=evil, value=evil, threshold=evil, columns=[evil]
    )
    answer["findings"][1].update(rule=evil, columns=[evil], evidence=f"`{evil}`", advice=evil)
    answer["baseline"]["name"] = evil
    answer["task"].update(target=evil, positive=evil, classes=[evil])
    answer["metrics"][evil] = {"value": 1.0}
    answer["candidates"].append({evil: evil})
    chart = Chart(evil, "bars", (Series(evil, (evil,), (1.0,)),), evil, evil, ((0.5, 0, evil),), evil, evil)
    text = page(
        answer, [Section(evil, (Note(evil), Grid((evil,), ((evil,),), evil), chart), evil)], title=evil, made=evil
    )
    read = Reader(text)
    assert read.tags.count("script") == 1
    assert "img" not in read.tags
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert "alert(1)" in "".join(read.text)


def test_the_page_loads_nothing():
    text = made()
    assert re.findall(r"(?:https?:)?//[a-z]", text) == []
    assert re.findall(r"url\(|@import|<link|<img|<iframe|srcset", text) == []
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text


def test_every_picture_is_well_formed():
    pictures = re.findall(r"<svg.*?</svg>", made(), re.S)
    assert len(pictures) == 1 + len(example.charts())
    for picture in pictures:
        ET.fromstring(picture)


def test_every_id_is_there_once_and_every_reference_leads_somewhere():
    attributes = Reader(made()).attributes
    ids = [v for k, v in attributes if k == "id"]
    assert len(ids) == len(set(ids))
    wanted = {v.removeprefix("#") for k, v in attributes if k in {"href", "aria-labelledby", "aria-describedby"}}
    assert wanted <= set(ids)


def test_a_page_stays_under_three_megabytes_whatever_comes():
    wide = Grid(tuple(f"c{i}" for i in range(200)), tuple(("x" * 5000,) * 200 for _ in range(20)))
    long = Grid(("a", "b"), tuple((i, "y" * 300) for i in range(20_000)))
    chart = Chart(
        "big",
        "points",
        tuple(
            Series(f"s{k}", tuple(range(5000)), tuple(float((i * 37 + k) % 1009) for i in range(5000)))
            for k in range(5)
        ),
    )
    answer = example.answer()
    answer["findings"] = [
        {
            "rule": f"r{i}",
            "level": "warn",
            "columns": ["c" * 3000] * 50,
            "evidence": "e" * 100_000,
            "advice": "a" * 100_000,
        }
        for i in range(2000)
    ]
    text = made(answer, [Section(f"S{i}", (wide, long, chart, Note("n" * 100_000))) for i in range(15)])
    assert len(text.encode()) < 3_000_000
    assert "Left out here to keep the page small" in text


def test_a_long_table_says_how_much_is_not_shown():
    grid = Grid(tuple(f"c{i}" for i in range(50)), tuple(tuple(range(50)) for _ in range(1000)))
    assert "800 more rows and 10 more columns in the JSON beside it." in said(made(sections=[Section("S", (grid,))]))


def test_findings_that_nobody_looked_for_are_not_said_to_be_absent():
    assert "Nothing was found" in said(made({"findings": []}, []))
    assert "Nothing was found" not in said(made({"error": {"message": "x"}}, []))


def test_charts_that_follow_one_another_stand_side_by_side():
    chart = example.charts()["names"]
    text = made(sections=[Section("S", (chart, chart, Note("n"), chart))])
    assert text.count('<div class="op-charts">') == 1
    assert text.count('<div class="op-charts op-single">') == 1


def test_information_is_folded_and_accusations_are_not():
    text = made()
    folded = re.search(r"<details><summary>3 for information.*?</details>", text, re.S)[0]
    assert "predictor.strong" in folded
    assert "leak.availability" not in folded


def test_paragraphs_of_a_note_are_kept_and_code_is_marked():
    text = made(sections=[Section("S", (Note("one `x<y`\n\ntwo"),))])
    assert text.count('<p class="op-note">') == 2
    assert "<code>x&lt;y</code>" in text
    assert prose("--drop duration") == "<code>--drop duration</code>"


@pytest.mark.parametrize(
    "answer",
    [{}, dict.fromkeys(example.answer()), {"error": {"message": "no column 'chrun'", "hint": "churn?"}, "exit": 2}],
)
def test_an_answer_with_hardly_anything_is_still_a_page(answer):
    shown = said(made(answer, []))
    assert "Details of the run" in shown


@pytest.mark.parametrize("verdict", ["BETTER", "NOT BETTER", "CANNOT TELL", None])
@pytest.mark.parametrize("evidence", ["sealed", "out-of-fold", "supplied", None])
def test_every_outcome_has_its_badge(verdict, evidence):
    text = made(example.answer(verdict=verdict, evidence=evidence), [])
    assert f"<title>{verdict or 'NO VERDICT'} · adult_income</title>" in text


def test_the_same_report_gives_the_same_bytes():
    assert made() == made()


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(-5, 10**20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(example.answer())), anything)
def test_no_part_of_an_answer_however_odd_breaks_the_page(key, value):
    Reader(made(example.answer(**{key: value}), []))
