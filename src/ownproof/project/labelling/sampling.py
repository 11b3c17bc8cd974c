"""The next items to label: drawn from a table, never one that was drawn before, and divided among the raters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ownproof.core import registry
from ownproof.core.labelling import Item, LabelSchema
from ownproof.core.policy import Policy
from ownproof.core.reading import collected, read_table
from ownproof.core.report import Finding, plain
from ownproof.errors import InputError, OwnproofError, UsageError, all_at_once, did_you_mean
from ownproof.phases.label import guide as guides
from ownproof.phases.label.alike import Groups, groups_of, marks_of
from ownproof.phases.label.queues import Queues, queues, sharing
from ownproof.phases.label.sample import BYS, By, Chosen, choose, half_width
from ownproof.project.data import fingerprint
from ownproof.project.labelling import access, making
from ownproof.project.labelling.folder import LabelFolder, Place
from ownproof.project.labelling.unsure import Unsure, unsure
from ownproof.project.lock import Lock

if TYPE_CHECKING:
    import polars as pl

LOOKED_AT: Final = 50_000
"""Items that a model answers, or that are sorted into groups, at most: drawn at random from all that are left."""
GROUPS_MOST: Final = 256


@dataclass(frozen=True, slots=True)
class Asked:
    """What a draw is to be. items: how many, the policy's batch where None; overlap: the share of them that `ratings`
    raters see; bundle: what says where it is unsure; strata: a column over which the overlap is spread too."""

    raters: tuple[str, ...]
    overlap: float
    by: By = "random"
    items: int | None = None
    ratings: int = 2
    bundle: str | None = None
    strata: str | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """What may be drawn: items that were never drawn, with the rows of the table that they stand in."""

    table: pl.DataFrame
    items: list[Item]
    rows: np.ndarray
    findings: tuple[Finding, ...]
    drawn: int


def sample(folder: LabelFolder, data: Any, asked: Asked, *, policy: Policy, draw: Callable[[], str]) -> dict[str, Any]:
    """Draw a batch, divide it, and give new raters their tokens (draw makes one); the answer of `label sample`.

    Raises UsageError, InputError and ConfigError, everything at once.
    """
    check(asked)
    schema = folder.schema()
    making.require_filled(schema)
    with Lock(folder.root / ".lock", command="ownproof label sample"):
        making.catch_up(folder)
        pool = _pool(folder, schema, data, asked)
        if not pool.items:
            raise InputError(
                f"every item of the data was drawn before ({pool.drawn:,})",
                expected="items that were never drawn",
                hint="hand in a table with further rows",
                where=str(data),
                code="all-drawn",
            )
        seed = f"{asked.seed}/{folder.next_batch}"
        seen = _looked_at(pool, asked, seed)
        model = unsure(folder.root, asked.bundle, pool.table, pool.rows[seen]) if asked.by == "uncertainty" else None
        chosen = _choose(pool, seen, asked, policy, model, seed=seed)
        return _write(folder, pool, chosen, asked, model, source=data, draw=draw, seed=seed)


def check(asked: Asked) -> None:
    """Raise UsageError for everything that is wrong with a draw at once."""
    problems: list[OwnproofError] = []

    def wrong(flag: str, said: Any, expected: str, hint: str) -> None:
        problems.append(UsageError(f"{flag} is {said}", expected=expected, hint=hint, where=flag))

    if not asked.raters:
        problems.append(
            UsageError("no rater was named", expected="--raters a,b,c", hint="--raters anna,ben", where="--raters")
        )
    try:
        access.check_names(asked.raters)
    except OwnproofError as error:
        problems.append(error)
    if not 0.0 <= asked.overlap <= 1.0:
        wrong("--overlap", asked.overlap, "a share from 0 to 1", "write --overlap 0.1")
    if asked.by not in BYS:
        wrong("--by", repr(asked.by), ", ".join(BYS), did_you_mean(asked.by, BYS, what="ways"))
    if asked.items is not None and asked.items < 1:
        wrong("--items", asked.items, "a whole number from 1", "write --items 500")
    if asked.ratings < 2 or (asked.ratings > len(asked.raters) > 1):
        most = f"at most {len(asked.raters)}, the number of raters" if len(asked.raters) > 1 else "at least 2"
        wrong("--ratings", asked.ratings, f"from 2 on, {most}", "write --ratings 2")
    if asked.bundle and asked.by != "uncertainty":
        wrong("--bundle", asked.bundle, "--by uncertainty beside it", "add --by uncertainty, or leave it out")
    if problems:
        raise all_at_once(problems)


def _pool(folder: LabelFolder, schema: LabelSchema, data: Any, asked: Asked) -> Pool:
    raw = read_table(data, readers=registry.shelf("readers"))
    table = collected(raw.frame, raw.source)
    wanted = {"text": schema.text, "id": schema.id, "--strata": asked.strata}
    named = [(role, c) for role, c in wanted.items() if c] + [("show", c) for c in schema.show]
    absent = [
        InputError.no_column(c, table.columns, role=role, where="label.toml" if role[0] != "-" else role)
        for role, c in named
        if c not in table.columns
    ]
    if absent:
        raise all_at_once(absent)
    shown = list(schema.show) if schema.show or schema.text else [c for c in table.columns if c != schema.id]
    items, findings = _items(schema, table, shown)
    known = {i.item for i in folder.items()}
    fresh = [i for i in items if i.item not in known]
    rows = np.array([i.row for i in fresh], np.int64)
    return Pool(table, fresh, rows, (*raw.findings, *findings), len(items) - len(fresh))


def _items(schema: LabelSchema, table: pl.DataFrame, shown: Sequence[str]) -> tuple[list[Item], list[Finding]]:
    """Every row as an item, equal ones once; rows without a text are left out."""
    texts = table[schema.text].cast(str).to_list() if schema.text else [None] * table.height
    ids = table[schema.id].cast(str).to_list() if schema.id else None
    found: dict[str, Item] = {}
    empty, twice, clashes = 0, 0, []
    for row, fields in enumerate(table.select(shown).iter_rows(named=True) if shown else ({} for _ in texts)):
        text = texts[row]
        if schema.text and not (text or "").strip():
            empty += 1
            continue
        cells = plain(dict(fields))
        name = item_name(text, cells) if ids is None else (ids[row] or "").strip()
        item = Item(name, text, cells, row)
        other = found.get(name)
        if not name or (ids is not None and other is not None and (other.text, other.fields) != (text, cells)):
            clashes.append(row + 1)
        elif other is not None:
            twice += 1
        else:
            found[name] = item
    if clashes:
        raise InputError(
            f"column {schema.id!r} does not name items: {len(clashes):,} rows have no id or that of another "
            f"(row {', '.join(map(str, clashes[:5]))})",
            expected="an id of its own for every item",
            hint="name another column in label.toml, or leave id out: items are then named by their content",
            where=f"label.toml: id = {schema.id!r}",
            code="ids",
        )
    told = []
    if empty:
        said, advice = f"{empty:,} rows have no text and are left out", "look at how the data was exported"
        told.append(Finding("label.empty", "ok", (), float(empty), said, advice))
    if twice:
        said = f"{twice:,} rows are equal to another one and are one item with it"
        told.append(Finding("label.repeated", "ok", (), float(twice), said))
    return list(found.values()), told


def item_name(text: str | None, cells: Any) -> str:
    """The id of an item that has none of its own: a hash of its text, or where there is none of its cells, 16 hex
    digits."""
    spelled = json.dumps(cells if text is None else text, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _looked_at(pool: Pool, asked: Asked, seed: str) -> np.ndarray:
    """Places of the items that are candidates: all for a draw at random, else at most 50,000."""
    ids = [i.item for i in pool.items]
    if asked.by == "random" or len(ids) <= LOOKED_AT:
        return np.arange(len(ids))
    return np.sort(choose(ids, LOOKED_AT, by="random", random_share=1.0, seed=f"{seed}/look").places)


def _choose(pool: Pool, seen: np.ndarray, asked: Asked, policy: Policy, model: Unsure | None, *, seed: str) -> Chosen:
    items = [pool.items[i] for i in seen]
    count = min(asked.items or policy.label_batch, len(items))
    groups: Groups | None = None
    if asked.by != "random":
        columns = {n: [i.fields.get(n) for i in items] for n in (items[0].fields if items else ())}
        most = min(GROUPS_MOST, max(2, count))
        groups = groups_of(marks_of([i.text for i in items], columns), most=most, seed=asked.seed)
    chosen = choose(
        [i.item for i in items],
        count,
        by=asked.by,
        random_share=policy.label_random_share,
        seed=seed,
        unsure=None if model is None else model.scores,
        groups=None if groups is None else groups.group,
        depth=None if groups is None else groups.depth,
    )
    return Chosen(seen[chosen.places], chosen.drawn)


def _strata(pool: Pool, chosen: Chosen, asked: Asked, model: Unsure | None) -> list[int]:
    """What the overlap is spread over: how an item was drawn, a column that was named, what the model answers, and the
    length of the text in four parts."""
    marks: list[tuple[Any, ...]] = [(d,) for d in chosen.drawn]
    rows = pool.rows[chosen.places]
    if asked.strata:
        cells = pool.table[asked.strata].to_list()
        marks = [(*m, str(cells[r])) for m, r in zip(marks, rows, strict=True)]
    if model is not None and model.answers:
        told = dict(zip(model.rows.tolist(), model.answers, strict=True))
        marks = [(*m, told.get(int(r))) for m, r in zip(marks, rows, strict=True)]
    elif not asked.strata and any(pool.items[p].text for p in chosen.places):
        lengths = np.array([len(pool.items[p].text or "") for p in chosen.places])
        quarter = np.searchsorted(np.quantile(lengths, [0.25, 0.5, 0.75]), lengths)
        marks = [(*m, int(q)) for m, q in zip(marks, quarter, strict=True)]
    number: dict[tuple[Any, ...], int] = {}
    return [number.setdefault(m, len(number)) for m in marks]


def _write(
    folder: LabelFolder,
    pool: Pool,
    chosen: Chosen,
    asked: Asked,
    model: Unsure | None,
    *,
    source: Any,
    draw: Callable[[], str],
    seed: str,
) -> dict[str, Any]:
    batch = folder.next_batch
    items = [
        Item(i.item, i.text, i.fields, i.row, batch, drawn)
        for i, drawn in zip((pool.items[p] for p in chosen.places), chosen.drawn, strict=True)
    ]
    ids = [i.item for i in items]
    divided = queues(
        ids,
        strata=_strata(pool, chosen, asked, model),
        raters=len(asked.raters),
        overlap=asked.overlap,
        ratings=asked.ratings,
        seed=seed,
    )
    by_rater = dict(zip(asked.raters, divided.by_rater, strict=True))
    places = [Place(batch, rater, ids[i]) for rater, own in by_rater.items() for i in own.tolist()]
    tokens = access.grant(folder, asked.raters, draw=draw)
    folder.add(items, places)
    at_random = sum(d == "random" for d in chosen.drawn)
    told: dict[str, Any] = {
        "batch": batch,
        "items": len(items),
        "double": len(divided.double),
        "overlap": asked.overlap,
        "ratings": asked.ratings,
        "by": asked.by,
        "random": at_random,
        "raters": {rater: len(own) for rater, own in by_rater.items()},
        "left": len(pool.items) - len(items),
        "seed": asked.seed,
        "bundle": None if model is None else model.bundle,
    }
    hashes = {
        "data": fingerprint(source),
        "ids": hashlib.sha256("\n".join(ids).encode("utf-8", "surrogatepass")).hexdigest(),
        "queue": hashlib.sha256("\n".join(f"{p.rater}\t{p.item}" for p in places).encode()).hexdigest(),
        "guide": folder.guide_hash(),
        "label_schema": making.schema_hash(folder.schema()),
    }
    making.note(folder, "label.sample", told | hashes)
    return answer_of(folder, told, divided, [*pool.findings, *guide_findings(folder)], tokens=tokens)


def answer_of(
    folder: LabelFolder, told: dict[str, Any], divided: Queues, findings: Sequence[Finding], *, tokens: dict[str, str]
) -> dict[str, Any]:
    """What `label sample` answers of a draw that was written; told: what the ledger was told of it, without hashes."""
    double = len(divided.double)
    measured = double > 0 and folder.schema().kind == "label"
    return {
        "schema": "ownproof/1",
        "command": "label sample",
        "exit": 0,
        "folder": str(folder.root),
        **told,
        "shared": sharing(divided),
        "half_width": half_width(double) if measured else None,
        "tokens": tokens,
        "findings": [f.to_json() for f in findings],
        "ledger": str(folder.ledger),
    }


def guide_findings(folder: LabelFolder) -> list[Finding]:
    """One finding where the guide leaves something open."""
    open_ = [f for f in guides.check(folder.guide(), folder.schema()).findings if f.level == "block"]
    if not open_:
        return []
    said = f"the guide leaves {len(open_)} thing{'s' if len(open_) > 1 else ''} open: {open_[0].evidence}"
    return [
        Finding("guide.open", "warn", (), float(len(open_)), said, "fill it in before work starts: label check DIR")
    ]


def root_of(folder: str | Path) -> Path:
    """The folder of a call, absolute."""
    return Path(folder).expanduser().resolve()
