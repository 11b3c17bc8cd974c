"""The chapters of the page: incidents, performance on one axis, what drifted as pictures and over time, answers, segments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ownproof.core.report import Block, Chart, Grid, Note, Section, Series
from ownproof.core.watch import PREDICTION, SCORE, Counts, Reference, Tally, View
from ownproof.phases.monitor.sightings import Followed, named
from ownproof.phases.monitor.words import duration, percent, spoken

PICTURES_MOST = 6
COLUMNS_MOST = 15
WINDOWS_MOST = 120
HEAT_WINDOWS = 30
LEVELS_MOST = 10
BINS_MOST = 24

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a page is drawn from. answer: of `monitor`; counts: of the windows in it (None where there are none);
    followed: numbers of columns over the windows that had rows, starting at `starts`."""

    answer: Answer
    reference: Reference | None
    counts: Sequence[Counts | None]
    followed: Sequence[Followed]


def sections(seen: Seen) -> tuple[Section, ...]:
    """All chapters that have something to show."""
    made = (
        _incidents(seen.answer),
        _performance(seen.answer),
        _drift(seen),
        _answers(seen),
        _traffic(seen.answer),
        _segments(seen.answer),
    )
    return tuple(s for s in made if s is not None and s.blocks)


def _windows(answer: Answer) -> list[Mapping[str, Any]]:
    """Windows that have ended; the one that still runs where none has."""
    every = list(answer["windows"])
    return ([w for w in every if w["ended"]] or every)[-WINDOWS_MOST:]


def _day(window: Mapping[str, Any], seconds: float) -> str:
    start = str(window["start"])
    return start[5:10] if seconds >= 86_400 else f"{start[5:10]} {start[11:16]}"


def _incidents(answer: Answer) -> Section:
    blocks: list[Block] = []
    if answer["incidents"]:
        rows = tuple(
            (i["kind"], i["state"], i["since"][:10], i["raised"][:10], (i["closed"] or "")[:10], ", ".join(i["columns"][:6]),
             i["evidence"], i["matters"], i["advice"])
            for i in reversed(answer["incidents"])
        )  # fmt: skip
        names = ("kind", "state", "since", "raised", "closed", "what", "evidence", "how much it matters", "what to do")
        blocks.append(Grid(names, rows, "Each is raised once and closes by itself; the newest first"))
    else:
        blocks.append(Note("No incident so far."))
    if answer["warnings"]:
        warned = tuple((w["kind"], ", ".join(w["columns"][:6]), w["evidence"], w["advice"]) for w in answer["warnings"])
        caption = "Seen in the last window; one window alone raises no incident, and below 20 windows nothing does"
        blocks.append(Grid(("kind", "what", "evidence", "what to do"), warned, caption))
    return Section("Incidents", tuple(blocks), "incidents")


def _performance(answer: Answer) -> Section | None:
    said, windows = answer["performance"], _windows(answer)
    name, title = said["metric"], spoken(said["metric"])
    days = tuple(_day(w, answer["window_s"]) for w in windows)
    series = []
    for how, words in (("expected", "expected, without labels"), ("realised", "realised, by labels")):
        told = [(w[how] or {}).get(name) or {} for w in windows]
        if any(m.get("value") is not None for m in told):
            ends = tuple(tuple(_known(m, end) for m in told) for end in ("value", "low", "high"))
            series.append(Series(words, days, *ends))
    if not series:
        return Section(
            "Performance", (Note("No window has ended with answers whose performance can be told yet."),), "performance"
        )
    promised = (said["promised"] or {}).get("value")
    chart = Chart(
        f"{title} over time",
        "line",
        tuple(series),
        x_label="window",
        y_label=title,
        reference=f"y={promised}" if promised is not None else "",
        caption="The dashed line is what the card promised; bands are 95 % intervals of one window",
    )
    blocks = (chart, *_reliability(windows, days), *_assumption(said), *_labels(windows, answer["window_s"]))
    return Section("Performance", blocks, "performance")


