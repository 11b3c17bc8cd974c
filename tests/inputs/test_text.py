import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.cells import as_json
from ownproof.inputs.category import CategoryInput
from ownproof.inputs.text import TERMS, TextInput
from ownproof.testing.input import check_input

KIND = TextInput()


def fitted(cells):
    return KIND.fit_code(pl.Series("x", cells, dtype=pl.String), {})


def test_sentences_are_text_and_names_are_not():
    sentences = [
        f"The {w} arrived late and was broken in {n} places"
        for n, w in enumerate(["vase", "lamp", "chair", "table"] * 10)
    ]
    assert KIND.recognise(pl.Series(sentences)).confidence == 0.9
    for names in (["New York", "San Francisco Bay Area"] * 20, [f"C{n}" for n in range(40)], ["a b c d e f"] * 40):
        assert KIND.recognise(pl.Series(names)).confidence < 0.4


def test_short_titles_of_which_some_come_back_are_text_all_the_same():
    titles = pl.Series(
        [f"Lovely {c} dress" for c in ("red", "blue", "green")] * 10 + [f"My {n}th of these" for n in range(40)]
    )
    assert KIND.recognise(titles).confidence == 0.75
    assert KIND.recognise(titles).confidence > CategoryInput().recognise(titles).confidence


def test_counts_come_first():
    code = fitted([])
    assert KIND.one(code)("Hello World 12") == [3, 14, 2 / 14, 2 / 14]
    assert [f.name for f in KIND.features(code, "t")] == [
        "t:words",
        "t:characters",
        "t:digit-share",
        "t:upper-case-share",
    ]
    assert KIND.one(code)("") == [0, 0, 0, 0]


def test_weights_are_inverse_document_frequencies_scaled_to_length_one():
    # "good" in 4 of 8 texts, "bad" in 3; the rest too rare or too frequent
    code = fitted(["good x", "good y", "good z", "good w", "bad a", "bad b", "bad c", "d"])
    assert code["terms"] == ["good", "bad"]
    assert code["weights"] == [math.log(9 / 5) + 1, math.log(9 / 4) + 1]
    good, bad = KIND.one(code)("Good, bad! GOOD")[4:]
    a, b = (1 + math.log(2)) * code["weights"][0], code["weights"][1]
    assert (good, bad) == (pytest.approx(a / math.hypot(a, b)), pytest.approx(b / math.hypot(a, b)))


def test_word_pairs_are_terms_and_the_vocabulary_is_bounded():
    code = fitted(["not good at all", "not good at all", "not good enough", "very fine", "fine"] * 4)
    assert "not good" in code["terms"]
    words = [f"w{i}" for i in range(1000)]
    many = fitted([" ".join(words[i] for i in np.random.default_rng(n).integers(0, 1000, 60)) for n in range(200)])
    assert len(many["terms"]) == TERMS == len(set(many["terms"]))


def test_a_word_in_nearly_every_text_or_in_hardly_any_is_no_term():
    code = fitted([f"the thing {i}" for i in range(50)] + ["once upon"])
    assert code["terms"] == []


def test_a_missing_text_is_missing_throughout():
    code = fitted(["good x", "good y", "good z", "bad a"] * 2)
    assert np.isnan(KIND.encode(code, pl.Series([None], dtype=pl.String))).all()


def test_json_cells_must_be_texts():
    for wrong in (5, True, ["x"], {}):
        with pytest.raises(ValueError, match="text was expected"):
            KIND.read(wrong, as_json({"missing": [""]}))
    assert KIND.read(" x ", as_json({"missing": [""]})) == "x"


def test_longer_texts_are_drift():
    short, long = (KIND.profile(pl.Series(["word " * (n % 7 + k) for n in range(200)])) for k in (1, 30))
    assert KIND.drift(short, long).level == "warn"
    assert short.numbers["words"] == pytest.approx(3.95, abs=0.1)


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.lists(
                st.sampled_from(["the", "cat", "It's", "RAN", "12", "über", "naïve", "don’t", ",.", "中文"]), max_size=9
            ).map(" ".join),
        ),
        min_size=1,
        max_size=25,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_column_of_texts_keeps_the_contract(cells):
    check_input(TextInput, pl.Series("x", cells, dtype=pl.String))
