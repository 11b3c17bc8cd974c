"""Which items are labelled next."""

import numpy as np
import pytest

from ownproof.phases.label.alike import groups_of, marks_of
from ownproof.phases.label.sample import choose, margin

NAMES = [f"item-{i}" for i in range(1000)]


def test_a_draw_depends_on_the_ids_and_the_seed_and_not_on_the_order() -> None:
    def drawn(ids: list[str], seed: str) -> list[str]:
        return [ids[i] for i in choose(ids, 50, by="random", random_share=0.2, seed=seed).places]

    assert drawn(NAMES, "1") == drawn(NAMES[::-1], "1")
    assert drawn(NAMES, "1") != drawn(NAMES, "2")


def test_a_draw_of_more_than_there_are_takes_all() -> None:
    chosen = choose(NAMES[:5], 50, by="random", random_share=0.2, seed="1")
    assert sorted(chosen.places.tolist()) == [0, 1, 2, 3, 4]


def test_where_a_model_is_unsure_is_drawn_first_beside_a_random_share_that_is_marked() -> None:
    unsure = np.linspace(0, 1, 1000)
    chosen = choose(NAMES, 100, by="uncertainty", random_share=0.2, seed="1", unsure=unsure)
    assert chosen.drawn == ("random",) * 20 + ("uncertainty",) * 80
    assert len(set(chosen.places.tolist())) == 100
    assert unsure[chosen.places[20:]].min() > 0.88
    at_random = choose(NAMES, 20, by="random", random_share=1.0, seed="1")
    assert chosen.places[:20].tolist() == at_random.places.tolist()


def test_unsure_items_of_one_kind_are_not_asked_one_after_the_other() -> None:
    groups = np.where(np.arange(1000) >= 900, 0, 1 + np.arange(1000) % 9)
    unsure = np.linspace(0, 1, 1000)
    alone = choose(NAMES, 100, by="uncertainty", random_share=0.0, seed="1", unsure=unsure)
    spread = choose(NAMES, 100, by="uncertainty", random_share=0.0, seed="1", unsure=unsure, groups=groups)
    assert (groups[alone.places] == 0).mean() > 0.95
    assert (groups[spread.places] == 0).mean() < 0.2
    assert unsure[spread.places].min() >= 0.6


def test_every_group_is_drawn_from_before_any_is_drawn_from_again() -> None:
    groups = np.repeat([0, 1, 2, 3], [970, 10, 10, 10])
    depth = np.tile(np.arange(10.0), 100)
    chosen = choose(NAMES, 12, by="cluster", random_share=0.0, seed="1", groups=groups, depth=depth)
    assert np.bincount(groups[chosen.places]).tolist() == [3, 3, 3, 3]
    assert set(chosen.drawn) == {"cluster"}


def test_a_draw_without_what_it_goes_by_is_refused() -> None:
    with pytest.raises(ValueError, match="unsure"):
        choose(NAMES, 10, by="uncertainty", random_share=0.0, seed="1")


def test_the_margin_lies_between_sure_and_undecided() -> None:
    assert margin(np.array([[1.0, 0.0], [0.5, 0.5], [0.4, 0.35]])).tolist() == pytest.approx([0.0, 1.0, 0.95])


def test_texts_on_three_subjects_are_told_apart() -> None:
    words = (
        ["goal", "match", "team", "league", "coach", "striker"],
        ["vote", "senate", "law", "party", "minister", "tax"],
        ["rain", "storm", "sun", "wind", "cloud", "snow"],
    )
    rng = np.random.default_rng(0)
    subject = np.arange(300) % 3
    texts = [" ".join(rng.choice(words[s], 12)) for s in subject]
    found = groups_of(marks_of(texts, {}), most=3, seed=0)
    for s in range(3):
        counts = np.bincount(found.group[subject == s], minlength=3)
        assert counts.max() == 100
    assert (found.depth >= 0).all()


def test_rows_of_a_table_are_grouped_by_their_cells() -> None:
    rng = np.random.default_rng(0)
    kind = np.arange(200) % 2
    cells = {"colour": np.where(kind == 0, "red", "blue").tolist(), "size": (rng.random(200) + 10 * kind).tolist()}
    found = groups_of(marks_of([None] * 200, cells), most=2, seed=0)
    assert {tuple(np.bincount(found.group[kind == k], minlength=2)) for k in (0, 1)} == {(100, 0), (0, 100)}


def test_items_that_are_all_alike_are_one_group() -> None:
    found = groups_of(marks_of(["same words here"] * 30, {}), most=8, seed=0)
    assert set(found.group.tolist()) == {0}
    empty = groups_of(marks_of([""] * 5, {}), most=8, seed=0)
    assert len(empty.group) == 5