def _reliability(windows: Sequence[Mapping[str, Any]], days: tuple[str, ...]) -> Iterator[Block]:
    """Whether answers still mean what they say: the calibration error, or what else a kind tells first."""
    told = [w.get("reliability") or {} for w in windows]
    names = list(dict.fromkeys(n for each in told for n in each))
    if names:
        values = tuple(float("nan") if (v := each.get(names[0])) is None else float(v) for each in told)
        title = {"ece": "calibration error"}.get(names[0], spoken(names[0]))
        caption = (
            "How far the chances that were said are from how often it came true, on the labelled rows of each window"
        )
        yield Chart(
            f"{title[:1].upper()}{title[1:]} over time",
            "line",
            (Series("", days, values),),
            x_label="window",
            y_label=title,
            caption=caption,
        )


def _known(measure: Mapping[str, Any], end: str) -> float:
    """A value or an end of its interval, which is the value itself where there is none; NaN where nothing is known."""
    value = measure.get("value")
    found = measure.get(end)
    return float("nan") if value is None else float(value if found is None else found)


def _assumption(said: Mapping[str, Any]) -> Iterator[Block]:
    grade = said["grade"]
    if grade["withdrawn"]:
        yield Note(
            f"The estimate without labels is withdrawn: over {grade['windows']} matured windows the labels came out "
            f"{grade['gap']:+.3g} away from it ({grade['low']:+.3g} to {grade['high']:+.3g}), which is more than chance."
        )
    elif said["expected"]:
        told = "It has not been graded yet: too few windows have met their labels."
        if grade["holds"]:
            told = f"Over {grade['windows']} matured windows the labels came out {grade['gap']:+.3g} away from it: it holds."
        yield Note(
            f"The estimate without labels assumes that {said['assumes']}; a changed relation shows in labels only. {told}"
        )


def _labels(windows: Sequence[Mapping[str, Any]], seconds: float) -> Iterator[Block]:
    rows = tuple(
        (_day(w, seconds), c["rows"], c["labelled"], percent(c["coverage"]), c["corrected"],
         duration(c["delay_s"]) if c["delay_s"] is not None else None)
        for w in reversed(windows) if (c := w["labels"])
    )[:14]  # fmt: skip
    if rows:
        names = ("window", "rows kept", "labelled", "coverage", "corrected", "median delay")
        yield Grid(names, rows, "Labels of the last matured windows")


def _drift(seen: Seen) -> Section | None:
    columns = list(seen.answer["columns"])
    if not columns:
        return None
    ranked = sorted(columns, key=lambda c: (not c["drift"], c["p"], -(c["psi"] or 0.0)))
    rows = tuple(
        (named(c["column"]), "yes" if c["drift"] else "", c["change"], c["psi"], c["p"], c["weight"])
        for c in ranked[:40]
    )
    names = ("column", "drift", "change", "PSI", "p", "weight in the model")
    caption = (
        "The last window that ended against the training rows; PSI is shown because people know it, and decides nothing"
    )
    blocks: list[Block] = [*_heat(seen, [c["column"] for c in ranked[:COLUMNS_MOST]])]
    blocks += list(_over_time(seen, [c["column"] for c in ranked]))
    blocks += list(_pictures(seen, [c["column"] for c in ranked]))
    return Section("What drifted", (*blocks, Grid(names, rows, caption)), "drift")


def _heat(seen: Seen, columns: Sequence[str]) -> Iterator[Block]:
    """How far each column was off in each window, in standard deviations."""
    by_column: dict[str, list[Followed]] = {}
    for each in seen.followed:
        by_column.setdefault(each.column, []).append(each)
    days = _live_days(seen)[-HEAT_WINDOWS:]
    series = []
    for column in columns:
        streams = [np.abs(f.values[-len(days) :]) for f in by_column.get(column, ()) if len(f.values) >= len(days)]
        if streams and days:
            worst = np.max(np.stack(streams), axis=0)
            series.append(Series(named(column), tuple(days), tuple(round(float(v), 3) for v in worst)))
    if series and len(days) > 1:
        yield Chart(
            "How far each column was off, window by window",
            "heat",
            tuple(series),
            x_label="window",
            caption="The largest of a column's moves (location, share of a level, missing), in the training rows' standard deviations",
        )


