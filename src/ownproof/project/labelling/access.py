"""Who may label: a token for each rater and one for whoever leads, of which the folder keeps only the hashes."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ownproof.errors import ConfigError, OwnproofError, UsageError, all_at_once
from ownproof.project.disk import disk, replaced
from ownproof.project.labelling.folder import LabelFolder

NAME = "raters.json"
LEAD = "lead"
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Access:
    """The names of the raters with the SHA-256 of their tokens; that of the lead under `lead`."""

    raters: dict[str, str] = field(default_factory=dict)
    lead: str = ""

    def who(self, token: str) -> str | None:
        """Whose token it is: a rater's name, `lead`, or None. Takes as long for a wrong token as for a right one."""
        mark, found = hashed(token), None
        for name, known in {**self.raters, LEAD: self.lead}.items():
            if hmac.compare_digest(mark, known):
                found = name
        return found


def hashed(token: str) -> str:
    """The SHA-256 of a token, hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def access(folder: LabelFolder) -> Access:
    """Who may label in a folder; nobody before the first sample. Raises ConfigError for a damaged file."""
    path = folder.labels / NAME
    if not path.is_file():
        return Access()
    try:
        data = json.loads(path.read_bytes())
        return Access({str(k): str(v) for k, v in data["raters"].items()}, str(data["lead"]))
    except (ValueError, KeyError, TypeError, AttributeError) as why:
        hint = "delete it and make new tokens: ownproof label serve --new-tokens"
        raise ConfigError(f"{NAME} is damaged", expected="names and hashes", hint=hint, where=str(path)) from why


def grant(folder: LabelFolder, raters: Sequence[str], *, draw: Callable[[], str], anew: bool = False) -> dict[str, str]:
    """Give a token to every rater who has none, and to the lead; the tokens that are new, by name.

    draw: makes one secret (`secrets.token_urlsafe`). anew: take all tokens back first, those of other raters too.
    """
    before = Access() if anew else access(folder)
    names = [*raters, *(access(folder).raters if anew else ())]
    fresh = {name: draw() for name in dict.fromkeys(names) if name not in before.raters}
    if not before.lead:
        fresh[LEAD] = draw()
    if not fresh:
        return {}
    hashes = before.raters | {name: hashed(token) for name, token in fresh.items() if name != LEAD}
    path = folder.labels / NAME
    told = {"raters": hashes, "lead": hashed(fresh[LEAD]) if LEAD in fresh else before.lead}
    with disk("write the raters", path):
        folder.labels.mkdir(parents=True, exist_ok=True)
        replaced(path, json.dumps(told, indent=1, ensure_ascii=False).encode() + b"\n")
    return fresh


def check_names(raters: Sequence[str], *, where: str = "--raters") -> None:
    """Raise UsageError for names that no rater can have, all at once."""
    problems: list[OwnproofError] = []
    for name in dict.fromkeys(raters):
        if name == LEAD or not name.strip() or len(name) > LONGEST or not name.isprintable() or "," in name:
            problems.append(
                UsageError(
                    f"no rater can be called {name!r}",
                    expected=f"a name of at most {LONGEST} characters, without commas, other than {LEAD!r}",
                    hint="write --raters anna,ben,chris",
                    where=where,
                )
            )
        if list(raters).count(name) > 1:
            problems.append(
                UsageError(f"{name!r} is named twice", expected="each rater once", hint="leave one out", where=where)
            )
    if problems:
        raise all_at_once(problems)
