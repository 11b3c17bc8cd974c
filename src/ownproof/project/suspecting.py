"""Labels that are probably wrong, without a run: two learners answer rows that they did not see."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ownproof.core import registry
from ownproof.core.learner import Learner, Shape
from ownproof.core.prediction import Predictions
from ownproof.core.report import Block, Chart, Finding, Grid, Report, plain
from ownproof.core.split import Split
from ownproof.errors import Refused
from ownproof.phases.prepare import characters
from ownproof.phases.suspects import suspects as suspects_phase
from ownproof.phases.train import plan as planning
from ownproof.phases.train.folds import Bench, try_out
from ownproof.project import config as settings
from ownproof.project import flow, steps
from ownproof.project.config import Config
from ownproof.project.disk import disk, replaced
from ownproof.project.page import write_page
from ownproof.project.state import News, State, silence
from ownproof.project.training import PROBE_ROWS, base_digest, preparing, workdir
from ownproof.render.head import Head, Tile

if TYPE_CHECKING:
    import polars as pl

SCHEMA = "ownproof/1"
LEARNERS = 2
INCONCLUSIVE = 3
SHOWN = 50
CHARACTERS = 300  # of a text, enough to judge most


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a search. out: the CSV of the suspects; report: the page; nothing else is written."""

    out: str | None = None
    report: str | None = None


def suspects(
    data: str, said: Mapping[str, Any], *, root: Path | None = None, wanted: Wanted | None = None, news: News = silence
) -> dict[str, Any]:
    """The labels of a table that two learners contradict, the most probable first.

    data: a path or a URL; said: settings by name (`target`, `group`, `drop` ...). root: the project that the
    data belongs to: its sealed rows are not looked at. Source: Northcutt, Jiang and Chuang 2021. Raises InputError and UsageError for data and settings that cannot be used.
    """
    wanted = wanted or Wanted()
    config = settings.override(Config(data=data), said)
    if root is None:
        flow.check(config)
    place = flow.in_memory(config) if root is None else nullcontext(flow.opened(root, said))
    with place as project, flow.working(project, "label suspects"):
        state = flow.begin(project, data, news=news)
        report, table, learners = _looked(state)
        answer = _answer(state, report, table, learners)
        answer |= _written(state, table, report, answer, wanted)
        if root is not None:
            told = {k: answer[k] for k in ("target", "rows", "count", "estimate", "learners")}
            project.note_once("label.suspects", told)
    return answer


def _looked(state: State) -> tuple[Report, dict[str, list[Any]], list[str]]:
    """The report, the table of the suspects, and who answered."""
    steps.read(state)
    steps.unsealed(state)
    steps.split(state)
    split: Split = state.need("split")
    answered = state.need("dataset").take(split.answered)
    answers: dict[str, Predictions] = {}
    if len(answered) >= state.policy.suspect_rows_least:
        bench = _bench(state, split)
        recipes = _recipes(state, bench)
        answers = _answers(bench, recipes, _Steps(state.news, len(recipes) * len(split.folds)))
    report = suspects_phase(answered, state.need("task"), state.need("target"), answers, policy=state.policy)
    told = dict(report.facts.get("suspects") or {})
    return report, told.get("table") or {}, list(answers)


@dataclass(slots=True)
class _Steps:
    """Counts the fits for whoever watches."""

    news: News
    total: int
    done: int = 0

    def __call__(self, words: str) -> None:
        """One more fit is done."""
        self.done += 1
        self.news("suspects", self.done, self.total, words)


def _bench(state: State, split: Split) -> Bench:
    return Bench(
        state.need("dataset"),
        split,
        state.need("task"),
        state.need("target"),
        preparing(state),
        state.project.memo(),
        base_digest(state),
        workdir(state),
        state.project.config.seed,
        state.project.config.cores,
        time.monotonic,
    )


