"""What every page shows of an answer, in order: badge, key figures, proof, gates, findings, details of the run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from ownproof.render import production, words
from ownproof.render.figures import cell, finite, is_number, number, percent, seconds
from ownproof.render.sentence import Answer, interval, names, part, rows_of
from ownproof.render.svg import fit_for_xml
from ownproof.render.words import PROOF, ProofWords, Tone

FINDINGS_MOST = 150
GATES_MOST = 100
TILES_MOST = 8


@dataclass(frozen=True, slots=True)
class Badge:
    """The verdict in a word or two; under: on what evidence."""

    word: str
    tone: Tone
    under: str = ""


def badge(answer: Answer) -> Badge:
    """The word that stands first on every page."""
    under = {
        "out-of-fold": "on out-of-fold rows",
        "sealed": "on sealed rows",
        "supplied": "on predictions handed in",
    }.get(str(answer.get("evidence")), "")
    if part(answer, "error"):
        return Badge("STOPPED", "bad")
    if production.is_monitor(answer):
        return Badge(*production.badge(answer))
    verdict = answer.get("verdict")
    refused = any(g.get("status") == "refused" for g in rows_of(answer, "gates"))
    if refused and verdict != "NOT BETTER":
        return Badge("REFUSED", "bad", under)
    tones: Mapping[Any, Tone] = {"BETTER": "good", "NOT BETTER": "bad", "CANNOT TELL": "unsure"}
    if isinstance(verdict, str) and verdict in tones:
        return Badge(verdict, tones[verdict], under)
    if isinstance(answer.get("alarm"), bool):
        sizes = f"{number(answer.get('rows'))} rows" if is_number(answer.get("rows")) else ""
        return Badge("DRIFT", "bad", sizes) if answer["alarm"] else Badge("NO DRIFT", "good", sizes)
    return Badge("NO VERDICT", "plain", under)


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure. note: what it is to be compared with."""

    label: str
    value: str
    note: str = ""


def tiles(answer: Answer) -> tuple[Tile, ...]:
    """The figures that a reader looks for first, at most eight."""
    if production.is_monitor(answer):
        return tuple(Tile(*each) for each in production.tiles(answer))[:TILES_MOST]
    found = [
        _metric_tile(answer),
        _gain_tile(answer),
        *_other_metrics(answer),
        _threshold_tile(answer),
        _rows_tile(answer),
        _latency_tile(answer),
        _time_tile(answer),
    ]
    return tuple(t for t in found if t is not None)[:TILES_MOST]


def _metric_tile(answer: Answer) -> Tile | None:
    base = part(answer, "baseline")
    metric = words.metric(base.get("metric"))
    if finite(base.get("model")) is None:
        return None
    against = f"{words.baseline(base.get('name'))}: {metric.value(base.get('value'))}"
    return Tile(
        _upper(metric.title), metric.value(base.get("model")), against if finite(base.get("value")) is not None else ""
    )


def _gain_tile(answer: Answer) -> Tile | None:
    base = part(answer, "baseline")
    metric = words.metric(base.get("metric"))
    text = interval(answer, signed=True)
    if not text:
        return None
    value, _, rest = text.partition(" (")
    share = finite(base.get("level"))
    level = percent(
        0.95 if share is None else share, decimals=0 if share is None or round(share * 100) == share * 100 else 1
    )
    notes = [f"{level} interval {rest.rstrip(')')}"] if rest else []
    if finite(base.get("worthwhile")) is not None:
        notes.append(f"worth having from {metric.amount(base.get('worthwhile'))}")
    return Tile("Gain", value, "; ".join(notes))


def _other_metrics(answer: Answer, *, most: int = 3) -> list[Tile]:
    first = part(answer, "baseline").get("metric")
    found = []
    for name, measure in part(answer, "metrics").items():
        if name != first and isinstance(measure, Mapping) and finite(measure.get("value")) is not None:
            metric = words.metric(name)
            found.append(Tile(_upper(metric.title), metric.value(measure["value"]), _between(metric, measure)))
    return found[:most]


def _between(metric: words.MetricWords, measure: Mapping[str, Any]) -> str:
    said = metric.between(measure.get("low"), measure.get("high"))
    return said + (" %" if said and metric.kind == "share" else "")


