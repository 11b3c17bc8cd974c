"""The suite itself: kinds that keep the contract pass, and each way to break it is found."""

import polars as pl
import pytest

from ownproof.core import registry
from ownproof.inputs.category import CategoryInput
from ownproof.inputs.number import NumberInput
from ownproof.testing.input import check_input

SAMPLES = {
    "number": ["1", "2.5", "NA", "1"],
    "category": ["a", "b", None, "a"],
    "moment": ["2020-01-01", "2020-02-29", None, "2020-01-01"],
    "text": ["a short story of a cat", "a long story of two dogs", None, "a short story of a cat"],
    "identifier": ["A1", "A2", None, "A3"],
    "constant": ["x", "x", "x"],
}


@pytest.mark.parametrize("name", registry.names("inputs"))
def test_every_kind_that_is_installed_keeps_the_contract(name):
    check_input(registry.load("inputs", name), pl.Series("c", SAMPLES[name]))


def broken(**methods):
    return type("Broken", (CategoryInput,), methods)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (broken(name=""), "name is empty"),
        (broken(name="Category"), "lower case"),
        (broken(read=lambda self, cell, details: cell and cell.upper()), "cast makes"),
        (broken(read=lambda self, cell, details: "x"), "something of None"),
        (broken(cast=lambda self, column, details, folder=None: column.fill_null("x")), "missing cell"),
        (broken(cast=lambda self, column, details, folder=None: column.shift(1)), "other cells"),
        (broken(keys=lambda self, column: column.hash().to_numpy() * 0), "share a key"),
        (
            broken(keys=lambda self, column: __import__("numpy").arange(len(column), dtype="uint64")),
            "order of the cells",
        ),
        (broken(keys=lambda self, column: list(range(len(column)))), "no array"),
        (broken(to_json=lambda self, value: None), "comes back from JSON"),
        (broken(one=lambda self, code: lambda value: (0.0,)), "one row and many rows differ"),
        (broken(unseen=lambda self, code, value: True), "is called unseen"),
        (broken(recall=lambda self, code: lambda value: True), "`recall` is not what"),
        (broken(fit_code=lambda self, column, details: {"levels": ("a", "b"), "rare": []}), "no JSON value"),
        (
            broken(
                encode=lambda self, code, column: NumberInput().encode({}, column.str.len_chars()).astype("float64")
            ),
            "not float32",
        ),
        (broken(profile=lambda self, column: NumberInput().profile(pl.Series([1.0]))), "the profile says kind"),
        (broken(drift=lambda self, reference, now: None), "no Finding"),
    ],
)
def test_each_way_to_break_the_contract_is_found(kind, says):
    with pytest.raises(AssertionError, match=says):
        check_input(kind, pl.Series("c", ["a", "b", None, "a", "b"]))


def test_what_lacks_a_method_is_no_input():
    with pytest.raises(AssertionError, match="lacks a method"):
        check_input(type("Nothing", (), {"name": "nothing", "usable": True}), pl.Series("c", ["a"]))
