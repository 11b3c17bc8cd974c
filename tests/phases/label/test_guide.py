"""The guide is looked over before work starts."""

from hypothesis import given
from hypothesis import strategies as st

from ownproof.core.labelling import LabelClass, LabelSchema
from ownproof.phases.label.guide import chapters_of, check, template, with_chapters, with_rule

SCHEMA = LabelSchema("label", "Is it a complaint?", (LabelClass("complaint", "1"), LabelClass("praise", "2")), text="t")
READY = """# Guide
## complaint
### Definition
The writer is unhappy with something that we did.
### Examples
- my parcel came a week late
- nobody answers the telephone
### Not this
- a question about opening hours, however angry
## praise
**Definition.** The writer thanks us or is happy.
**Examples:**
1. lovely people in the shop
2. thank you for the quick help
Not this: thanks at the end of a complaint; that is complaint
"""


def rules(text: str, schema: LabelSchema = SCHEMA) -> list[str]:
    return [f.rule for f in check(text, schema).findings]


def test_a_guide_that_is_filled_in_passes_in_any_of_the_usual_spellings() -> None:
    report = check(READY, SCHEMA)
    assert report.findings == ()
    assert report.gates[0].status == "pass"
    assert report.facts["guide"]["praise"] == {"line": 10, "words": 7, "examples": 2, "edges": 1}


def test_every_gap_of_a_fresh_template_is_found_with_its_line() -> None:
    text = template(SCHEMA)
    report = check(text, SCHEMA)
    assert [f.rule for f in report.findings] == ["guide.definition", "guide.examples", "guide.edge-cases"] * 2 + [
        "guide.about"
    ]
    assert report.gates[0].status == "refused"
    line = next(i for i, t in enumerate(text.splitlines(), start=1) if t.startswith("<what makes an item complaint"))
    assert f"gap in line {line}" in report.findings[0].evidence


def test_each_thing_that_is_taken_away_is_missed_and_nothing_else() -> None:
    for gone, rule in (
        ("The writer thanks us or is happy.", "guide.definition"),
        ("2. thank you for the quick help\n", "guide.examples"),
        ("Not this: thanks at the end of a complaint; that is complaint\n", "guide.edge-cases"),
    ):
        assert rules(READY.replace(gone, "")) == [rule]


def test_a_class_that_the_guide_spells_otherwise_is_named_with_the_near_miss() -> None:
    report = check(READY.replace("## complaint", "## complaints"), SCHEMA)
    assert [f.rule for f in report.findings] == ["guide.missing"]
    assert "'complaints'" in report.findings[0].evidence


def test_a_class_that_is_gone_from_the_schema_or_stands_twice_is_said() -> None:
    assert rules(READY + "## praises\nThe same in the plural, by mistake.\n") == ["guide.names"]
    assert rules(READY + "## Praise\n") == ["guide.names"]
    assert rules(READY + "## Contact\nAsk the team lead whenever in doubt.\n") == []


def test_signs_and_words_inside_a_line_are_no_gaps() -> None:
    for example in (
        "write to <support@shop.example>",
        "<https://shop.example/item>",
        "my TODO list is empty",
        "<b> and <i>",
    ):
        assert rules(READY.replace("my parcel came a week late", example)) == []
    for gap in ("<another real item>", "TODO", "TODO: ask Maria", "...", "TBD."):
        assert rules(READY.replace("my parcel came a week late", gap)) == ["guide.examples"]


def test_one_example_under_two_classes_is_said() -> None:
    assert rules(READY.replace("lovely people in the shop", "My parcel came a week late!")) == ["guide.same-text"]


def test_a_case_that_was_decided_later_counts_as_an_edge_case_of_the_classes_it_names() -> None:
    bare = READY.replace("Not this: thanks at the end of a complaint; that is complaint\n", "")
    assert rules(with_rule(bare, "irony is no praise", "item 7")) == []


def test_rules_are_added_in_order_at_the_end_of_the_chapter_of_decided_cases() -> None:
    text = with_rule(with_rule(template(SCHEMA) + "\n## Contact\nask\n", "first", "item 1"), "second\nline", "")
    assert text.index("- first (item 1)\n- second line\n") < text.index("## Contact")
    assert with_rule("# Guide", "only", "") == "# Guide\n\n## Cases decided\n\n- only\n"


def test_chapters_are_added_before_the_cases_decided() -> None:
    text = with_chapters(template(SCHEMA), ["other"])
    names = [c.name for c in chapters_of(text)]
    assert names[-2:] == ["other", "Cases decided"]


def test_spans_need_their_bounds_decided_and_numbers_a_scale() -> None:
    spans = LabelSchema("spans", "Names?", (LabelClass("ORG", "1"),), text="t")
    assert "guide.bounds" in rules(template(spans), spans)
    numbers = LabelSchema("number", "How happy?")
    assert rules(template(numbers), numbers)[:3] == ["guide.definition", "guide.examples", "guide.edge-cases"]


def test_a_definition_in_a_script_without_spaces_is_one() -> None:
    text = READY.replace("The writer is unhappy with something that we did.", "顧客が不満を述べている")
    assert rules(text) == []


@given(st.text(max_size=300))
def test_any_text_can_be_looked_over(text: str) -> None:
    report = check(text, SCHEMA)
    assert (report.gates[0].status == "refused") == any(f.level == "block" for f in report.findings)