def _threshold_tile(answer: Answer) -> Tile | None:
    operating = part(answer, "operating")
    threshold, cost = finite(operating.get("threshold")), finite(operating.get("cost"))
    if threshold is None and cost is None:
        return None
    price = f"costs {number(cost)} per 1,000 decisions" if cost is not None else ""
    positive = part(answer, "task").get("positive")
    if threshold is None:
        return Tile("Cost", number(cost), "per 1,000 decisions")
    said = f"says {positive} from here on" if positive not in (None, "") else "chosen on out-of-fold rows"
    return Tile("Threshold", f"{threshold:.3f}", "; ".join(x for x in (said, price) if x))


def _rows_tile(answer: Answer) -> Tile | None:
    split, proof = part(answer, "split"), part(answer, "proof")
    sealed = split.get("sealed") if is_number(split.get("sealed")) else proof.get("sealed_units")
    if not is_number(sealed):
        return None
    work = split.get("work", split.get("train"))
    trained = f"{number(work)} trained on" if is_number(work) else ""
    return Tile("Sealed rows", number(sealed), "; ".join(x for x in (_opened(proof.get("openings")), trained) if x))


def _opened(openings: Any) -> str:
    if not is_number(openings):
        return ""
    return "not opened yet" if openings == 0 else "opened once" if openings == 1 else f"opened {number(openings)} times"


def _latency_tile(answer: Answer) -> Tile | None:
    latency = part(answer, "latency")
    if finite(latency.get("one_row_p50_ms")) is None:
        return None
    slow = f"p95 {number(latency['one_row_p95_ms'])} ms" if finite(latency.get("one_row_p95_ms")) is not None else ""
    many = f"{number(round(latency['rows_per_s']))} rows/s" if finite(latency.get("rows_per_s")) is not None else ""
    return Tile("One row", f"{number(latency['one_row_p50_ms'])} ms", "; ".join(x for x in (slow, many) if x))


def _time_tile(answer: Answer) -> Tile | None:
    if finite(answer.get("seconds")) is None:
        return None
    budget = part(answer, "budget")
    cut = "cut short by the clock" if budget.get("cut") else ""
    return Tile("Took", seconds(answer["seconds"]), cut)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Proof:
    """The level of proof of an answer, and how often its test was opened."""

    words: ProofWords
    opened: str
    generation: str


def proof(answer: Answer) -> Proof | None:
    """What the level of proof says and does not; None where the answer names no level that is known."""
    found = part(answer, "proof")
    said = PROOF.get(str(found.get("level")))
    if said is None:
        return None
    generation = f"generation {found['generation']}" if found.get("generation") is not None else ""
    return Proof(said, _opened(found.get("openings")), generation)


@dataclass(frozen=True, slots=True)
class GateRow:
    """A gate as it is shown; every field is text. between: the interval of its value, in brackets."""

    id: str
    status: str
    tone: Tone
    sign: str
    value: str
    between: str
    threshold: str
    rule: str
    columns: str
    advice: str
    waived_by: str


def _short(value: Any, most: int = 600) -> str:
    """Text of a bounded length; what is missing is empty."""
    return fit_for_xml("" if value is None else value, most=most)


def _ends(interval: Any) -> str:
    if isinstance(interval, Sequence) and len(interval) == 2 and all(finite(end) is not None for end in interval):
        return f"({cell(interval[0])} to {cell(interval[1])})"
    return ""


_ORDER = {"refused": 0, "inconclusive": 1, "waived": 2, "pass": 3, "not-run": 4}


