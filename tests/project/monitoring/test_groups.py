"""Counts by segment on disk: added up, kept for the newest windows, and never counted twice after a crash."""

import numpy as np

from ownproof.core.watch import Counts, Tally
from ownproof.project.monitoring import groups
from ownproof.project.monitoring.groups import Groups

BERN = ("town", "Bern")


def rows(n):
    return {BERN: Counts("mark", n, {"age": Tally(n, 0, np.array([n, 0], dtype=np.int64))})}


def test_parts_of_a_window_add_up_in_one_reading_or_in_two(tmp_path):
    first = Groups(tmp_path)
    first.add(0.0, rows(3), until=0.0)
    first.add(0.0, rows(4), until=0.0)
    first.write(0.0, until=50.0)
    again = Groups(tmp_path)
    again.add(0.0, rows(5), until=50.0)
    again.write(0.0, until=100.0)
    found = Groups(tmp_path).get(0.0)[BERN]
    assert (found.rows, found.tallies["age"].cells.tolist()) == (12, [12, 0])
    assert Groups(tmp_path).get(100.0) == {}


def test_counts_that_a_crash_left_ahead_of_their_window_are_begun_anew(tmp_path):
    first = Groups(tmp_path)
    first.add(0.0, rows(3), until=0.0)
    first.write(0.0, until=50.0)  # and the window itself was never written: it is read from its start again
    again = Groups(tmp_path)
    again.add(0.0, rows(3), until=0.0)
    assert again.get(0.0)[BERN].rows == 3


def test_only_the_newest_windows_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(groups, "KEPT", 3)
    kept = Groups(tmp_path)
    for start in range(6):
        kept.add(float(start), rows(start + 1), until=float(start))
        kept.write(float(start), until=start + 1.0)
    kept.prune()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["g-3.json", "g-4.json", "g-5.json"]
    assert kept.get(5.0)[BERN].rows == 6
