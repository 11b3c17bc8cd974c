"""The verdict in one sentence that a manager understands, and one more that says what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ownproof.render import production, words
from ownproof.render.figures import decimals_for, finite, is_number, number, percent
from ownproof.render.words import MetricWords

Answer = Mapping[str, Any]


def part(answer: Answer, name: str) -> Mapping[str, Any]:
    """An object of the answer; empty where it is missing, null or something else."""
    found = answer.get(name)
    return found if isinstance(found, Mapping) else {}


def rows_of(answer: Answer, name: str) -> list[Mapping[str, Any]]:
    """A list of objects of the answer; empty where it is missing or null."""
    found = answer.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, Sequence) else []


def names(values: Any, *, most: int = 4) -> str:
    """Columns in a sentence.

    >>> names(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    listed = [_clip(str(v), 80) for v in values] if isinstance(values, (list, tuple)) else []
    if len(listed) > most:
        return ", ".join(listed[:most]) + f" and {len(listed) - most} more"
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _stop(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?" else text + "."


def _sentence_case(text: str) -> str:
    return text if text.startswith("ownproof") else text[:1].upper() + text[1:]


def sentence(answer: Answer) -> str:
    """What came out, in one sentence.

    >>> sentence({"verdict": "BETTER", "evidence": "sealed", "baseline": {"name": "one_feature:education",
    ...     "metric": "roc_auc", "value": 0.770, "model": 0.919, "gain": 0.149, "low": 0.141, "high": 0.157,
    ...     "units": 7326}})
    'The model is better than the best one-feature rule (education): it ranks a positive above a negative 91.9 % of the time against 77.0 %, a gain of 14.9 points (14.1 to 15.7), on 7,326 sealed rows that nothing was trained on.'
    """
    if part(answer, "error"):
        return "Stopped: " + _stop(str(part(answer, "error").get("message") or "something went wrong"))
    if production.is_monitor(answer):
        return production.sentence(answer)
    refused = [g for g in rows_of(answer, "gates") if g.get("status") == "refused"]
    verdict = answer.get("verdict")
    if isinstance(verdict, str) and verdict in _VERDICTS:
        said = _VERDICTS[verdict](answer)
        others = [g for g in refused if not _is_verdict(g)]
        return f"Stopped at {_gate(others[0], answer)} {said}" if others else said
    if refused:
        return f"Stopped at {_gate(refused[0], answer)}" + _more(len(refused) - 1)
    return _without(answer)


def _is_verdict(gate: Mapping[str, Any]) -> bool:
    return str(gate.get("id", "")).split(".")[-1].split(":")[0] in {"verdict", "baseline", "better"}


def _gate(gate: Mapping[str, Any], answer: Answer) -> str:
    """A gate with what it stopped at: the evidence of the finding behind it, otherwise its rule."""
    columns = gate.get("columns")
    culprits = set(map(str, columns)) if isinstance(columns, (list, tuple)) else set()
    behind = [f for f in rows_of(answer, "findings") if f.get("level") == "block" and f.get("evidence")]
    behind = [f for f in behind if not culprits or culprits & set(map(str, f.get("columns") or ()))]
    name = f"the gate {gate.get('id') or 'without a name'}" + (f" ({names(columns)})" if culprits else "")
    if behind and str(gate.get("id", "")).split(".")[0] in {"audit", "leak"}:
        return f"{name}: {_stop(_clip(str(behind[0]['evidence']).strip(), 400))}"
    rule = _clip(str(gate.get("rule") or "").strip(), 400)
    return f"{name}, which asks that {_stop(rule)}" if rule else f"{name}."


def _more(count: int) -> str:
    return f" {count} more {'gate' if count == 1 else 'gates'} refused." if count else ""


def _without(answer: Answer) -> str:
    """A sentence for an answer that carries no verdict and no refusal."""
    found = [f.get("level") for f in rows_of(answer, "findings")]
    if isinstance(answer.get("alarm"), bool):
        return _drifted(answer)
    command = str(answer.get("command") or "run")
    openings = part(answer, "proof").get("openings")
    if answer.get("evidence") == "sealed":
        return (
            f"No verdict: the sealed test has been opened {number(openings)} times, "
            "and a further opening proves nothing any more."
        )
    if command == "audit" or (found and not part(answer, "metrics")):
        blocks, warns = [f for f in rows_of(answer, "findings") if f.get("level") == "block"], found.count("warn")
        if blocks:
            said = _clip(str(blocks[0].get("evidence") or blocks[0].get("rule") or "a certain leak was found"), 400)
            more = (
                f" {len(blocks) - 1} more {'finding stops' if len(blocks) == 2 else 'findings stop'} it."
                if blocks[1:]
                else ""
            )
            return f"The data must not be trained on yet: {_stop(said)}{more}"
        return "The data can be trained on: nothing was found that stops" + (
            f", {warns} {'finding deserves' if warns == 1 else 'findings deserve'} a look." if warns else "."
        )
    if part(answer, "metrics"):
        return "There is no verdict: nothing to compare the model with."
    return "There is no verdict yet: the model has not been compared with the baseline."


def _drifted(answer: Answer) -> str:
    """Which columns are no longer what they were."""
    columns = rows_of(answer, "columns")
    moved = [c.get("column") for c in columns if c.get("drift")]
    between = bool(part(answer, "joint").get("drift"))
    if not answer["alarm"]:
        return f"Nothing drifted: {number(len(columns))} columns are what they were, as far as these rows can tell."
    pair = "how columns hang together" if between else ""
    what = f"{names(moved)} ({number(len(moved))} of {number(len(columns))} columns)" if moved else ""
    return f"What changed: {' and '.join(x for x in (what, pair) if x)}."


def _figures(answer: Answer) -> tuple[Mapping[str, Any], MetricWords, int]:
    """The comparison, the metric's words, and the decimals that show its gain."""
    base = part(answer, "baseline")
    gain, low, high = (finite(base.get(k)) for k in ("gain", "low", "high"))
    width = (high - low) if low is not None and high is not None else None
    metric = words.metric(base.get("metric"))
    if metric.kind != "share":
        return base, metric, decimals_for(max(abs(v) for v in (gain, low, high, 0.0) if v is not None))
    fine = (gain is not None and abs(gain) < 0.001) or (width is not None and width < 0.002)
    return base, metric, 2 if fine else 1


def _compared(answer: Answer) -> str:
    base, metric, decimals = _figures(answer)
    if finite(base.get("model")) is None:
        return ""
    said = metric.says.format(metric.value(base.get("model"), decimals=decimals))
    if finite(base.get("value")) is None:
        return f"it {said}"
    return f"it {said} against {metric.value(base.get('value'), decimals=decimals)}"


def interval(answer: Answer, *, signed: bool = False) -> str:
    """The gain with its interval, such as `14.9 points (14.1 to 15.7)`; empty without a comparison."""
    base, metric, decimals = _figures(answer)
    gain = finite(base.get("gain"))
    if gain is None:
        return ""
    text = metric.amount(gain, decimals=decimals)
    text = ("+" if signed and gain > 0 else "") + text + (" points" if metric.kind == "share" else "")
    if finite(base.get("low")) is None or finite(base.get("high")) is None:
        return text
    low, high = (metric.amount(base.get(k), decimals=decimals) for k in ("low", "high"))
    return f"{text} ({low} to {high})"


def _gained(answer: Answer) -> str:
    gain = interval(answer)
    base, metric, _ = _figures(answer)
    if not gain:
        return ""
    noun = "saving" if metric.kind == "money" else "gain"
    noun = noun if float(base["gain"]) >= 0 else "difference"
    value = finite(base.get("value"))
    share = ""
    if metric.kind in {"error", "money"} and value and value > 0 and finite(base.get("gain")) is not None:
        cut = float(base["gain"]) / value
        share = f", {percent(abs(cut))} {'less' if cut >= 0 else 'more'}" if abs(cut) >= 0.0005 else ""
    return f"a {noun} of {gain}{share}"


def _where(answer: Answer) -> str:
    """On which rows and how many, with the comma before it; empty where nothing is known of them."""
    units, evidence = part(answer, "baseline").get("units"), answer.get("evidence")
    split = part(answer, "split")
    if evidence == "sealed":
        known = [split["sealed"] if is_number(split.get("sealed")) else part(answer, "proof").get("sealed_units")]
    else:
        known = [split.get(k) for k in ("train", "validation")] if evidence == "out-of-fold" else []
    counted = [int(k) for k in known if is_number(k)]
    rows = sum(counted) if counted else units
    text = f"{number(rows)} " if is_number(rows) else ""
    apart = f" ({number(units)} groups)" if is_number(units) and is_number(rows) and units < rows * 0.98 else ""
    said = {
        "sealed": f"{text}sealed rows{apart} that nothing was trained on",
        "out-of-fold": f"{text}rows{apart}, each answered by a model that had not seen it",
        "supplied": f"the {text}rows{apart} whose predictions were handed in",
    }.get(str(evidence), f"{text}rows{apart}" if text else "")
    return f", on {said}" if said else ""


def _better(answer: Answer) -> str:
    head = f"The model is better than {words.baseline(part(answer, 'baseline').get('name'))}"
    body = ", ".join(x for x in (_compared(answer), _gained(answer)) if x)
    return head + (f": {body}" if body else "") + _where(answer) + "."


def _not_better(answer: Answer) -> str:
    base, metric, decimals = _figures(answer)
    head = f"The model is not better than {words.baseline(base.get('name'))}"
    worth = finite(base.get("worthwhile"))
    unit = " points" if metric.kind == "share" else ""
    body = ", ".join(x for x in (_compared(answer), _gained(answer)) if x)
    if worth is not None and body:
        body += f", which stays below the {metric.amount(worth, decimals=decimals)}{unit} worth having"
    return head + (f": {body}" if body else "") + _where(answer) + "."


def _cannot_tell(answer: Answer) -> str:
    base, metric, decimals = _figures(answer)
    head = f"It cannot be told yet whether the model is better than {words.baseline(base.get('name'))}"
    low, high = (metric.amount(base.get(k), decimals=decimals) for k in ("low", "high"))
    unit = " points" if metric.kind == "share" else ""
    worth = finite(base.get("worthwhile"))
    body = _compared(answer)
    if finite(base.get("gain")) is not None and finite(base.get("low")) is not None:
        body += (", but" if body else "") + f" the gain may lie anywhere between {low} and {high}{unit}"
        body += f", where {metric.amount(worth, decimals=decimals)} is worth having" if worth is not None else ""
    more = f"; about {_round(base['units_needed'])} would settle it" if is_number(base.get("units_needed")) else ""
    return head + (f": {body.strip()}" if body else "") + _where(answer) + more + "."


def _round(count: float) -> str:
    """An estimate with two digits: nobody knows the fourth.

    >>> _round(4308), _round(85)
    ('4,300', '85')
    """
    return number(int(round(count, 2 - len(str(int(abs(count))))) if abs(count) >= 100 else count))


_VERDICTS = {"BETTER": _better, "NOT BETTER": _not_better, "CANNOT TELL": _cannot_tell}


def meaning(answer: Answer) -> str:
    """What the verdict means for the next step, in one or two sentences; empty where nothing is to be added."""
    verdict, evidence = answer.get("verdict"), answer.get("evidence")
    if part(answer, "error"):
        error = part(answer, "error")
        wanted = f"Expected: {_stop(str(error['expected']))}" if error.get("expected") else ""
        return " ".join(x for x in (wanted, _sentence_case(_stop(str(error.get("hint") or "")))) if x)
    if production.is_monitor(answer):
        return production.meaning(answer)
    refused = [g for g in rows_of(answer, "gates") if g.get("status") == "refused"]
    if refused and any(not _is_verdict(g) for g in refused):
        advice = next((str(g["advice"]) for g in refused if g.get("advice")), "")
        advice = f"`{advice}`" if advice.startswith("--") and "`" not in advice else advice
        return "Nothing was packaged." + (f" What mends it: {_stop(advice)}" if advice else "")
    if answer.get("alarm") is True:
        return "Find out whether the world or the feed changed; retraining is advised if it lasts."
    closed = evidence == "out-of-fold"
    if verdict == "BETTER":
        return _still_closed(answer) if closed else _worth(answer)
    if verdict == "NOT BETTER":
        return "Keep what you have: nothing was packaged." + (" The sealed test is still closed." if closed else "")
    if verdict == "CANNOT TELL":
        return "The result is written and marked unproven." + (" The sealed test is still closed." if closed else "")
    return ""


def _still_closed(answer: Answer) -> str:
    count = part(answer, "split").get("sealed")
    rows = f" ({number(count)} rows)" if is_number(count) else ""
    return f"This is not the proof yet: the sealed test{rows} is still closed, and `ownproof prove` opens it once."


def _worth(answer: Answer) -> str:
    base, metric, decimals = _figures(answer)
    worth = finite(base.get("worthwhile"))
    if worth is None:
        return ""
    unit = " points" if metric.kind == "share" else ""
    other, units = base.get("different"), base.get("units")
    few = is_number(other) and is_number(units) and other < 0.9 * units  # scores differ nearly everywhere
    said = f"A gain from {metric.amount(worth, decimals=decimals)}{unit} on counts as worth having."
    return said + (f" The two answer {number(other)} of {number(units)} differently." if few else "")
