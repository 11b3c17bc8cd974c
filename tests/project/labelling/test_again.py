"""Items of the folder are handed out without a table."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from ownproof.core.labelling import Answer, Item
from ownproof.core.policy import Policy
from ownproof.errors import InputError, UsageError
from ownproof.project.labelling import again
from ownproof.project.labelling.access import grant
from ownproof.project.labelling.answers import append_all
from ownproof.project.labelling.folder import LabelFolder, Place
from ownproof.project.labelling.making import init
from ownproof.project.labelling.sampling import Asked
from ownproof.project.ledger import Ledger

TEAM = ("ann", "ben", "chris")


@pytest.fixture
def folder(tmp_path: Path) -> LabelFolder:
    """Thirty items of one rater each, three that two have, and four that were imported: one of them with an answer."""
    init(tmp_path / "f", kind="label", question="?", classes=["a", "b"], text="text")
    folder = LabelFolder(tmp_path / "f")
    places = [Place(1, TEAM[i % 3], str(i)) for i in range(33)] + [
        Place(1, TEAM[(i + 1) % 3], str(i)) for i in range(3)
    ]
    folder.add([Item(str(i), f"text {i}") for i in range(33)], places)
    folder.add([Item(f"x{i}", f"other {i}", drawn="imported", batch=2) for i in range(4)])
    append_all(folder, [Answer("x0", "zoe", 1.0, "a")], writer="import")
    grant(folder, TEAM, draw=lambda: "secret")
    return folder


def token() -> Any:
    numbers = itertools.count()
    return lambda: f"new-{next(numbers)}"


def test_items_of_one_rater_get_a_second_who_has_not_had_them(folder: LabelFolder) -> None:
    before = folder.queue()
    answer = again.double(folder, Asked((), 0.0), 12, draw=token())
    assert (answer["batch"], answer["items"], answer["double"], answer["left"]) == (3, 12, 12, 19)
    new = folder.queue()[len(before) :]
    had = {(p.item, p.rater) for p in before}
    assert len(new) == 12
    assert not {(p.item, p.rater) for p in new} & had
    assert len({p.item for p in new}) == 12
    assert all(int(p.item) >= 3 for p in new if p.item[0] != "x")
    assert Ledger(folder.ledger).entries("label.sample")[-1].data["by"] == "double"
    assert len(folder.items()) == 37


def test_second_ratings_end_when_there_is_none_to_give(folder: LabelFolder) -> None:
    assert again.double(folder, Asked((), 0.0), 99, draw=token())["items"] == 31
    with pytest.raises(InputError) as caught:
        again.double(folder, Asked((), 0.0), 1, draw=token())
    assert caught.value.name == "none-single"


def test_a_newcomer_can_be_the_second_rater_and_gets_a_token(folder: LabelFolder) -> None:
    answer = again.double(folder, Asked(("dora",), 0.0), 5, draw=token())
    assert answer["raters"] == {"dora": 5}
    assert set(answer["tokens"]) == {"dora"}


def test_what_nobody_was_given_is_handed_out_once(folder: LabelFolder) -> None:
    answer = again.hand_out(folder, Asked(("ann", "ben"), 1.0), policy=Policy(), draw=token())
    assert (answer["items"], answer["double"]) == (3, 3)
    assert {p.item for p in folder.queue() if p.batch == 3} == {"x1", "x2", "x3"}
    with pytest.raises(UsageError):
        again.hand_out(folder, Asked(("ann", "ben"), 1.0), policy=Policy(), draw=token())


def test_flags_that_need_a_table_are_refused_without_one(folder: LabelFolder) -> None:
    for asked in (Asked(TEAM, 0.1, by="cluster"), Asked(TEAM, 0.1, strata="region")):
        with pytest.raises(UsageError):
            again.hand_out(folder, asked, policy=Policy(), draw=token())
        with pytest.raises(UsageError):
            again.double(folder, asked, 5, draw=token())
    with pytest.raises(UsageError):
        again.double(folder, Asked(TEAM, 0.1), 0, draw=token())
