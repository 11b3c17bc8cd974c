"""What changed between two answers: in the data, the configuration, the result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ownproof.render import markdown, text, words
from ownproof.render.figures import cell, finite
from ownproof.render.sentence import Answer, names, rows_of

Difference = tuple[str, str, str]
NOTHING = "–"
_FIRST = ("run", "verdict", "evidence", "proof", "baseline", "metrics", "operating", "gates", "findings")
_THEN = ("data", "task", "split", "config", "policy", "budget", "candidates", "latency", "versions")
_NEVER = {"schema", "report", "ledger", "exit", "error"}


def differences(a: Answer, b: Answer) -> list[Difference]:
    """What the two say differently: (what, left, right), the result first; empty where they say the same.

    Gates are matched by their id, findings by rule and columns, candidates by name. Paths are left out.

    >>> differences({"verdict": "BETTER"}, {"verdict": "CANNOT TELL"})
    [('verdict', 'BETTER', 'CANNOT TELL')]
    """
    left, right = dict(_flat(a)), dict(_flat(b))
    found = []
    for what in dict.fromkeys([*left, *right]):
        one, other = left.get(what), right.get(what)
        if not _same(one, other):
            found.append((what, *_written(one, other)))
    order = {key: i for i, key in enumerate((*_FIRST, *_THEN))}
    return sorted(found, key=lambda d: order.get(d[0].split(" ", 1)[0], len(order)))


def _flat(answer: Answer) -> Iterator[tuple[str, Any]]:
    for key, value in answer.items():
        if key in _NEVER:
            continue
        if key == "gates":
            yield from ((f"gates {g.get('id')}", words.status(g.get("status"))[0]) for g in rows_of(answer, key))
        elif key == "findings":
            yield from _findings(answer)
        elif key == "candidates":
            yield from _candidates(answer)
        else:
            yield from _leaves(key, value)


def _findings(answer: Answer) -> Iterator[tuple[str, Any]]:
    for each in rows_of(answer, "findings"):
        if each.get("level") != "ok":
            columns = names(each.get("columns"))
            yield f"findings {each.get('rule')}" + (f" {columns}" if columns else ""), words.level(each.get("level"))[0]


def _candidates(answer: Answer) -> Iterator[tuple[str, Any]]:
    seen: dict[str, int] = {}
    for each in rows_of(answer, "candidates"):
        name = str(each.get("name") or each.get("learner") or "candidate")
        seen[name] = seen.get(name, 0) + 1
        label = f"candidates {name}" + (f" ({seen[name]})" if seen[name] > 1 else "")
        yield from ((f"{label} {k}".rstrip(), v) for k, v in _scores(each))


def _scores(candidate: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    skipped = {"name", "learner", "seconds"}
    shown = [(k, v) for k, v in candidate.items() if k not in skipped]
    yield from shown or [("", "tried")]


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and set(value) == {"value", "low", "high"}:
        yield path, value["value"]
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{path} {key}", inner)
    else:
        yield path, value


def _same(one: Any, other: Any) -> bool:
    a, b = finite(one), finite(other)
    if a is not None and b is not None:
        return abs(a - b) <= 1e-12 * max(1.0, abs(a), abs(b))
    return bool(one == other)


def _written(one: Any, other: Any) -> tuple[str, str]:
    """Two values as text; numbers get as many digits as it takes to see the difference."""
    a, b = finite(one), finite(other)
    if a is None or b is None or (isinstance(one, int) and isinstance(other, int)):
        return cell(one) or NOTHING, cell(other) or NOTHING
    for digits in range(3, 13):
        left, right = f"{a:,.{digits}g}", f"{b:,.{digits}g}"
        if left != right:
            break
    return left, right


def as_text(found: Sequence[Difference], *, left: str = "left", right: str = "right", width: int = 100) -> str:
    """The differences for a terminal."""
    return text.table(("what", left, right), found, width) if found else "no difference"


def as_markdown(found: Sequence[Difference], *, left: str = "left", right: str = "right") -> str:
    """The differences as a Markdown table."""
    return markdown.table(("what", left, right), found, most=200) if found else "No difference."
