"""What of a column is watched: what its kind says, and for kinds that say nothing the JSON of their values."""

import polars as pl

from ownproof.inputs.identifier import IdentifierInput
from ownproof.inputs.moment import MomentInput
from ownproof.inputs.text import TextInput
from ownproof.runtime.watch import build, count
from ownproof.runtime.watch.views import plain_views


class Silent:
    """A kind that says nothing of watching; its cells are lists, or names of things that are gone."""

    name = "silent"

    def to_json(self, value):
        if value == "gone":
            raise ValueError("no such file")
        return {"pixels": [[1, 2], [3, len(value)]], "note": value}


def test_a_kind_that_says_nothing_is_watched_by_the_size_and_the_mean_of_its_json():
    views = plain_views(Silent(), {}, pl.Series("x", ["ab", None, "gone"]))
    assert views["size"].to_list() == [6.0, None, None]  # four numbers and two characters
    assert views["mean"].to_list() == [2.0, None, None]


def test_such_a_kind_is_built_and_counted_like_any_other():
    cells = pl.DataFrame({"x": ["ab"] * 50 + ["abcd"] * 50})
    reference = build(cells, {"x": "silent"}, inputs={"silent": Silent()})
    now = count(reference, pl.DataFrame({"x": ["ab", "abcdefgh"]}), inputs={"silent": Silent()})
    assert set(now.tallies) == {"x: size", "x: mean"}
    assert now.tallies["x: size"].cells[-2] == 1  # beyond all that was seen


def test_moments_are_watched_by_weekday_and_hour_and_names_by_what_they_are_made_of():
    when = pl.Series("at", ["2024-01-01T13:00:00", None]).str.to_datetime(time_unit="us")
    views = plain_views(MomentInput(), {}, when)
    assert (views["weekday"].to_list(), views["hour"].to_list()) == (["Monday", None], [13.0, None])
    names = pl.Series(["abc", "a-7", "12", None])
    made = plain_views(IdentifierInput(), {}, names)["made of"].to_list()
    assert made == ["letters", "letters+digits+signs", "digits", None]


def test_texts_are_watched_by_their_lengths_and_words():
    texts = pl.Series("t", ["so it is", None])
    views = plain_views(TextInput(), TextInput().fit_watch(texts), texts)
    assert (views["characters"].to_list(), views["words"].to_list()) == ([8.0, None], [3.0, None])
