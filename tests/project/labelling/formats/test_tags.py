"""Tags and stretches of tokens."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.project.labelling.formats.tags import SCHEMES, scheme_of, stretches, tagged


@st.composite
def sentences(draw):
    """A number of tokens and stretches in them that do not overlap."""
    lengths = draw(
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.sampled_from(["PER", "ORG"])), max_size=5)
    )
    found, at = [], 0
    for gap, length, label in lengths:
        found.append((at + gap, at + gap + length, label))
        at += gap + length
    return at + draw(st.integers(0, 2)), found


@given(sentences(), st.sampled_from(SCHEMES))
def test_stretches_become_tags_and_tags_the_same_stretches_without_a_repair(sentence, scheme):
    count, found = sentence
    assert stretches(tagged(count, found, scheme), scheme) == (found, 0)


@given(
    st.lists(st.sampled_from(["O", "B-X", "I-X", "E-X", "S-X", "L-Y", "U-Y", "I-Y", "B-Y"])), st.sampled_from(SCHEMES)
)
def test_any_tags_at_all_become_stretches_that_do_not_overlap(tags, scheme):
    found, repaired = stretches(tags, scheme)
    assert all(a < b for a, b, _ in found)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(found))
    assert sum(b - a for a, b, _ in found) == sum(tag != "O" for tag in tags)
    assert repaired >= 0


@pytest.mark.parametrize(
    ("tags", "scheme", "found", "repaired"),
    [
        (["I-ORG", "I-ORG", "B-ORG", "O"], "iob1", [(0, 2, "ORG"), (2, 3, "ORG")], 0),  # CoNLL-2003 as it was given out
        (["I-ORG", "I-PER"], "bio", [(0, 1, "ORG"), (1, 2, "PER")], 2),
        (["B-PER", "I-PER"], "bioes", [(0, 2, "PER")], 1),  # it never ends
        (["S-LOC", "E-LOC"], "bioes", [(0, 1, "LOC"), (1, 2, "LOC")], 1),
        (["B-LOC", "L-LOC", "U-PER"], "bilou", [(0, 2, "LOC"), (2, 3, "PER")], 0),
    ],
)
def test_tags_are_read_as_their_scheme_says_and_repairs_are_counted(tags, scheme, found, repaired):
    assert stretches(tags, scheme) == (found, repaired)


@given(st.lists(sentences(), min_size=1, max_size=4), st.sampled_from(["bioes", "bilou", "bio"]))
def test_the_scheme_of_a_file_is_found_where_its_tags_tell(several, scheme):
    tags = [tagged(count, found, scheme) for count, found in several]
    seen = {tag[0] for each in tags for tag in each}
    told = {"bioes": "ES", "bilou": "LU", "bio": "B"}[scheme]
    if seen & set(told):
        assert scheme_of(tags) == scheme
