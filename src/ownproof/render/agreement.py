"""What pages and terminals say of `agree`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, Final

from ownproof.render.figures import finite, number, percent
from ownproof.render.head import Head, Tile, Tone
from ownproof.render.text import one_line, table

Answer = Mapping[str, Any]
BADGES: Final[Mapping[str, tuple[str, Tone]]] = {
    "go": ("GO ON", "good"),
    "stop": ("STOP", "bad"),
    "more": ("CANNOT TELL", "unsure"),
}
NAMES: Final = {
    "cohen": "Cohen's kappa",
    "fleiss": "Fleiss' kappa",
    "krippendorff": "Krippendorff's alpha",
    "gwet": "Gwet's AC1",
    "f1_exact": "F1, equal spans",
    "f1_overlap": "F1, overlapping",
}
SHOWN: Final = 6
_COLOURS: Final = {"good": "32", "bad": "31", "unsure": "33"}


def head(answer: Answer, ratings: str) -> Head:
    """What stands first on the page."""
    word, tone = BADGES[str(answer["decision"])]
    return Head(word, tone, _sizes(answer), _sentence(answer), _meaning(answer), _tiles(answer), _next(answer, ratings))


def _sizes(answer: Answer) -> str:
    items = answer["items"]
    return (
        f"{number(items)} item{'s' if items != 1 else ''} rated twice or more, {number(len(answer['raters']))} raters"
    )


def _deciding(answer: Answer) -> Mapping[str, Any]:
    found: Mapping[str, Any] = answer[str(answer["decides"])]
    return found


def _name(answer: Answer, name: str) -> str:
    if name == "cohen" and answer.get("weights"):
        return f"{NAMES[name]} ({answer['weights']} weights)"
    if name == "krippendorff" and answer["kind"] in ("ordinal", "interval", "ratio"):
        return f"{NAMES[name]} ({answer['kind']})"
    if name == "krippendorff" and answer["kind"] == "spans":
        return f"{NAMES[name]} over characters"
    return NAMES[name]


def _three(value: Any) -> str:
    found = finite(value)
    return "unknown" if found is None else f"{found:.3f}"


def _sentence(answer: Answer) -> str:
    """What came out, in one sentence."""
    name = _name(answer, str(answer["decides"]))
    if answer["undefined"]:
        return f"{name} is undefined: {answer['undefined']}."
    made = _deciding(answer)
    between = f" ({percent(answer['level'], decimals=0)} interval {_three(made['low'])} to {_three(made['high'])})"
    said = {
        "go": "The raters agree well enough to go on",
        "stop": "The labels are not agreed upon",
        "more": "Whether the raters agree well enough cannot be told yet",
    }[str(answer["decision"])]
    known = between if finite(made["low"]) is not None else ""
    return f"{said}: {name} is {_three(made['value'])}{known}."


def _meaning(answer: Answer) -> str:
    why = str(answer["why"])
    text = "" if answer["undefined"] else why[:1].upper() + why[1:] + "."
    advice = next((str(g["advice"]) for g in answer["gates"] if g["advice"]), "")
    return " ".join(x for x in (text, advice[:1].upper() + advice[1:] + "." if advice else "") if x)


def _tiles(answer: Answer) -> tuple[Tile, ...]:
    made = _deciding(answer)
    ends = f"{_three(made['low'])} to {_three(made['high'])}" if finite(made["low"]) is not None else ""
    one = answer["one_sided"]
    low = [
        Tile(
            f"One-sided {percent(one['level'], decimals=0)} lower end",
            _three(one["low"]),
            f"asked: {one['limit']:g}; this end decides, not the interval's",
        )
    ]
    tiles = [
        Tile(
            _name(answer, str(answer["decides"])),
            "undefined" if answer["undefined"] else _three(made["value"]),
            "; ".join(x for x in (f"asked: {answer['kappa']:g}", ends) if x),
        ),
        *(low if finite(one["low"]) is not None else []),
        Tile(
            "Items rated twice or more", number(answer["items"]), f"{number(answer['items_once'])} rated once, left out"
        ),
        Tile("Raters", number(len(answer["raters"])), f"{number(answer['ratings'])} ratings of these items"),
    ]
    if finite(answer["observed"]) is not None:
        tiles.append(Tile("Pairs that say the same", percent(answer["observed"], decimals=1), "much of it by chance"))
    if answer["needed"]:
        tiles.append(Tile("More items to rate twice", number(answer["needed"]), "if agreement stays as it is"))
    if answer["disputed"]:
        tiles.append(Tile("Disputed items", number(answer["disputed"]), "not all raters say the same"))
    return tuple(tiles)


def _next(answer: Answer, ratings: str) -> str:
    folder = answer.get("ledger") is not None
    where = shlex.quote(ratings)
    if answer["decision"] == "go":
        return f"ownproof label adjudicate {where}" if folder and answer["disputed"] else ""
    if answer["decision"] == "more":
        return f"ownproof label sample {where} --double {answer['needed']}" if folder else ""
    return f"ownproof label adjudicate {where}" if folder else ""


def lines(answer: Answer, ratings: str, *, color: bool, width: int) -> list[str]:
    """The answer on one screen, as lines."""
    shown = head(answer, ratings)
    mark = f" {shown.word} "
    first = f"\x1b[{_COLOURS[shown.tone]};1m{mark}\x1b[0m" if color else mark
    said = [f"{first} {shown.under}", *_wrap(shown.sentence, width)]
    said += [*_wrap(shown.meaning, width), ""]
    said += [*_coefficients(answer), ""]
    said += _finding_lines(answer, width)
    said += _tables(answer, width)
    places = [f"report  {answer['report']}"] if answer.get("report") else []
    return [*said, *places, *([f"next    {shown.next}"] if shown.next else [f"next    {_todo(answer)}"])]


def _todo(answer: Answer) -> str:
    advice = next((str(g["advice"]) for g in answer["gates"] if g["advice"]), "")
    return advice or "settle the disputed items and train on the labels"


def _wrap(text: str, width: int, first: str = "", then: str = "") -> list[str]:
    import textwrap

    return textwrap.wrap(
        one_line(text),
        width=max(40, width),
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _coefficients(answer: Answer) -> list[str]:
    """Every coefficient, the one that decides with a mark, and the one-sided end that it is held against."""
    level = percent(answer["level"], decimals=0)
    rows = []
    for name in NAMES:
        made = answer.get(name)
        if isinstance(made, Mapping):
            undefined = made.get("undefined")
            known = not undefined and finite(made["low"]) is not None
            rows.append(
                (
                    _name(answer, name) + (" (decides)" if name == answer["decides"] else ""),
                    "undefined" if undefined else _three(made["value"]),
                    f"{_three(made['low'])} to {_three(made['high'])}" if known else "",
                    one_line(undefined) if undefined else f"{number(made['items'])} items",
                )
            )
    shown = table(("coefficient", "value", f"{level} interval", ""), rows, width=140).splitlines()
    one = answer["one_sided"]
    if finite(one["low"]) is not None:
        shown.append(
            f"one-sided {percent(one['level'], decimals=0)} lower end of the one that decides: {_three(one['low'])} "
            f"(asked: {one['limit']:g}); the intervals above have two sides"
        )
    return [*shown, f"why this one decides: {answer['decides_why']}"]


def _finding_lines(answer: Answer, width: int) -> list[str]:
    signs = {"block": "✗", "warn": "!"}
    said = []
    for found in answer["findings"]:
        said += _wrap(f"{signs.get(found['level'], '·')} {one_line(found['evidence'])}", width, "  ", "    ")
        if found["advice"] and found["level"] in signs:
            said += _wrap(f"→ {one_line(found['advice'])}", width, "      ", "        ")
    return [*said, ""] if said else []


def _tables(answer: Answer, width: int) -> list[str]:
    said: list[str] = []
    raters = [(r["rater"], r["ratings"], _three(r["value"]), _ends(r)) for r in answer["by_rater"][:SHOWN]]
    if raters:
        said += [table(("rater, lowest first", "ratings", "agreement", "interval"), raters, width=width), ""]
    pairs = [
        (" / ".join(c["classes"]), percent(c["share"], decimals=0), c["items"]) for c in answer["confusions"][:SHOWN]
    ]
    if pairs:
        said += [table(("confused", "of all disagreement", "items"), pairs, width=width), ""]
    return [line for block in said for line in block.splitlines() or [""]]


def _ends(row: Mapping[str, Any]) -> str:
    return f"{_three(row['low'])} to {_three(row['high'])}" if finite(row["low"]) is not None else ""
