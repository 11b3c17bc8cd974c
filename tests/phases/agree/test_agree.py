import json

import numpy as np
import pytest

from ownproof.core.ratings import Ratings
from ownproof.core.report import plain
from ownproof.phases.agree import agree


def simulated(items, people, kappa, *, shares=(0.5, 0.3, 0.2), seed=0, missing=0.0, bad=None):
    """Answers of people who know what an item is with probability sqrt(kappa) and draw lots otherwise; `bad` (who, from
    which item on) always draws lots."""
    draw = np.random.default_rng(seed)
    names = np.array(["a", "b", "c", "d", "e"][: len(shares)])
    rows = []
    for i in range(items):
        truth = draw.choice(names, p=shares)
        for r in range(people):
            knows = draw.random() < kappa**0.5 and not (bad and bad[0] == r and i >= bad[1])
            said = truth if knows else draw.choice(names, p=shares)
            if draw.random() >= missing:
                rows.append((f"i{i}", f"r{r}", said, float(i)))
    return rows


def ratings(rows, **more):
    return Ratings.of([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], **more)


def rules(report, level="warn"):
    return {f.rule: f.columns for f in report.findings if f.level == level}


@pytest.mark.parametrize(
    ("rows", "decides"),
    [
        (simulated(60, 2, 0.8), "cohen"),
        (simulated(60, 3, 0.8), "fleiss"),
        (simulated(60, 4, 0.8, missing=0.3), "krippendorff"),
        ([*simulated(60, 2, 0.8), ("lone", "r9", "a", 0.0)], "cohen"),  # rated once: left out before it is chosen
        ([*simulated(60, 3, 0.8), ("lone", "r0", "a", 0.0)], "fleiss"),
    ],
)
def test_which_coefficient_decides(rows, decides):
    facts = agree(ratings(rows)).facts
    assert facts["decides"] == decides
    assert facts["items"] == 60 if decides != "krippendorff" else facts["items"] <= 60


def test_every_item_rated_by_the_same_number_of_changing_raters_is_for_fleiss():
    rows = [row for n, row in enumerate(simulated(90, 3, 0.8)) if n % 3 != (n // 3) % 3]
    facts = agree(ratings(rows)).facts
    assert facts["decides"] == "fleiss"
    assert len(facts["raters"]) == 3


@pytest.mark.parametrize(("kind", "weighting", "decides"), [
    ("ordinal", "", "krippendorff"), ("interval", "", "krippendorff"), ("ratio", "", "krippendorff"),
    ("ordinal", "linear", "cohen"), ("ordinal", "quadratic", "cohen"),
])  # fmt: skip
def test_scales_and_weights_say_what_decides(kind, weighting, decides):
    rows = [(i, r, str("abc".index(v) + 1), t) for i, r, v, t in simulated(60, 2, 0.8)]
    facts = agree(ratings(rows, kind=kind), weighting=weighting).facts
    assert facts["decides"] == decides
    assert set(facts) >= {"cohen", "krippendorff"}
    assert facts["decides_why"]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([("i", "x", "a"), ("j", "y", "b")], "no item was rated by two raters"),
        ([("i", "x", "a"), ("j", "x", "b")], "one rater only"),
        ([(f"i{n}", r, "a") for n in range(30) for r in "xy"], "one class only"),
        ([], "there is no rating"),
    ],
)
def test_what_cannot_be_measured_is_undefined_with_the_reason(rows, reason):
    report = agree(ratings(rows))
    facts = report.facts
    assert reason in facts["undefined"]
    assert facts["decision"] == "more"
    assert facts["needed"] > 0
    made = plain(facts[facts["decides"]])
    assert made["value"] is None
    assert reason in made["undefined"]
    assert report.gates[0].status == "inconclusive"
    json.dumps(plain(dict(facts)), allow_nan=False)


def test_two_raters_of_whom_one_always_says_the_same_have_a_kappa_of_nothing():
    rows = [(f"i{n}", "x", "a", 0) for n in range(40)] + [(f"i{n}", "y", "ab"[n % 2], 0) for n in range(40)]
    facts = agree(ratings(rows)).facts
    assert facts["cohen"]["value"] == 0.0
    assert facts["decision"] == "stop"


@pytest.mark.parametrize(("items", "kappa", "seed", "decision"), [(300, 0.9, 0, "go"), (300, 0.4, 0, "stop"), (30, 0.7, 1, "more"), (450, 0.6, 0, "stop"), (450, 0.8, 0, "go")])  # fmt: skip
def test_the_gate_goes_on_stops_or_asks_for_more(items, kappa, seed, decision):
    report = agree(ratings(simulated(items, 2, kappa, seed=seed)))
    assert report.facts["decision"] == decision
    assert (report.facts["needed"] is not None) == (decision == "more")
    assert report.gates[0].id == "label.agreement"
    assert report.gates[0].status == {"go": "pass", "stop": "refused", "more": "inconclusive"}[decision]


