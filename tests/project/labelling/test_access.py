"""Tokens of raters."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from ownproof.errors import ConfigError, UsageError
from ownproof.project.labelling.access import LEAD, access, check_names, grant
from ownproof.project.labelling.folder import LabelFolder


def numbered() -> Callable[[], str]:
    numbers = itertools.count()
    return lambda: f"secret-{next(numbers)}"


def test_a_token_is_told_once_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    folder, draw = LabelFolder(tmp_path), numbered()
    first = grant(folder, ["ann", "ben"], draw=draw)
    assert set(first) == {"ann", "ben", LEAD}
    assert grant(folder, ["ann"], draw=draw) == {}
    assert set(grant(folder, ["ann", "chris"], draw=draw)) == {"chris"}
    kept = access(folder)
    assert [kept.who(first[n]) for n in ("ann", "ben", LEAD)] == ["ann", "ben", LEAD]
    assert kept.who("secret-99") is None
    assert "secret" not in (folder.labels / "raters.json").read_text()


def test_new_tokens_take_the_old_ones_back(tmp_path: Path) -> None:
    folder, draw = LabelFolder(tmp_path), numbered()
    old = grant(folder, ["ann", "ben"], draw=draw)
    new = grant(folder, ["ann"], draw=draw, anew=True)
    assert set(new) == {"ann", "ben", LEAD}
    assert not {access(folder).who(t) for t in old.values()} - {None}


def test_nobody_may_label_before_the_first_sample_and_nobody_has_an_empty_token(tmp_path: Path) -> None:
    assert access(LabelFolder(tmp_path)).who("") is None


def test_a_damaged_file_of_raters_is_said(tmp_path: Path) -> None:
    folder = LabelFolder(tmp_path)
    grant(folder, ["ann"], draw=numbered())
    (folder.labels / "raters.json").write_text("{")
    with pytest.raises(ConfigError):
        access(folder)


def test_names_that_no_rater_can_have_are_refused_all_at_once() -> None:
    check_names(["ann", "ben@x.org", "Zoë"])
    with pytest.raises(UsageError) as caught:
        check_names(["lead", "", "x" * 61, "ann", "ann"])
    assert caught.value.message.startswith("4 problems")
