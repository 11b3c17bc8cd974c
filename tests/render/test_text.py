"""The terminal's screenful."""

import re

import pytest

from ownproof.errors import InputError, OwnproofError
from ownproof.render import text
from tests.render import example


def lines(answer, width=100, color=False):
    return text.summary(answer, color=color, width=width).splitlines()


def test_the_verdict_comes_first_and_the_next_command_last():
    shown = lines(example.answer())
    assert shown[0].strip().startswith("BETTER")
    assert shown[1].startswith("The model is better than")
    assert shown[-1].startswith("next    ownproof predict ")
    assert any(s.startswith("report  /data/income.ownproof/report.html") for s in shown)


def test_it_fits_on_a_screen():
    answer = example.answer()
    answer["findings"] = answer["findings"] * 30
    assert len(lines(answer)) <= 50


@pytest.mark.parametrize("width", [40, 72, 100, 300])
def test_no_line_is_wider_than_the_terminal_but_paths_and_commands(width):
    for line in lines(example.answer(), width):
        if not re.match(r"(report|bundle|next) ", line):
            assert text.wide(line) <= min(width, 110), line


def test_colour_comes_only_when_it_is_wanted():
    assert "\x1b[" not in "\n".join(lines(example.answer()))
    coloured = "\n".join(lines(example.answer(), color=True))
    assert "\x1b[32;1m BETTER \x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == "\n".join(lines(example.answer()))


def test_findings_that_accuse_are_shown_up_to_six_with_what_mends_them():
    answer = example.answer()
    answer["findings"] = [
        {"rule": f"leak.{i}", "level": "warn", "columns": ["c"], "advice": "--drop c"} for i in range(9)
    ]
    shown = lines(answer)
    assert sum(s.strip().startswith("! leak.") for s in shown) == 6
    assert sum("→ --drop c" in s for s in shown) == 6
    assert any("3 more that accuse" in s for s in shown)


def test_a_waiver_names_who_and_why():
    assert any("waived by A. Example" in s for s in lines(example.answer()))


def test_data_cannot_move_the_cursor_or_break_a_line():
    answer = example.answer(
        findings=[{"rule": "r", "level": "warn", "columns": ["a\x1b[2Jb\nc\u202e"], "evidence": "\r\x07x"}]
    )
    shown = "\n".join(lines(answer))
    assert not set(shown) & {"\x1b", "\r", "\x07", "\u202e"}


def test_an_error_is_three_lines():
    error = InputError("the file is empty", expected="a table", hint="look at it", where="a.csv")
    assert text.error_lines(error) == ["error: the file is empty  [a.csv]", "  expected: a table", "  do: look at it"]
    assert text.error_lines(error, color=True)[0].startswith("\x1b[31;1merror:\x1b[0m")
    assert len(text.error_lines(OwnproofError("x"))) == 1
    assert lines({"error": error.to_json(), "exit": 2}) == text.error_lines(error)


def test_an_empty_answer_is_still_a_sentence():
    assert lines({})[1].startswith("There is no verdict yet")


def test_a_table_is_cut_to_the_width_and_keeps_its_columns_apart():
    rows = [["run-1", "a" * 90, 12.5], ["run-2", "漢字", None]]
    shown = text.table(["run", "what", "gain"], rows, 60).splitlines()
    assert all(text.wide(s) <= 60 for s in shown)
    assert shown[1].endswith("12.5")
    assert "…" in shown[1]
    assert len({text.wide(s) for s in shown[:2]}) == 1


def test_a_table_without_rows_is_its_head():
    assert text.table(["a", "b"], []) == "a  b"