def test_a_rater_who_draws_lots_is_named_and_the_others_are_not():
    report = agree(ratings(simulated(200, 4, 0.85, bad=(2, 0))))
    assert rules(report)["agree.rater"] == ("r2",)
    assert "agree.drift" not in rules(report)


def test_a_rater_who_stops_caring_is_named_for_it():
    rows = simulated(240, 3, 0.85, bad=(1, 120))
    report = agree(ratings(rows, at=[r[3] for r in rows]))
    assert rules(report)["agree.drift"] == ("r1",)
    assert [p["window"] for p in report.facts["over_time"]] == [str(n) for n in range(1, 9)]
    assert report.facts["over_time"][0]["value"] > report.facts["over_time"][-1]["value"]


@pytest.mark.parametrize("seed", range(6))
def test_nobody_is_accused_where_all_rate_alike(seed):
    rows = simulated(150, 4, 0.75, seed=seed, missing=0.2)
    slices = {"half": {f"i{i}": "xy"[i % 2] for i in range(150)}}
    report = agree(ratings(rows, at=[r[3] for r in rows], slices=slices))
    assert rules(report) == {}


def test_a_class_and_a_slice_that_nobody_agrees_on_are_named():
    draw = np.random.default_rng(1)
    rows, slices = [], {}
    for i in range(400):
        truth = draw.choice(["a", "b", "c"])
        slices[f"i{i}"] = "odd" if i % 4 == 0 else "usual"
        for r in "xyz":
            said = str(truth) if i % 4 else str(draw.choice(["a", "b", "c"]))
            rows.append((f"i{i}", r, said, 0.0))
    report = agree(ratings(rows, slices={"kind": slices}))
    assert rules(report)["agree.slice"] == ("kind",)
    confused = [(f"i{i}", r, str(draw.choice(["b", "c"])) if i % 3 else "a", 0.0) for i in range(300) for r in "xyz"]
    confused += [(f"j{i}", r, "d", 0.0) for i in range(300) for r in "xyz"]
    made = agree(ratings(confused))
    assert {c for f in made.findings if f.rule == "agree.class" for c in f.columns} == {"b", "c"}
    assert made.facts["confusions"][0]["classes"] == ["b", "c"]
    assert made.facts["confusions"][0]["share"] == 1.0


def test_spellings_of_one_class_are_told():
    rows = simulated(40, 2, 0.9)
    rows = [(i, r, "A" if v == "a" and r == "r1" else v, t) for i, r, v, t in rows]
    assert set(rules(agree(ratings(rows)))["agree.spelling"]) == {"A", "a"}


def test_a_class_that_nearly_all_items_have_is_told_with_gwets_coefficient():
    rows = simulated(200, 2, 0.5, shares=(0.96, 0.04))
    said = {f.rule: f.evidence for f in agree(ratings(rows)).findings}
    assert "Gwet's AC1" in said["agree.prevalence"]


def test_items_to_talk_about_come_furthest_apart_first():
    rows = [("same", r, "a", 0) for r in "xyz"] + [("two", "x", "a", 0), ("two", "y", "b", 0), ("two", "z", "a", 0)]
    rows += [("three", "x", "a", 0), ("three", "y", "b", 0), ("three", "z", "c", 0)]
    facts = agree(ratings(rows)).facts
    assert [d["item"] for d in facts["disputes"]] == ["three", "two"]
    assert facts["disputes"][0]["answers"] == {"x": "a", "y": "b", "z": "c"}
    assert facts["disputed"] == 2


def test_spans_are_decided_over_characters():
    marks = [{"start": 0, "end": 5, "label": "ORG"}]
    other = [{"start": 0, "end": 6, "label": "ORG"}]
    rows = [
        (f"i{n}", r, [] if n % 2 else (other if n % 6 == 0 and r == "y" else marks), 0) for n in range(60) for r in "xy"
    ]
    texts = {f"i{n}": "Acme  Corporation went to the market, twice" for n in range(60)}
    report = agree(ratings(rows, kind="spans", lengths={f"i{n}": 40 for n in range(60)}), texts=texts)
    facts = report.facts
    assert facts["decides"] == "krippendorff"
    assert facts["krippendorff"]["value"] > 0.95 > facts["f1_exact"]["value"] > 0.5
    assert facts["f1_overlap"]["value"] == 1.0
    assert [c["class"] for c in facts["by_class"]] == ["ORG"]
    assert facts["disputes"][0]["answers"]["x"] == ((0, 5, "ORG"),)
    assert facts["disputes"][0]["text"] == "Acme Corporation went to the market, twice"
    assert "x: ORG “Acme”; y: ORG “Acme”" in str(report.sections[-1].blocks[0].rows[0])


def test_every_chapter_has_something_to_show():
    rows = simulated(120, 4, 0.7, missing=0.2)
    slices = {"half": {f"i{i}": "xy"[i % 2] for i in range(120)}}
    report = agree(ratings(rows, at=[r[3] for r in rows], slices=slices))
    assert [s.id for s in report.sections] == [
        "agreement", "classes", "raters", "confusions", "time", "slices", "disputes",
    ]  # fmt: skip
    assert all(s.blocks for s in report.sections)
