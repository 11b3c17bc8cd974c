"""The report as Markdown."""

from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.report import Chart, Grid, Note, Section, Series
from ownproof.render import markdown
from tests.render import example


def page(**changes):
    return markdown.page(example.answer(**changes), example.sections(), title="adult_income")


def test_the_verdict_stands_in_the_title_and_its_sentence_below():
    shown = page().splitlines()
    assert shown[0] == "## ✅ adult_income: BETTER (on sealed rows)"
    assert shown[2].startswith("**The model is better than")


def test_it_holds_what_the_page_holds():
    shown = page()
    for part in ("Proof level **S1**", "### Gates", "### Findings", "leak.availability", "### What would make this wrong",
                 "Details of the run", "| ROC AUC | 91.9 % |", "`ownproof predict"):  # fmt: skip
        assert part in shown


@given(st.text(max_size=60))
def test_data_opens_no_tag_no_cell_and_no_mention(text):
    shown = markdown.escape(text)
    assert "<" not in shown
    assert "@" not in shown
    assert "\n" not in shown
    assert shown.replace("\\|", "").count("|") == 0


def test_every_line_of_a_table_has_the_same_number_of_cells():
    shown = markdown.table(("a|b", "c"), [("x|y", 1), ("`|`", None)]).splitlines()
    assert {line.replace("\\|", "").count("|") for line in shown} == {3}


def test_html_from_data_stays_text():
    assert "<script" not in page().replace("`--drop '<script>alert(1)</script>'`", "")


def test_words_between_backticks_stay_code():
    assert markdown.prose("see `a_b<c` and *d*") == "see `a_b<c` and \\*d\\*"


def test_small_charts_become_tables_and_large_ones_words():
    small = Chart(
        "Small", "bars", (Series("gain", ("a", "b"), (1.0, 2.0), (0.5, 1.5), (1.5, 2.5)),), caption="as measured"
    )
    large = Chart("Large", "line", (Series("m", tuple(range(500)), tuple(map(float, range(500)))),), "x", "y")
    shown = markdown.page({}, [Section("S", (small, large))])
    assert "**Small** as measured" in shown
    assert "| a | 1 | 0.50 | 1.50 |" in shown
    assert "*line chart of y against x; m: 500 values from 0 to 499.*" in shown


def test_a_histogram_of_few_bins_names_its_bins():
    chart = Chart("H", "columns", (Series("rows", (0, 10, 20), (3.0, 4.0)),))
    assert "| 0 to 10 | 3 |" in markdown.page({}, [Section("S", (chart,))])


def test_a_page_fits_into_a_comment():
    big = Section("Big", (Grid(("a", "b"), tuple((f"x{i}" * 20, i) for i in range(40))), Note("n" * 5000)))
    shown = markdown.page(example.answer(), [big] * 30)
    assert len(shown) < 65_536
    assert "more chapters are in the report" in shown


def test_nothing_at_all_is_a_page_too():
    assert markdown.page({}).startswith("## ▫️ NO VERDICT")
