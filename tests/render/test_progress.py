"""A line that writes over itself."""

import re

from ownproof.render.progress import Progress
from ownproof.render.text import wide


class Clock:
    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at


def started(total=10, **more):
    said, clock = [], Clock()
    progress = Progress(said.append, clock, **more)
    progress.phase("train", total)
    return progress, said, clock


def shown(said):
    return re.sub(r"^\r\x1b\[2K", "", said[-1])


def test_it_says_the_phase_the_parts_the_best_and_the_time_left():
    progress, said, clock = started()
    for _ in range(4):
        clock.at += 5
        progress.advance(best="ROC AUC 0.921", words="lightgbm")
    assert shown(said) == "train ━━━━━━────────── 4/10  best ROC AUC 0.921  30 s left  lightgbm"


def test_it_is_written_at_most_eight_times_a_second():
    progress, said, clock = started(total=10_000)
    for _ in range(1000):
        clock.at += 0.001
        progress.advance()
    assert len(said) <= 1 + 8


def test_a_learner_reports_to_it_as_to_any_progress():
    progress, said, clock = started(total=2)
    clock.at += 1
    progress(0.5, "round 50 of 100")
    assert "━━━━────" in shown(said)
    assert "round 50 of 100" in shown(said)
    clock.at += 1
    progress.advance()
    assert shown(said).startswith("train ━━━━━━━━──────── 1/2")


def test_it_clears_itself_and_only_when_something_was_shown():
    progress, said, _ = started()
    progress.close()
    assert said[-1] == "\r\x1b[2K"
    count = len(said)
    progress.close()
    assert len(said) == count
    with Progress(said.append, Clock()):
        pass
    assert len(said) == count


def test_no_line_is_wider_than_the_terminal():
    progress, said, clock = started(width=30)
    clock.at += 1
    progress.advance(best="x" * 50, words="漢" * 50)
    assert wide(shown(said)) < 30


def test_without_a_total_it_promises_no_end():
    progress, said, clock = started(total=None)
    clock.at += 5
    progress.advance(words="reading")
    assert shown(said) == "train  reading"
    assert progress.left_s() is None


def test_words_of_a_learner_cannot_move_the_cursor():
    progress, said, clock = started()
    clock.at += 1
    progress(0.1, "a\x1b[2J\nb")
    assert "\x1b" not in shown(said)
    assert "\n" not in shown(said)