def _live_days(seen: Seen) -> list[str]:
    windows = list(zip(_all_windows(seen), seen.counts, strict=True))
    return [_day(w, seen.answer["window_s"]) for w, c in windows if c is not None and c.rows >= 20 and w["ended"]]


def _all_windows(seen: Seen) -> list[Mapping[str, Any]]:
    return list(seen.answer["windows"])


def _over_time(seen: Seen, columns: Sequence[str]) -> Iterator[Block]:
    """The numbers whose sums are largest, over time."""
    days = _live_days(seen)
    known = [f for f in seen.followed if f.column in columns and len(f.values) == len(days)]
    top = sorted(known, key=lambda f: -f.sums[-1])[:3]
    if not top or len(days) < 3:
        return
    lines = tuple(Series(f"{named(f.column)}: {f.what}"[:40], tuple(days), f.values) for f in top)
    yield Chart(
        "Moves over time",
        "line",
        lines,
        x_label="window",
        y_label="standard deviations",
        reference="zero",
        caption="The numbers that have moved most steadily, against the training rows",
    )
    sums = tuple(Series(f"{named(f.column)}: {f.what}"[:40], tuple(days), f.sums) for f in top)
    yield Chart(
        "Their sums against the limit",
        "line",
        sums,
        x_label="window",
        y_label="share of the limit",
        reference="y=1",
        caption="A sum of moves beyond what is let pass; at 1 slow drift is certain enough to be an incident",
    )


def _pictures(seen: Seen, columns: Sequence[str]) -> Iterator[Block]:
    """Training rows and the last window side by side, for the columns that moved most."""
    last = next(
        (
            c
            for c, w in zip(reversed(seen.counts), reversed(_all_windows(seen)), strict=True)
            if c is not None and c.rows and w["ended"]
        ),
        None,
    )
    if seen.reference is None or last is None:
        return
    views = {c.name: c.views for c in seen.reference.columns}
    shown = 0
    for column in columns:
        for view in views.get(column, ())[:1]:
            old, new = seen.reference.counts.tallies.get(view.name), last.tallies.get(view.name)
            if old is None or new is None or shown >= PICTURES_MOST or not old.cells.sum() or not new.cells.sum():
                continue
            yield _numbers(view, old, new) if view.form == "number" else _levels(view, old, new)
            shown += 1


