"""Agreement of a table of ratings, or of a label folder, as an answer; in a label folder it goes into the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ownproof.core import registry
from ownproof.core.policy import Policy
from ownproof.core.rated import RatingKind
from ownproof.core.ratings import Ratings
from ownproof.core.reader import RawTable
from ownproof.core.reading import collected, read_table
from ownproof.core.recognise import recognise
from ownproof.core.report import Finding, Report, plain
from ownproof.errors import InputError, OwnproofError, UsageError, all_at_once, did_you_mean
from ownproof.phases.agree import agree as measured
from ownproof.phases.agree.evidence import Weighting
from ownproof.project import config
from ownproof.project.labelling.folder import FILE, LabelFolder
from ownproof.project.labelling.ratings import ratings as ratings_of
from ownproof.project.ledger import Ledger
from ownproof.project.lock import Lock
from ownproof.project.page import write_page
from ownproof.project.project import FILE as PROJECT
from ownproof.project.project import find, now

if TYPE_CHECKING:
    import polars as pl

EXITS: Final[Mapping[str, int]] = {"go": 0, "more": 3, "stop": 4}
SAMPLE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what. labels: one column, or several of which each is a rater's own (wide form).

    kind: of the labels; order: the classes of an ordered scale, lowest first; weighting: of Cohen's kappa.
    """

    item: str | None = None
    rater: str | None = None
    labels: tuple[str, ...] = ()
    time: str | None = None
    text: str | None = None
    slices: tuple[str, ...] = ()
    kind: RatingKind = "nominal"
    order: tuple[str, ...] = ()
    weighting: Weighting = ""


def agree(where: str | Path, columns: Columns, *, seed: int = 0) -> tuple[dict[str, Any], Report]:
    """The answer to `agree` and the report behind it: of a table of ratings, or of a label folder, which needs no columns.

    Raises InputError and UsageError, all problems at once. Exit 0: go on; 3: undefined, or more items to rate twice; 4: the
    labels are not agreed upon.
    """
    place = Path(where).expanduser().resolve() if "://" not in str(where) else None
    folder = LabelFolder.open(place) if place is not None and (place / FILE).is_file() else None
    columns = _meant(columns)
    said = list[Finding]()
    texts = dict[str, str]()
    if folder is not None:
        ratings = _in_folder(folder, columns)
        texts = {i.item: i.text for i in folder.items() if i.text}
    else:
        _no_folder(where, place)
        raw = read_table(where, readers=registry.shelf("readers"))
        _check(columns, raw.frame.collect_schema().names())
        ratings, said, texts = _in_table(raw, columns)
    report = measured(ratings, weighting=columns.weighting, policy=_policy(place), seed=seed, texts=texts)
    answer = _answer(where if place is None else place, report, said)
    if folder is not None:
        answer["ledger"] = str(folder.ledger)
        _noted(folder, answer)
    return answer, report


def _meant(columns: Columns) -> Columns:
    """Weights and an order stand for an ordered scale where no other was said."""
    if columns.kind == "nominal" and (columns.weighting or columns.order):
        return replace(columns, kind="ordinal")
    return columns


def _policy(place: Path | None) -> Policy:
    """The policy of the project that the ratings lie in, or that the command was started in."""
    root = find(place) if place is not None else None
    root = root or find(Path.cwd())
    return config.read(root / PROJECT).rules() if root else Policy()


def _in_folder(folder: LabelFolder, columns: Columns) -> Ratings:
    needless = [f"--{n}" for n in ("item", "rater", "labels", "time", "text") if getattr(columns, n)]
    if needless:
        raise UsageError(
            f"a label folder needs no {', '.join(needless).replace('labels', 'label')}",
            expected="a label folder alone, or a table with columns",
            hint=f"ownproof agree {folder.root}",
            where=str(folder.root),
        )
    found = ratings_of(folder, slices=columns.slices)
    if columns.weighting and found.kind not in ("nominal", "ordinal"):
        raise _no_weights(found.kind)
    return found


def _no_weights(kind: str) -> UsageError:
    return UsageError(
        f"--weights are of ordered classes, and the labels are {kind}",
        expected="--weights alone or with --ordinal",
        hint="leave out --weights: Krippendorff's alpha weighs by distance",
        where="--weights",
    )


def _no_folder(where: str | Path, place: Path | None) -> None:
    if place is not None and place.is_dir():
        raise InputError(
            f"{where} is a folder without {FILE}",
            expected="a table of ratings, or a label folder",
            hint="name the table, or make a label folder: ownproof label init DIR",
            where=str(where),
            code="folder",
        )


def _check(columns: Columns, names: Sequence[str]) -> None:
    """Raise UsageError for what was not said, or said wrongly, all at once. names: of the table's columns."""
    problems: list[OwnproofError] = []
    wide = len(columns.labels) > 1
    wanted = {"--item": columns.item, "--rater": columns.rater, "--label": columns.labels}
    missing = [flag for flag, said in wanted.items() if not said and not (wide and flag != "--label")]
    if missing:
        problems.append(
            UsageError(
                f"which column holds what was not said: {', '.join(missing)}",
                expected="--item C --rater C --label C, a row for each answer",
                hint=f"name them, of the columns {', '.join(names[:12])}; where each rater has a column: --item C --label "
                "RATER1 RATER2",
                where=missing[0],
            )
        )
    if wide and columns.rater:
        problems.append(
            UsageError(
                f"--rater and {len(columns.labels)} columns in --label",
                expected="a column of raters and one of labels, or a column of labels for each rater",
                hint="leave out --rater, or name one --label",
                where="--rater",
            )
        )
    if columns.weighting and columns.kind not in ("nominal", "ordinal"):
        problems.append(_no_weights(columns.kind))
    if columns.order and columns.kind != "ordinal":
        problems.append(
            UsageError(
                f"--order is of ordered classes, and the labels are {columns.kind}",
                expected="--order with --ordinal or --weights",
                hint="leave out --order",
                where="--order",
            )
        )
    if problems:
        raise all_at_once(problems)


