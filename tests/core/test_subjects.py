"""What texts are about, in numbers that are the same for the same text whatever stands beside it."""

import numpy as np
import polars as pl
import pytest

from ownproof.core.subjects import DIRECTIONS, about, vocabulary

TEXTS = pl.Series("t", ["The cat sat", "the dog"] * 40 + ["a rare word"])


def test_words_are_known_from_many_texts_on_the_frequent_ones_first():
    known = vocabulary(TEXTS)
    assert known["words"] == ["the", "cat", "dog", "sat"]
    assert known["rarity"] == pytest.approx([np.log(81 / 80), *[np.log(81 / 40)] * 3], abs=1e-4)


def test_unknown_words_are_counted_and_a_missing_text_says_nothing():
    views = about(vocabulary(TEXTS), pl.Series("t", ["The bird", None, "", "cat"]))
    assert views["words"].to_list() == [2.0, None, 0.0, 1.0]
    assert views["unknown words"].to_list() == [0.5, None, 0.0, 0.0]
    assert len(views) == 2 + DIRECTIONS


def test_a_text_has_the_same_direction_alone_and_among_others():
    known = vocabulary(TEXTS)
    alone, among = (
        about(known, pl.Series("t", texts))["direction 1"] for texts in (["cat sat"], ["dog", "cat sat", "x"])
    )
    assert alone[0] == among[1]
    assert abs(among[0]) == pytest.approx(np.log(81 / 40), abs=1e-4)
    assert among[2] == 0.0


def test_texts_without_a_word_or_without_a_text_are_no_error():
    for texts in (pl.Series("t", [], dtype=pl.String), pl.Series("t", [None], dtype=pl.String), pl.Series("t", ["!"])):
        assert len(about(vocabulary(texts), texts)["words"]) == len(texts)
