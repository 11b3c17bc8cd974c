"""Answers that stand on little, as the operator wants them."""

from __future__ import annotations

import pytest


def strange(here):
    """A row with a number far out, and one with a new category; the columns."""
    number = next(f for f in here.service.model.fields if f.low is not None and f.high != f.low)
    category = next(f.name for f in here.service.model.fields if f.levels)
    far = {**here.example, number.name: number.high + 1e6}
    return far, number.name, {**here.example, category: "never met"}, category


def test_as_it_comes_a_new_category_is_flagged_and_a_far_number_is_not(local):
    here = local()
    far, _, new, category = strange(here)
    assert not any(f.startswith("range:") for f in here.ask("/v1/predict", {"inputs": far}).json["flags"])
    assert f"unseen:{category}" in here.ask("/v1/predict", {"inputs": new}).json["flags"]


def test_a_far_number_is_flagged_refused_or_abstained_from(local):
    here = local(out_of_range="flag")
    far, name, _, _ = strange(here)
    assert f"range:{name}" in here.ask("/v1/predict", {"inputs": far}).json["flags"]
    reply = local(out_of_range="refuse").ask("/v1/predict", {"inputs": far})
    assert (reply.status, reply.json["errors"][0]["field"]) == (422, name)
    here = local(out_of_range="abstain", default="a person")
    told = here.ask("/v1/predict", {"inputs": far}).json
    assert told["prediction"] == "a person"
    assert told["said"] in ("yes", "no")
    assert told["flags"][-2:] == [f"range:{name}", "abstained:range"]
    assert here.logged()[0]["answer"]["said"] == told["said"]


def test_a_new_category_is_refused_or_kept_quiet_about(local):
    here = local(unseen="refuse")
    _, _, new, category = strange(here)
    assert here.ask("/v1/predict", {"rows": [here.example, new]}).json["errors"][0]["field"] == f"rows[1].{category}"
    assert f"unseen:{category}" not in local(unseen="ignore").ask("/v1/predict", {"inputs": new}).json["flags"]


@pytest.mark.parametrize(("below", "abstains"), [(0.01, False), (1.0, True)])
def test_an_unsure_answer_gives_way_to_the_default(local, below, abstains):
    here = local(abstain_below=below, default="a person")
    told = here.ask("/v1/predict", {"inputs": here.example}).json
    assert (told["prediction"] == "a person") is abstains
    assert (told["flags"][-1:] == ["abstained:probability"]) is abstains
