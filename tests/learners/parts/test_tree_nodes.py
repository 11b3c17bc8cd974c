from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.learners.parts.trees import Planter, Trees

CELLS = st.one_of(st.floats(width=32, allow_infinity=False), st.integers(-2, 40).map(float))


def stump(**leaves: float) -> Planter:
    planter = Planter(n_features=2)
    top = planter.numeric(0, 1.5, missing_left=False)
    planter.join(top, planter.leaf(leaves["left"]), planter.leaf(leaves["right"]))
    planter.tree(top)
    return planter


def test_a_value_on_the_threshold_goes_left_and_a_missing_one_where_it_was_told() -> None:
    answers = (
        stump(left=1.0, right=2.0)
        .done(link="identity")
        .answer(np.array([[1.5, 0], [np.nextafter(np.float32(1.5), np.float32(2)), 0], [np.nan, 0]], np.float32))
    )
    assert answers.tolist() == [1.0, 2.0, 2.0]


def test_a_category_goes_left_when_it_is_in_the_set_and_anything_else_right() -> None:
    planter = Planter(n_features=1)
    top = planter.one_of(0, [0, 33, 500])
    planter.join(top, planter.leaf(1.0), planter.leaf(0.0))
    planter.tree(top)
    cells = [0, 33, 500, 1, 32, 501, -1, 0.5, 1e9, np.inf, np.nan]
    answers = planter.done(link="identity").answer(np.array(cells, np.float32)[:, None])
    assert answers.tolist() == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]


def test_base_and_scale_enter_before_the_link() -> None:
    trees = stump(left=1.0, right=3.0).done(link="log", base=[0.5], scale=2.0)
    assert trees.answer(np.zeros((1, 2), np.float32)) == pytest.approx(np.exp([0.5 + 2.0 * 1.0]))


def test_two_classes_answer_both_shares_and_several_add_up_to_one() -> None:
    row = np.zeros((1, 2), np.float32)
    assert stump(left=0.0, right=1.0).done(link="sigmoid").answer(row).tolist() == [[0.5, 0.5]]
    planter = Planter(n_features=2)
    for output, value in enumerate([0.0, np.log(2.0), np.log(5.0)]):
        planter.tree(planter.leaf(value), output=output)
    trees = planter.done(link="softmax", base=[0.0, 0.0, 0.0])
    assert trees.classes == 3
    assert trees.answer(row)[0] == pytest.approx([1 / 8, 2 / 8, 5 / 8])


def test_leaves_with_a_value_for_each_output_are_averaged_by_the_scale() -> None:
    planter = Planter(n_features=1)
    planter.tree(planter.leaf(1.0, 0.0), output=-1)
    planter.tree(planter.leaf(0.5, 0.5), output=-1)
    trees = planter.done(link="identity", base=[0.0, 0.0], scale=0.5)
    assert trees.answer(np.zeros((2, 1), np.float32)).tolist() == [[0.75, 0.25]] * 2


def test_a_forest_without_trees_answers_its_base_and_no_rows_get_no_answers() -> None:
    trees = Planter(n_features=3).done(link="identity", base=[4.0])
    assert trees.answer(np.zeros((2, 3), np.float32)).tolist() == [4.0, 4.0]
    assert trees.answer(np.zeros((0, 3), np.float32)).shape == (0,)


def test_a_matrix_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(1, 3\) is not \(n, 2\)"):
        stump(left=0.0, right=1.0).done(link="identity").answer(np.zeros((1, 3), np.float32))


def broken(**changes: object) -> Trees:
    from dataclasses import replace

    return replace(stump(left=0.0, right=1.0).done(link="identity"), **changes)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"left": np.array([0, -1, -1], np.int32)}, "child comes before its parent"),
        ({"right": np.array([9, -1, -1], np.int32)}, "not a node"),
        ({"roots": np.array([3], np.int32)}, "root is not a node"),
        ({"n_features": 0}, "feature is outside"),
        ({"output": np.array([1], np.int32)}, "output that is not there"),
        ({"output": np.array([-1], np.int32), "base": np.zeros(2)}, "neither one value nor one for each"),
        ({"value": np.full((3, 1), np.inf)}, "not a number"),
        ({"threshold": np.array([np.nan, 0, 0])}, "not a number"),
        ({"sets": ((2**24,),)}, "category is outside"),
        ({"feature": np.zeros(2, np.int32)}, "differ in length"),
    ],
)
def test_arrays_that_are_no_forest_are_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        broken(**changes)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=30), st.integers(0, 2**31))
def test_every_row_reaches_the_leaf_that_a_walk_by_hand_reaches(cells: list[tuple[float, float]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    planter = Planter(n_features=2)
    waiting = [top := planter.numeric(0, float(rng.normal()), missing_left=bool(rng.integers(2)))]
    planter.tree(top)
    for _ in range(6):
        node = waiting.pop(int(rng.integers(len(waiting))))
        below = [
            planter.numeric(0, float(rng.normal()), missing_left=bool(rng.integers(2))),
            planter.one_of(1, rng.integers(0, 40, 5).tolist(), missing_left=bool(rng.integers(2))),
        ]
        planter.join(node, *below)
        waiting += below
    for node in waiting:
        planter.join(node, planter.leaf(float(rng.normal())), planter.leaf(float(rng.normal())))
    trees = planter.done(link="identity")
    matrix = np.array(cells, np.float32)
    assert trees.answer(matrix).tolist() == [walk(trees, row) for row in matrix]


def walk(trees: Trees, row: np.ndarray) -> float:
    node = int(trees.roots[0])
    while trees.kind[node]:
        x = float(row[trees.feature[node]])
        left = x <= trees.threshold[node] if trees.kind[node] == 1 else x in trees.sets[trees.member[node]]
        if np.isnan(x):
            left = bool(trees.missing_left[node])
        node = int(trees.left[node] if left else trees.right[node])
    return float(trees.value[node, 0])
