"""The sheet of the eight kinds of leakage: checked, declared by whom, or not checkable."""

from ownproof.core.report import Finding, Gate
from ownproof.phases.sheet import Handling, section, sheet


def by_id(**said):
    return {row["id"]: row for row in sheet(Handling(150, **said))}


def test_all_eight_kinds_have_one_of_three_words():
    for rows in (by_id(), by_id(time="at", group="who", supplied=True, available={"a": "before"})):
        assert list(rows) == ["L1.1", "L1.2", "L1.3", "L1.4", "L2", "L3.1", "L3.2", "L3.3"]
        assert {r["status"] for r in rows.values()} <= {"checked", "declared", "not checkable"}
        assert all(r["result"] for r in rows.values())
        assert all(r["by"] for r in rows.values() if r["status"] != "not checkable")


def test_what_nobody_named_is_not_checkable():
    rows = by_id()
    assert [i for i, r in rows.items() if r["status"] == "not checkable"] == ["L1.3", "L3.1", "L3.2", "L3.3"]
    assert rows["L3.1"]["result"].endswith("(--time)")


def test_a_test_that_was_handed_in_is_declared_and_looked_through():
    twice = Finding("leak.duplicates", "warn")
    rows = by_id(supplied=True, time="at", horizon="30d", found=[twice])
    assert (rows["L1.1"]["status"], rows["L1.1"]["by"]) == ("declared", "whoever handed in --test")
    assert rows["L1.4"]["result"] == "found: leak.duplicates warns"
    assert "30d" in rows["L3.1"]["result"]
    assert rows["L3.3"]["status"] == "checked"


def test_findings_about_columns_are_told_with_their_columns_whatever_their_rule():
    rows = by_id(found=[Finding("leak.proxy", "warn", ("score",)), Finding("leak.new-rule", "block", ("a", "b"))])
    assert rows["L2"]["result"] == "found: leak.proxy warns (score); leak.new-rule stops (a, b)"
    assert "leak.new-rule" in rows["L2"]["rules"]


def test_an_availability_file_declares_for_its_columns():
    row = by_id(features=12, available={"a": "before", "b": "after"}, available_file="known.toml")["L2"]
    assert (row["status"], row["by"]) == ("declared", "the availability file known.toml")
    assert row["result"].startswith("2 of 12 columns declared")


def test_groups_that_may_return_are_declared_by_the_flag():
    assert by_id(group="who", returning=True)["L3.2"]["by"] == "--groups returning"
    assert by_id(group="who")["L3.2"]["status"] == "checked"


def test_a_waiver_declares_and_is_named():
    row = by_id(gates=[Gate("audit.copy", "waived", waived_by="Ann: known at the time")])["L2"]
    assert (row["status"], row["by"]) == ("declared", "Ann: known at the time (waived audit.copy)")


def test_the_sheet_is_a_chapter():
    grid = section(sheet(Handling(150))).blocks[0]
    assert len(grid.rows) == 8
