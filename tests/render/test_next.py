"""The command to type next."""

import shlex

import pytest

from ownproof.render.next import next_command
from tests.render import example


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({"evidence": "out-of-fold"}, "ownproof prove -C /data/income.ownproof"),
        ({}, "ownproof predict /data/income.ownproof/store/bundle/7f3a DATA --out predictions.csv"),
        (
            {"verdict": "NOT BETTER"},
            "add rows to the data, then ownproof seal -C /data/income.ownproof --new 'new data'",
        ),
        (
            {"verdict": "CANNOT TELL"},
            "add rows to the data, then ownproof seal -C /data/income.ownproof --new 'more rows'",
        ),
        ({"verdict": "CANNOT TELL", "evidence": "out-of-fold"}, "ownproof show r-7f3a90c2 -C /data/income.ownproof"),
        ({"error": {"message": "x", "hint": "try `ownproof seal --check` first"}}, "ownproof seal --check"),
        ({"error": {"message": "x", "hint": "check the name"}}, ""),
    ],
)
def test_each_outcome_has_its_next_command(changes, command):
    assert next_command(example.answer(**changes)) == command


def test_a_leak_that_stops_is_mended_by_dropping_every_culprit_once():
    findings = [
        {"level": "block", "columns": ["duration"], "advice": "--drop duration"},
        {"level": "block", "columns": ["b c", "duration"], "advice": "drop it: `--drop 'b c' duration`."},
        {"level": "warn", "columns": ["x"], "advice": "--drop x"},
    ]
    answer = {"findings": findings, "gates": [{"id": "leak", "status": "refused"}], "ledger": "/p q/ledger.jsonl"}
    assert next_command(answer) == "ownproof run -C '/p q' --drop duration 'b c'"


def test_words_after_a_flag_are_no_columns():
    finding = {
        "level": "block",
        "columns": ["duration"],
        "advice": "--drop duration because it is known only afterwards",
    }
    assert next_command({"findings": [finding]}).endswith("--drop duration")


def test_names_from_data_cannot_leave_their_argument():
    finding = {"level": "block", "columns": ["a; rm -rf x"], "advice": "--drop 'a $(b) c'"}
    command = next_command({"findings": [finding], "task": {"target": "$(evil)"}})
    assert shlex.split(command)[-1] == "a $(b) c"
    assert "$(evil)" in shlex.split(command)


def test_an_audit_without_a_block_goes_on_to_a_run():
    assert next_command({"command": "audit", "findings": [], "task": {"target": "y"}}) == "ownproof run DATA --target y"


def test_there_may_be_nothing_to_do():
    assert next_command({}) == ""
    assert next_command({"verdict": "BETTER"}) == ""
