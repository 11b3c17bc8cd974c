"""The raters' answers on disk."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from ownproof.core.labelling import Answer
from ownproof.project.labelling.answers import AnswerFile, append_all, read
from ownproof.project.labelling.folder import LabelFolder


def test_the_last_answer_of_a_rater_holds_and_an_undo_takes_it_back(tmp_path: Path) -> None:
    folder = LabelFolder(tmp_path)
    with AnswerFile(folder, "ann", "1") as file:
        file.append(Answer("1", "ann", 1.0, "a"), Answer("2", "ann", 2.0, "a"))
        file.append(Answer("1", "ann", 3.0, "b"), Answer("2", "ann", 3.0, undo=True))
        file.append(Answer("3", "ann", 4.0, skip="cannot tell"))
    found = read(folder)
    assert {k: (a.value, a.skip) for k, a in found.current().items()} == {
        ("1", "ann"): ("b", None),
        ("3", "ann"): (None, "cannot tell"),
    }
    assert [a.item for a in found.values()] == ["1"]


def test_answers_of_two_windows_of_one_rater_are_put_in_order_of_time(tmp_path: Path) -> None:
    folder = LabelFolder(tmp_path)
    append_all(folder, [Answer("1", "ann", 5.0, "later")], writer="a")
    append_all(folder, [Answer("1", "ann", 4.0, "before"), Answer("1", "ben", 1.0, "x")], writer="b")
    assert {k: a.value for k, a in read(folder).current().items()} == {("1", "ann"): "later", ("1", "ben"): "x"}


def test_an_answer_that_was_sent_twice_counts_once(tmp_path: Path) -> None:
    folder = LabelFolder(tmp_path)
    some = [Answer("1", "ann", 1.0, "a", id="k"), Answer("1", "ann", 2.0, undo=True, id="l")]
    append_all(folder, [*some, Answer("1", "ann", 3.0, "a", id="k")], writer="a")
    assert read(folder).current() == {}


def test_a_last_line_cut_short_is_left_out_and_counted_and_written_past(tmp_path: Path) -> None:
    folder = LabelFolder(tmp_path)
    append_all(folder, [Answer("1", "ann", 1.0, "a"), Answer("2", "ann", 2.0, "b")], writer="a")
    path = next(folder.labels.glob("answers-*"))
    path.write_bytes(path.read_bytes()[:-9])
    assert (len(read(folder).answers), read(folder).torn) == (1, 1)
    append_all(folder, [Answer("2", "ann", 3.0, "c")], writer="a")
    assert (len(read(folder).answers), read(folder).torn) == (2, 1)


def test_names_that_no_file_can_have_are_kept_in_the_lines(tmp_path: Path) -> None:
    folder = LabelFolder(tmp_path)
    append_all(folder, [Answer("1", "../ann/x", 1.0, "a"), Answer("1", "a@b.org", 1.0, "b")], writer="import")
    assert {r for _, r in read(folder).current()} == {"../ann/x", "a@b.org"}
    assert all(p.parent == folder.labels for p in tmp_path.rglob("*.jsonl"))


WRITER = """
import sys
from pathlib import Path
from ownproof.core.labelling import Answer
from ownproof.project.labelling.answers import AnswerFile
from ownproof.project.labelling.folder import LabelFolder
with AnswerFile(LabelFolder(Path(sys.argv[1])), "ann", "w") as file:
    for n in range(10**9):
        file.append(Answer(str(n), "ann", float(n), "a"))
        print(n, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        seen = [writer.stdout.readline() for _ in range(40)]
        os.kill(writer.pid, signal.SIGKILL)
        seen += writer.stdout.read().splitlines()
    last = int(seen[-1])
    assert {a.item for a in read(LabelFolder(tmp_path)).answers} >= {str(n) for n in range(last + 1)}
