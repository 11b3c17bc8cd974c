"""What is known only afterwards is named with a reason; strength alone accuses nobody."""

import numpy as np
import pytest

from tests.phases.audit.tables import audited, finding, gate, is_bad, leaks, loans, prices, put

RNG = np.random.default_rng(3)


def strong(frame, noise=0.25):
    """A number with an AUC of about 0.98."""
    return is_bad(frame) + RNG.normal(0, 0.33, len(frame)) * noise / 0.25


def test_a_strong_column_apart_from_all_others_is_a_warning():
    frame = loans()
    report = audited(put(frame, clue=strong(frame)))
    assert leaks(report) == [("leak.proxy", "warn", ("clue",))]
    said = finding(report, "leak.proxy")
    assert said.value > 0.9
    assert "the next column" in said.evidence
    assert 'clue = "before"' in said.advice
    assert all(g.status != "refused" for g in report.gates)


def test_a_column_that_is_nearly_never_wrong_stands_apart_from_one_that_often_is():
    frame = loans()
    bad = is_bad(frame)
    exact = bad + RNG.normal(0, 0.17, 600)
    report = audited(put(frame, one=exact, two=bad + RNG.normal(0, 0.42, 600)))
    assert leaks(report) == [("leak.proxy", "warn", ("one",))]


def test_strong_columns_that_are_not_alone_are_only_said():
    frame = loans()
    report = audited(put(frame, one=strong(frame), two=strong(frame)))
    assert leaks(report) == []
    assert sorted(f.columns for f in report.findings if f.rule == "predictor.strong") == [("one",), ("two",)]


def test_a_strong_column_among_too_few_is_not_apart():
    frame = loans().select("noise", "y")
    assert leaks(audited(put(frame, clue=strong(frame)))) == []


def test_a_number_apart_from_all_others_is_a_warning_too():
    frame = prices()
    report = audited(put(frame, clue=frame["y"].to_numpy() * np.exp(RNG.normal(0, 0.1, 600))))
    assert leaks(report) == [("leak.proxy", "warn", ("clue",))]
    assert "R²" in finding(report, "leak.proxy").evidence
    weaker = audited(put(frame, clue=frame["y"].to_numpy() * np.exp(RNG.normal(0, 0.5, 600))))
    assert leaks(weaker) == []


@pytest.mark.parametrize("name", ["final_balance", "daysToClosing", "recovered", "y_score_2", "discharge code"])
def test_a_strong_column_whose_name_is_of_later_is_availability(name):
    frame = loans().rename({"y": "y_score"}) if name.startswith("y_") else loans()
    target = "y_score" if name.startswith("y_") else "y"
    known = (frame[target] == "bad").to_numpy() + RNG.normal(0, 0.33, 600)
    report = audited(put(frame, **{name: known}), target)
    assert leaks(report) == [("leak.availability", "warn", (name,))]
    assert "--drop" in finding(report, "leak.availability").advice


@pytest.mark.parametrize("name", ["final_balance", "result", "duration"])
def test_a_weak_column_may_be_called_what_it_likes(name):
    assert leaks(audited(put(loans(), **{name: RNG.normal(size=600)}))) == []


def test_a_name_that_says_planned_is_of_before():
    frame = loans()
    assert leaks(audited(put(frame, scheduled_arrival=strong(frame)))) == [
        ("leak.proxy", "warn", ("scheduled_arrival",))
    ]


def test_a_moment_after_the_rows_own_time_is_of_later():
    frame = loans()
    start, minute = np.datetime64("2024-01-01", "us"), np.timedelta64(60 * 10**6, "us")
    at = start + RNG.permutation(600) * minute
    day = np.where(is_bad(frame) ^ (RNG.random(600) < 0.02), 20, 3) + RNG.integers(0, 3, 600)
    later, earlier = start + day.astype("m8[D]"), start - day.astype("m8[D]")
    assert leaks(audited(put(frame, at=at, noted=later), time="at")) == [("leak.availability", "warn", ("noted",))]
    assert leaks(audited(put(frame, at=at, noted=earlier), time="at")) == [("leak.proxy", "warn", ("noted",))]


def test_what_is_declared_to_be_known_afterwards_stops():
    report = audited(loans(), available={"grade": "after", "income": "before"})
    assert leaks(report) == [("leak.availability", "block", ("grade",))]
    refused = gate(report, "availability")
    assert (refused.status, refused.columns) == ("refused", ("grade",))
    assert "availability file" in finding(report, "leak.availability").evidence
    dropped = audited(loans(), available={"grade": "after"}, drop=("grade",))
    assert (leaks(dropped), gate(dropped, "availability").status) == ([], "pass")


def test_a_declared_lag_is_a_warning():
    report = audited(loans(), available={"grade": "2d"})
    assert leaks(report) == [("leak.availability", "warn", ("grade",))]
    assert gate(report, "availability").status == "pass"


def test_a_column_that_is_declared_known_before_is_not_accused_of_strength():
    frame = loans()
    for name in ("clue", "final_result"):
        report = audited(put(frame, **{name: strong(frame)}), available={name: "before"})
        assert leaks(report) == []
        assert finding(report, "predictor.strong").columns == (name,)


def test_a_copy_that_is_declared_known_before_is_said_and_not_accused():
    frame = loans(6000)
    y = frame["y"].to_numpy()
    report = audited(put(frame, twin=y), available={"twin": "before"})
    assert leaks(report) == []
    assert (finding(report, "leak.copy").level, gate(report, "copy").status) == ("ok", "pass")
    near = y.copy()
    near[:2] = np.where(near[:2] == "bad", "good", "bad")
    assert leaks(audited(put(frame, twin=near), available={"twin": "before"})) == []
    assert leaks(audited(put(frame, twin=near))) == [("leak.copy", "block", ("twin",))]


def test_nothing_is_compared_with_columns_that_are_accused_already():
    frame = loans()
    report = audited(put(frame, twin=frame["y"].to_numpy(), clue=strong(frame)))
    assert leaks(report) == [("leak.copy", "block", ("twin",)), ("leak.proxy", "warn", ("clue",))]


def test_a_word_of_a_text_may_be_the_strong_part():
    frame = loans()
    words = np.array([["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]] * 600)
    texts = [
        " ".join(RNG.permutation(w)[:6]) + (" overdue" if b and RNG.random() < 0.95 else " row") + f" {i}"
        for i, (w, b) in enumerate(zip(words, is_bad(frame), strict=True))
    ]
    report = audited(put(frame, remark=texts), kinds={"remark": "text"})
    assert leaks(report) == [("leak.text", "warn", ("remark",))]
    assert "'overdue'" in finding(report, "leak.text").evidence


def test_columns_of_other_roles_are_not_accused():
    frame = put(loans(), clue=strong(loans()))
    assert leaks(audited(frame, drop=("clue",))) == []
    assert leaks(audited(put(frame, w=strong(frame) + 5), drop=("clue",), weight="w")) == []
