"""Questions on a terminal: Enter is unknown, numbers are read as they are typed, nonsense is asked again."""

import tomllib

import pytest

from ownproof.errors import UsageError
from ownproof.phases.decide.answers import KEYS, Answers
from ownproof.project.deciding.asking import ORDER, WORDS, ask, keep, text


def asked(replies):
    """Ask, answering by the question; what was said comes back too."""
    heard: list[str] = []

    def read(prompt):
        heard.append(prompt)
        return next((replies.pop(k) for k in list(replies) if prompt.startswith(WORDS[k])), "")

    return ask(read, heard.append), heard


def test_every_answer_has_its_question():
    assert set(ORDER) == set(KEYS) == set(WORDS)


def test_enter_is_unknown():
    said, heard = asked({})
    assert (said, len(heard)) == ({}, len(KEYS) + 1)


def test_answers_are_read_as_people_type_them():
    said, heard = asked({"task": "2", "labels": "6,200", "calls_per_month": "3M", "edge": "n", "domain": "voc"})
    assert said == {
        "task": "text-label",
        "labels": 6200,
        "calls_per_month": 3_000_000,
        "edge": False,
        "domain": "vocabulary",
    }
    assert not any("expected" in line for line in heard)


def test_what_cannot_be_read_is_asked_again():
    replies = iter(["many", "-3", "400"])

    def read(prompt):
        return next(replies) if prompt.startswith(WORDS["labels"]) else ""

    heard: list[str] = []
    assert ask(read, heard.append) == {"labels": 400}
    assert sum("expected" in line for line in heard) == 2


def test_a_table_is_not_asked_for_tokens():
    _, heard = asked({"task": "tabular"})
    assert not any("token" in line for line in heard)


def test_the_file_holds_every_question_and_reads_back(tmp_path):
    said = {"task": "tabular", "labels": 6200, "edge": False, "api_model": 'a "b"'}
    path = tmp_path / "ANSWERS.toml"
    keep(path, said)
    found = tomllib.loads(path.read_text())
    assert set(found) == set(KEYS)
    assert Answers.read(found) == Answers.read(said)
    assert text(said).count("# ") >= len(KEYS)
    with pytest.raises(UsageError, match="already"):
        keep(path, said)
