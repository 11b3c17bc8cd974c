"""The table of prices that comes along, and the newer one of the extra."""

from __future__ import annotations

import dataclasses
from datetime import date
from importlib import metadata

import pytest

from ownproof.errors import ConfigError
from ownproof.phases.decide.prices import PriceTable
from ownproof.project import pricing
from ownproof.project.pricing import table, vendored

TODAY = date(2026, 11, 24)


def test_the_table_that_comes_along_has_models_gpus_sources_and_dates() -> None:
    own = vendored()
    assert len(own.models) >= 20
    assert {"A100 80GB", "T4", "L4", "H100"} <= {g.name for g in own.gpus}
    assert all(p.source and p.rate.input > 0 and p.rate.output > 0 for p in own.models)
    assert all(g.source and g.hourly.low > 0 for g in own.gpus)
    assert len(own.names) == sum(1 + len(p.also) for p in own.models)  # no name stands for two
    assert all(p.second is None or p.second != p.rate for p in own.models)


def test_a_model_is_found_by_its_other_names() -> None:
    assert vendored().find("Mistral-Small").model == "mistral-small-2603"


def test_the_extra_agrees_with_the_table_it_was_taken_from() -> None:
    pytest.importorskip("genai_prices")
    own, live = vendored(), table(TODAY, live=True)
    assert live.as_of >= own.as_of
    assert [p.model for p in live.models] == [p.model for p in own.models]
    same = [a.rate == b.rate for a, b in zip(own.models, live.models, strict=True)]
    assert sum(same) >= len(same) - 6  # a newer release of the extra may know newer prices


def test_a_damaged_table_is_an_error_that_says_so() -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        PriceTable.from_json({"as_of": "2026-01-01", "models": [{"provider": "x"}], "gpus": [], "source": ""})


def test_an_old_table_gives_way_to_a_newer_extra_where_it_is_installed(monkeypatch) -> None:
    pytest.importorskip("genai_prices")
    old = dataclasses.replace(vendored(), as_of=date(2026, 1, 1), source="genai-prices 0.0.1 (MIT)")
    monkeypatch.setattr(pricing, "vendored", lambda: old)
    renewed = table(TODAY)
    assert renewed.source.startswith("genai-prices")
    assert old.as_of < renewed.as_of <= TODAY
    monkeypatch.setattr("ownproof.optional.there", lambda module: False)
    assert table(TODAY) == old


def test_changes_that_are_announced_make_no_table_younger() -> None:
    pytest.importorskip("genai_prices")
    late = date(2028, 1, 1)
    assert table(late, live=True).as_of < date(2028, 1, 1)
    if f"genai-prices {metadata.version('genai-prices')} " in vendored().source:
        assert table(late) == vendored()
        assert table(late, live=True).as_of == vendored().as_of


def test_a_fresh_table_is_not_looked_up_anywhere(monkeypatch) -> None:
    monkeypatch.setattr("ownproof.optional.need", lambda *a, **k: pytest.fail("the extra was asked"))
    assert table(TODAY) == vendored()