def _recipes(state: State, bench: Bench) -> list[tuple[Learner, Any]]:
    """The first recipe that has room of the two learners that take least: another kind errs elsewhere."""
    config, dataset = state.project.config, bench.dataset
    learners: Mapping[str, Learner] = registry.learners()
    wanted = planning.Wanted(config.budget_s, None, config.learners)
    encoded, rows = bench.fold(0)[0].encoded, len(bench.split.folds[0].train)
    width = len(encoded.features) if encoded is not None else 0
    chosen, _ = planning.available(
        learners, wanted, dataset.schema, bench.task, units=len(np.unique(bench.split.units)), width=width, rows=rows
    )
    able = {n: x for n, x in chosen.items() if not x.baseline}
    shape = Shape.of(encoded, rows, answers=len(bench.task.classes), cores=config.cores)
    texts = characters(dataset.take(bench.split.folds[0].train[:PROBE_ROWS]), state.need("loaded").inputs)
    folds = len(bench.split.folds)
    plan = planning.make(able, wanted, bench.task, shape=shape, folds=folds, policy=state.policy, characters=texts)
    firsts = {i.candidate.learner: i for i in reversed(plan.items)}
    ranked = sorted(firsts.values(), key=lambda i: (i.seconds, i.candidate.learner))[:LEARNERS]
    if not ranked:
        raise Refused(
            "no learner can answer for this table",
            expected="a learner that accepts its columns and its target",
            hint="see `ownproof kinds`, or name learners with --learners",
            where="label suspects",
            code="no-learner",
        )
    return [(able[i.candidate.learner], i.candidate) for i in ranked]


def _answers(bench: Bench, recipes: Sequence[tuple[Learner, Any]], step: _Steps) -> dict[str, Predictions]:
    found = {}
    for learner, candidate in recipes:

        def told(_: Sequence[float], name: str = learner.name) -> bool:
            step(name)
            return False

        tried = try_out(bench, learner, candidate, give_up=told)
        step(learner.name)
        if tried is not None:
            found[learner.name] = tried.predictions
    return found


def _answer(state: State, report: Report, table: Mapping[str, list[Any]], learners: list[str]) -> dict[str, Any]:
    told = report.facts.get("suspects") or {}
    task, rows = state.need("task"), len(state.need("split").answered)
    known = bool(report.facts.get("suspects"))
    return {
        "schema": SCHEMA,
        "command": "label suspects",
        "exit": 0 if known else INCONCLUSIVE,
        "data": str(state.source),
        "target": task.column,
        "rows": rows,
        "count": told.get("count", 0) if known else None,
        "estimate": told.get("estimate"),
        "learners": learners,
        "suspects": _listed(state, table),
        "findings": [f.to_json() for f in (*_needed(state, rows, known=known), *report.findings)],
        "file": None,
        "report": None,
    }


def _needed(state: State, rows: int, *, known: bool) -> list[Finding]:
    if known:
        return []
    least = state.policy.suspect_rows_least
    if rows < least:
        words, advice = f"{rows} labels are too few to doubt any of them", f"look at them all, or bring {least} or more"
    else:
        words, advice = "nobody can say which of these labels are wrong", "look at a sample of them"
    return [Finding("quality.suspects", "ok", (state.need("task").column,), None, words, advice)]


def _written(
    state: State, table: Mapping[str, list[Any]], report: Report, answer: Mapping[str, Any], wanted: Wanted
) -> dict[str, Any]:
    """The file of the suspects and the page, where they were asked for."""
    found: dict[str, Any] = {}
    if wanted.out:
        place = Path(wanted.out).resolve()
        with disk("write the suspects", place):
            place.parent.mkdir(parents=True, exist_ok=True)
            replaced(place, _with_rows(state, table).write_csv().encode())
        found["file"] = str(place)
    if wanted.report:
        title = f"Labels to look at · {Path(str(state.source)).name}"
        sections = [replace(s, blocks=(*_pictures(s.blocks), _grid(answer))) for s in report.sections]
        bare = {k: v for k, v in answer.items() if k != "findings"}
        found["report"] = str(write_page(wanted.report, bare, sections, title=title, head=head(answer)))
    return found