def _numbers(view: View, old: Tally, new: Tally) -> Chart:
    """Shares between the reference's own quantiles, as densities over the middle of its range."""
    edges = np.array(view.edges)
    edges = edges[:: max(1, len(edges) // BINS_MOST)]
    places = np.searchsorted(edges, np.array(view.edges))
    both = []
    for name, tally in (("training", old), ("last window", new)):
        cells = np.zeros(len(edges) + 1)
        np.add.at(cells, np.concatenate([places, [len(edges)]]), tally.cells)
        inside = cells[1:-1] / max(1.0, float(cells.sum()))
        both.append(Series(name, tuple(str(_short(e)) for e in edges[1:]), tuple(inside.tolist())))
    if len(edges) < 3:
        both = [Series(s.name, ("value",), (1.0,)) for s in both]
    return Chart(named(view.name), "columns", tuple(both), x_label="up to", y_label="share of the rows")


def _short(value: float) -> str:
    near = float(f"{value:.3g}")
    return "0" if abs(near) < 1e-12 else f"{near:,.10g}" if abs(near) < 1e7 else f"{near:.2e}"


def _levels(view: View, old: Tally, new: Tally) -> Chart:
    count = len(view.levels)
    shares = [t.cells[:count] / max(1, t.rows - t.missing) for t in (old, new)]
    top = np.argsort(-(shares[0] + shares[1]), kind="stable")[:LEVELS_MOST]
    names = [view.levels[i][:24] for i in top.tolist()]
    never = [(t.others + sum(t.unseen.values())) / max(1, t.rows - t.missing) for t in (old, new)]
    made = []
    for label, share, other in zip(("training", "last window"), shares, never, strict=True):
        extra = (
            ((*names, "never seen"), (*share[top].tolist(), other))
            if never[1] > 0
            else (tuple(names), tuple(share[top].tolist()))
        )
        made.append(Series(label, *extra))
    return Chart(named(view.name), "columns", tuple(made), y_label="share of the rows")


def _answers(seen: Seen) -> Section | None:
    """Class shares, or the mean of the numbers, over time; how sure; the flagged share."""
    if seen.reference is None:
        return None
    views = {v.name: v for c in seen.reference.columns for v in c.views if c.name in (PREDICTION, SCORE)}
    windows, blocks = _all_windows(seen), []
    both = zip(windows, seen.counts, strict=True)
    live = [(w, c) for w, c in both if c is not None and c.rows and w["ended"]][-WINDOWS_MOST:]
    if len(live) < 2:
        return None
    days = tuple(_day(w, seen.answer["window_s"]) for w, _ in live)
    view = views.get(PREDICTION)
    if view is not None and view.form == "levels":
        old = seen.reference.counts.tallies[PREDICTION]
        for place in np.argsort(-old.cells[: len(view.levels)], kind="stable")[:4].tolist():
            shares = tuple(c.tallies[PREDICTION].cells[place] / max(1, c.tallies[PREDICTION].rows) for _, c in live)
            base = old.cells[place] / max(1, old.rows)
            blocks.append(
                _line(f"Share of {view.levels[place]!r} among the answers", days, shares, base, "share of the answers")
            )
            if len(view.levels) == 2:
                break
    for name in (PREDICTION, SCORE):
        view = views.get(name)
        if view is not None and view.form == "number":
            old = seen.reference.counts.tallies[name]
            means = tuple(_mean(view, c.tallies[name]) for _, c in live)
            blocks.append(_line(f"Mean of the {named(name)}", days, means, _mean(view, old), "mean"))
    return Section("Answers", tuple(blocks), "answers")


def _mean(view: View, tally: Tally) -> float:
    known = int(tally.cells.sum())
    return view.center + view.scale * tally.sums[0] / known if known else float("nan")


def _line(title: str, days: tuple[str, ...], values: tuple[float, ...], base: float, label: str) -> Chart:
    caption = "The dashed line is the out-of-fold answers of training"
    return Chart(
        title,
        "line",
        (Series("", days, tuple(float(v) for v in values)),),
        x_label="window",
        y_label=label,
        reference=f"y={float(base)}",
        caption=caption,
    )


def _traffic(answer: Answer) -> Section | None:
    windows = _windows(answer)
    if len(windows) < 2:
        return None
    days = tuple(_day(w, answer["window_s"]) for w in windows)
    blocks = [
        Chart(
            "Decisions",
            "line",
            (Series("", days, tuple(float(w["rows"]) for w in windows)),),
            x_label="window",
            y_label="decisions",
        )
    ]
    flagged = tuple(w["flagged"] / w["rows"] if w["rows"] else float("nan") for w in windows)
    refused = tuple(w["refused"] / max(1, w["rows"] + w["refused"]) for w in windows)
    if any(w["flagged"] or w["refused"] for w in windows):
        lines = (Series("flagged", days, flagged), Series("refused", days, refused))
        blocks.append(Chart("Flagged and refused", "line", lines, x_label="window", y_label="share of the requests"))
    return Section("Traffic", tuple(blocks), "traffic")


def _segments(answer: Answer) -> Section | None:
    blocks: list[Block] = []
    metric = spoken(answer["performance"]["metric"])
    for column, levels in answer["segments"].items():
        rows = tuple(
            (
                s["level"],
                s["rows"],
                s["share"],
                _ranged(s["expected"]),
                _ranged(s["realised"]),
                s["labelled"],
                s["says"],
            )
            for s in levels
        )
        names = (column, "rows", "share", f"{metric}, expected", f"{metric}, realised", "labelled", "")
        blocks.append(Grid(names, rows, f"The last windows by {column}; rare levels stand together"))
    return Section("Segments", tuple(blocks), "segments") if blocks else None


def _ranged(measure: Mapping[str, Any] | None) -> str | None:
    if not measure or measure["value"] is None:
        return None
    if measure["low"] is None or measure["high"] is None:
        return f"{measure['value']:.3g}"
    return f"{measure['value']:.3g} ({measure['low']:.3g} to {measure['high']:.3g})"