def _in_table(raw: RawTable, columns: Columns) -> tuple[Ratings, list[Finding], dict[str, str]]:
    import polars as pl

    names = raw.frame.collect_schema().names()
    _all_there(columns, names, raw.source)
    wide = len(columns.labels) > 1
    row = next(n for n in ("row", "row_", "row__") if n not in names)
    rater, label = ("rater", "label") if wide else (columns.rater, columns.labels[0])
    kept = dict.fromkeys([*([columns.item] if columns.item else []), *([rater] if not wide else []), *columns.labels])
    kept |= dict.fromkeys([*columns.slices, *(c for c in (columns.time, columns.text) if c)])
    frame = collected(raw.frame.select([n for n in kept if n]), raw.source)
    item = columns.item or row
    if columns.item is None:
        frame = frame.with_row_index(row, offset=1)
    if columns.time:
        frame = _with_times(frame, columns.time, raw)
    if wide:
        frame, rater, label = _long(frame, columns.labels)
    ratings = Ratings.from_frame(
        frame,
        item=item,
        rater=str(rater),
        label=str(label),
        kind=columns.kind,
        order=columns.order,
        time=columns.time,
        text=columns.text,
        slices=columns.slices,
        where=raw.source,
    )
    texts = (
        dict(zip(frame[item].cast(pl.String), frame[columns.text].cast(pl.String), strict=True)) if columns.text else {}
    )
    return ratings, list(raw.findings), {i: t for i, t in texts.items() if i and t}


def _all_there(columns: Columns, names: Sequence[str], source: str) -> None:
    named = [("--item", columns.item), ("--rater", columns.rater), *(("--label", c) for c in columns.labels)]
    named += [("--time", columns.time), ("--text", columns.text), *(("--slice", c) for c in columns.slices)]
    absent = [(flag, n) for flag, n in named if n and n not in names]
    if absent:
        raise all_at_once(
            [
                InputError(
                    f"no column {n!r} ({flag})",
                    expected=f"a column of {source}",
                    hint=did_you_mean(n, list(names), what="columns"),
                    where=flag,
                    code="no-column",
                )
                for flag, n in absent
            ]
        )


def _long(frame: pl.DataFrame, labels: Sequence[str]) -> tuple[pl.DataFrame, str, str]:
    """A column for each rater as a row for each answer."""
    import polars as pl

    others = [n for n in frame.columns if n not in labels]
    rater, label = "rater:", "label:"
    whole = all(frame.schema[n] == frame.schema[labels[0]] for n in labels)
    frame = frame if whole else frame.with_columns(pl.col(list(labels)).cast(pl.String))
    return frame.unpivot(on=list(labels), index=others, variable_name=rater, value_name=label), rater, label


def _with_times(frame: pl.DataFrame, column: str, raw: RawTable) -> pl.DataFrame:
    """The column of times as moments. Raises InputError where it holds none."""
    import polars as pl

    if frame.schema[column].is_temporal() or frame.schema[column].is_numeric():
        return frame
    inputs = registry.inputs()
    alone = replace(raw, frame=frame.select(column).lazy())
    kind = next(iter(recognise(alone, inputs, rows_looked_at=SAMPLE)))
    numbers = frame[column].cast(pl.Float64, strict=False)
    if kind.kind != "moment":
        if numbers.null_count() == frame[column].null_count():
            return frame.with_columns(numbers)
        raise InputError(
            f"--time {column!r} holds no moments (it looks like a {kind.kind})",
            expected="moments such as 2026-01-31 14:05, or seconds since 1970",
            hint="name the column that says when the answer was given, or leave out --time",
            where="--time",
        )
    return frame.with_columns(inputs["moment"].cast(pl.col(column), kind.details).alias(column))


def _answer(where: str | Path, report: Report, said: Sequence[Finding]) -> dict[str, Any]:
    facts = dict(report.facts)
    return dict(
        plain(
            {
                "schema": "ownproof/1",
                "command": "agree",
                "exit": EXITS[facts["decision"]],
                "data": str(where),
                **facts,
                "gates": [g.to_json() for g in report.gates],
                "findings": [f.to_json() for f in (*report.findings, *(f for f in said if f.level != "ok"))],
            }
        )
    )


def written(path: str | Path, answer: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Write the page of an answer; the answer with where it lies."""
    from ownproof.render.agreement import head

    ratings = str(answer["data"])
    told = {**answer, "report": str(Path(path).expanduser().resolve())}
    write_page(path, told, report.sections, title=f"Agreement: {Path(ratings).name}", head=head(answer, ratings))
    return told


def _noted(folder: LabelFolder, answer: Mapping[str, Any]) -> None:
    """Tell the folder's ledger what came out, unless it was the last thing told of agreement."""
    made = answer[answer["decides"]]
    data = {
        "exit": answer["exit"],
        "decision": answer["decision"],
        "coefficient": answer["decides"],
        **{k: made[k] for k in ("value", "low", "high")},
        "floor": answer["one_sided"]["low"],
        "items": answer["items"],
        "ratings": answer["ratings"],
        "raters": answer["raters"],
        "needed": answer["needed"],
        "undefined": answer["undefined"],
    }
    with Lock(folder.root / ".lock", command="ownproof agree"):
        ledger = Ledger(folder.ledger)
        told = ledger.entries("agree")
        if not told or dict(told[-1].data) != data:
            ledger.append("agree", data, at=now())