def _with_rows(state: State, table: Mapping[str, list[Any]]) -> pl.DataFrame:
    """The suspects with the rest of their rows beside them, so that a person can judge; columns of ours win a name."""
    import polars as pl

    ours = pl.DataFrame({n: pl.Series(n, v, strict=False) for n, v in table.items()})
    if not ours.width:
        return pl.DataFrame(schema=dict.fromkeys(("row", "given", "likely"), pl.String))
    dataset, target = state.need("dataset"), state.need("task").column
    names = [c for c in dataset.schema.names if c != target and c not in ours.columns]
    theirs = dataset.take(np.asarray(table["row"], dtype=np.int64) - 1).table(names)
    both: pl.DataFrame = pl.concat([ours, theirs], how="horizontal")
    return both


def _listed(state: State, table: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """The suspects as objects, each with the beginning of its text where the table has a column of texts."""
    lines = [dict(zip(table, line, strict=True)) for line in zip(*(plain(v) for v in table.values()), strict=True)]
    texts = [c.name for c in state.need("dataset").schema.features if c.kind == "text"]
    if not lines or not texts:
        return lines
    cells = _with_rows(state, table).select(texts).to_dicts()
    longest = (max((str(v or "") for v in row.values()), key=len) for row in cells)
    return [{**line, "text": text[:CHARACTERS]} for line, text in zip(lines, longest, strict=True)]


def _pictures(blocks: Sequence[Block]) -> tuple[Block, ...]:
    return tuple(b for b in blocks if isinstance(b, Chart))


def _grid(answer: Mapping[str, Any]) -> Grid:
    """The first suspects, each with its text where there is one."""
    some = answer["suspects"][:SHOWN]
    names = [n for n in (some[0] if some else {}) if n != "text"] + (["text"] if some and "text" in some[0] else [])
    spelled = {"probability": "sure", "given_probability": "of the given"}
    lines = tuple(tuple(_cell(n, each[n]) for n in names) for each in some)
    more = answer["count"] - len(some)
    caption = "The most probable first" + (f"; {more:,} more are in the file that --out writes" if more > 0 else "")
    return Grid(tuple(spelled.get(n, n) for n in names), lines, caption)


def _cell(name: str, value: Any) -> Any:
    if name in ("probability", "given_probability"):
        return f"{100 * value:.1f} %"
    return str(value) if name in ("row", "given", "likely") else value


def head(answer: Mapping[str, Any]) -> Head:
    """What stands first on the page and on the terminal."""
    count, rows, target = answer["count"], answer["rows"], answer["target"]
    if count is None:
        finding = answer["findings"][0]
        return Head(
            "CANNOT TELL",
            "unsure",
            f"{rows:,} labels",
            f"{_upper(finding['evidence'])}.",
            f"{_upper(finding['advice'])}.",
        )
    under = f"{rows:,} labels of {target}"
    by = " and ".join(answer["learners"])
    one = len(answer["learners"]) == 1
    verb, they = ("says", "it") if one else ("say", "they")
    share = answer["estimate"]
    tiles = [Tile("Labels to look at", f"{count:,}", f"of {rows:,}")]
    tiles += (
        [] if share is None else [Tile("Wrong labels, at most", f"{100 * share:.1f} %", "of all, by what was answered")]
    )
    tiles += [Tile("Answered by", by, f"on rows {they} had not seen")]
    if not count:
        return Head(
            "NOTHING STANDS OUT", "good", under, f"No label contradicts what {by} {verb} of it.", "", tuple(tiles)
        )
    said = f"{count:,} of {rows:,} labels of {target} contradict what {by} {verb} of rows {they} had not seen."
    means = (
        "Read the first of them, the most probable stand first, and mend what is wrong at its source. "
        "Where the label is an outcome that nobody can foresee, most of them are right. Nothing was changed."
    )
    return Head("LOOK AT THESE", "plain", under, said, means, tuple(tiles))


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
