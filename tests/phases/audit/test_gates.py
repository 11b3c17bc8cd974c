"""A gate stops on what is certain, and shows what was counted when nothing was."""

from ownproof.core.report import Finding
from ownproof.phases.audit.gates import RULES, gates


def by_id(findings, **ran):
    return {g.id.removeprefix("audit."): g for g in gates(findings, {k.replace("_", "-"): v for k, v in ran.items()})}


def test_what_was_counted_passes_and_what_was_not_looked_at_is_not_run():
    made = by_id([], copy=0, duplicates=3)
    assert list(made) == list(RULES)
    assert (made["copy"].status, made["copy"].value, made["copy"].threshold) == ("pass", 0, 0)
    assert (made["duplicates"].status, made["duplicates"].value) == ("pass", 3)
    assert made["time-overlap"].status == "not-run"


def test_a_warning_does_not_stop():
    assert by_id([Finding("leak.copy", "warn", ("a",))], copy=0)["copy"].status == "pass"


def test_blocks_of_one_rule_stop_together():
    found = [
        Finding("leak.copy", "block", ("a",), 1.0, "a is y", "drop a"),
        Finding("leak.copy", "block", ("b",), 1.0, "b is y", "drop b"),
        Finding("leak.id", "warn", ("c",)),
    ]
    gate = by_id(found, copy=0)["copy"]
    assert (gate.status, gate.value, gate.columns, gate.advice) == ("refused", 2, ("a", "b"), "drop a; drop b")


def test_a_leak_of_rows_shows_its_evidence():
    gate = by_id([Finding("leak.duplicates", "block", (), 0.5, "10 of 20 rows", "take them out")])["duplicates"]
    assert (gate.status, gate.value, gate.columns) == ("refused", "10 of 20 rows", ())