def gates(answer: Answer) -> tuple[GateRow, ...]:
    """All gates, those that stopped first, otherwise in the order in which they stood."""
    found = sorted(rows_of(answer, "gates"), key=lambda g: _ORDER.get(str(g.get("status")), 5))
    rows = []
    for gate in found:
        word, tone, sign = words.status(gate.get("status"))
        rows.append(
            GateRow(
                _short(gate.get("id"), 120),
                word,
                tone,
                sign,
                _short(cell(gate.get("value")), 120),
                _ends(gate.get("interval")),
                _short(cell(gate.get("threshold")), 120),
                _short(gate.get("rule")),
                names(gate.get("columns"), most=8),
                _short(gate.get("advice")),
                _short(gate.get("waived_by")),
            )
        )
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as it is shown; every field is text."""

    rule: str
    level: str
    tone: Tone
    sign: str
    columns: str
    value: str
    evidence: str
    advice: str


def findings(answer: Answer) -> tuple[tuple[FindingRow, ...], tuple[FindingRow, ...]]:
    """The findings that accuse, worst first, and the others."""
    order = {"block": 0, "warn": 1}
    found = sorted(rows_of(answer, "findings"), key=lambda f: order.get(str(f.get("level")), 2))
    rows = []
    for each in found:
        word, tone, sign = words.level(each.get("level"))
        rows.append(
            (
                each.get("level") in order,
                FindingRow(
                    _short(each.get("rule"), 120),
                    word,
                    tone,
                    sign,
                    names(each.get("columns"), most=8),
                    _short(cell(each.get("value")), 120),
                    _short(each.get("evidence")),
                    _short(each.get("advice")),
                ),
            )
        )
    accusing = tuple(r for accuses, r in rows if accuses)
    return accusing, tuple(r for accuses, r in rows if not accuses)


def measures(answer: Answer) -> tuple[tuple[str, str, str], ...]:
    """Every metric with its interval."""
    rows = []
    for name, measure in part(answer, "metrics").items():
        if isinstance(measure, Mapping):
            metric = words.metric(name)
            rows.append((metric.title, metric.value(measure.get("value")), _between(metric, measure)))
    return tuple(rows)


def details(answer: Answer) -> tuple[tuple[str, str], ...]:
    """What is needed to find the run again: ids, files, budget, versions."""
    task, split, budget = part(answer, "task"), part(answer, "split"), part(answer, "budget")
    folds = split.get("folds")
    each = f" in each of {folds} folds" if is_number(folds) and folds > 1 else ""
    said = {"train": f"trained on{each}", "validation": f"held out{each}", "sealed": "sealed"}
    shares = [f"{number(split[k])} {words_of}" for k, words_of in said.items() if is_number(split.get(k))]
    pairs: list[tuple[str, Any]] = [
        ("Run", answer.get("run")),
        ("Command", answer.get("command")),
        ("Exit", answer.get("exit")),
        ("Target", task.get("column") or task.get("target")),
        ("Input", task.get("input")),
        ("Classes", _classes(task.get("classes"))),
        ("Positive class", task.get("positive")),
        ("Split", ": ".join(str(x) for x in (split.get("kind"), split.get("reason")) if x)),
        ("Rows", ", ".join(shares)),
        ("Budget", _budget(budget)),
        ("Took", seconds(answer["seconds"]) if finite(answer.get("seconds")) is not None else None),
        *((_upper(k), answer.get(k)) for k in ("bundle", "report", "ledger")),
        *((_upper(k.replace("_", " ")), v) for k, v in part(answer, "versions").items()),
        ("Schema", answer.get("schema")),
    ]
    return tuple((label, _flat(value)) for label, value in pairs if value not in (None, "", [], {}))


def _classes(values: Any) -> str | None:
    if not isinstance(values, (list, tuple)):
        return None
    return names(list(values), most=8) if values else None


def _budget(budget: Mapping[str, Any]) -> str:
    said = [f"{k} {_flat(budget[k])}" for k in ("planned", "done") if budget.get(k) not in (None, "")]
    if budget.get("cut"):
        said.append("cut short by the clock" if budget["cut"] is True else f"cut: {_flat(budget['cut'])}")
    return ", ".join(said)


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {_flat(v)}" for k, v in value.items())
    return cell(value)


def candidates(answer: Answer) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """The models that were tried as a table: the names of the columns, the rows."""
    rows = rows_of(answer, "candidates")
    columns = list(dict.fromkeys(str(k) for row in rows for k in row))
    return tuple(columns), tuple(tuple(_scalar(row.get(c)) for c in columns) for row in rows)


def _scalar(value: Any) -> Any:
    if isinstance(value, Mapping) and set(value) >= {"value"}:
        return value["value"]
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value


def folder(answer: Answer) -> str:
    """The project's folder, as far as the answer tells; empty otherwise."""
    if answer.get("project"):
        return str(answer["project"])
    return str(PurePath(str(answer["ledger"])).parent) if answer.get("ledger") else ""
