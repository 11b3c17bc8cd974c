import numpy as np

from ownproof.core.report import Chart, Grid
from ownproof.core.task import Task
from ownproof.targets.label.confused import confused_blocks

THREE = Task("y", "label", classes=("a", "b", "c"))


def test_rows_of_the_heat_are_the_truth():
    chart = confused_blocks(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1]), THREE)[0]
    assert isinstance(chart, Chart)
    assert [(s.name, s.y) for s in chart.series] == [
        ("a", (1.0, 1.0, 0.0)),
        ("b", (0.0, 1.0, 0.0)),
        ("c", (0.0, 1.0, 0.0)),
    ]


def test_the_pairs_confused_most_come_first_with_their_share():
    truth, said = np.array([0] * 4 + [2] * 3), np.array([0, 1, 1, 1, 2, 2, 0])
    pairs = confused_blocks(truth, said, THREE)[-1]
    assert isinstance(pairs, Grid)
    assert pairs.rows == (("a", "b", 3, 0.75), ("c", "a", 1, 1 / 3))


def test_nothing_confused_shows_no_pairs():
    assert len(confused_blocks(np.array([0, 1, 2]), np.array([0, 1, 2]), THREE)) == 2


def test_of_many_classes_the_frequent_ones_are_drawn_and_the_rest_counted():
    many = Task("y", "label", classes=tuple(f"c{i:02}" for i in range(60)))
    truth = np.repeat(np.arange(60), np.arange(1, 61))
    heat, grid = confused_blocks(truth, truth, many)
    assert len(heat.series) == 20
    assert heat.series[-1].name == "c59"
    assert "40 rarest" in heat.caption
    assert len(grid.rows) == 50
    assert "10 rarest" in grid.caption
