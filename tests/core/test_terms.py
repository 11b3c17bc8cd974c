import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownproof.core.terms import LEAST, Scores, counted, found, terms_of

TEXTS = [
    "good stuff here",
    "good stuff there",
    "good stuff good",
    "bad stuff",
    None,
    "bad luck here",
    "bad here",
    "",
] * 2


def dense(terms, rows):
    table = np.zeros((rows, terms.width))
    for row in range(rows):
        part = slice(terms.starts[row], terms.starts[row + 1])
        table[row, terms.places[part]] = terms.values[part]
    return table


def test_the_table_is_that_of_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [t for t in TEXTS if t is not None]
    theirs = TfidfVectorizer(ngram_range=(1, 2), min_df=LEAST, max_df=0.7, sublinear_tf=True)
    expected = theirs.fit_transform(texts).toarray()
    ours = found(texts)
    assert sorted(ours.vocabulary["terms"]) == sorted(theirs.vocabulary_)
    order = [theirs.vocabulary_[term] for term in ours.vocabulary["terms"]]
    assert dense(ours, len(texts)) == pytest.approx(expected[:, order])


def test_frequent_terms_come_first_and_ties_go_by_name():
    names, having = found(TEXTS).vocabulary["terms"], found(TEXTS).vocabulary["having"]
    assert list(zip(names, having, strict=True)) == sorted(zip(names, having, strict=True), key=lambda t: (-t[1], t[0]))


def test_missing_and_empty_texts_have_no_terms():
    assert found([None, "", None]).width == 0
    terms = found(TEXTS)
    assert terms.starts[4] == terms.starts[5]
    assert terms.vocabulary["texts"] == 14


word = st.sampled_from(["a", "b", "c", "d'e", "ÉÉ", "x1"])


@given(st.lists(st.lists(word, max_size=8).map(" ".join), min_size=6, max_size=40), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_one_text_has_the_sums_of_the_table(texts, outputs):
    terms = found(texts)
    weights = np.random.default_rng(0).normal(size=(terms.width, outputs))
    code = {**terms.vocabulary, "by_term": weights.T.tolist(), "bias": [0.25] * outputs}
    score = Scores(code, ["zzz", "a"])
    expected = dense(terms, len(texts)) @ weights + 0.25
    got = [score.of(counted(terms_of(text), score.places)) for text in texts]
    assert np.array(got) == pytest.approx(expected)


def test_a_term_without_a_place_in_the_vocabulary_counts_nothing():
    code = {"terms": ["good"], "having": [3], "texts": 10, "by_term": [[2.0]], "bias": [1.0]}
    score = Scores(code, ["odd"])
    assert score.of(counted(["odd"], score.places)) == [1.0]
    assert score.of(counted(["odd", "good", "good"], score.places)) == [pytest.approx(3.0)]
    assert math.isfinite(score.of({})[0])
