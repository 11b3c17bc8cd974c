"""What the name of a column gives away: a row's number, a thing known only afterwards, the target itself."""

from __future__ import annotations

import re
import shlex

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[0-9]+")
NUMBERING = frozenset((
    "id", "ids", "uuid", "guid", "key", "pk", "rowid", "rownum", "rowname", "rownames", "rownumber", "serial", "index",
    "idx", "row", "no", "nr", "num", "number", "unnamed", "ref", "reference", "code", "seq", "sequence",
))  # fmt: skip
IDENTIFIERS = frozenset(("id", "ids", "uuid", "guid", "key"))
AFTERWARDS = frozenset((
    "outcome", "outcomes", "result", "results", "final", "actual", "actually", "cancelled", "canceled", "cancellation",
    "refund", "refunded", "refunds", "resolution", "resolved", "closed", "closing", "closure", "discharge", "discharged",
    "duration", "elapsed", "recovered", "recovery", "recoveries", "paid", "repaid", "payout", "payoff", "chargeoff",
    "chargeback", "chargebacks", "writeoff", "settled", "settlement", "delay", "delays", "delayed", "arrival", "arrived",
    "arr", "completed", "completion", "finished", "ended", "terminated", "termination", "exit", "exited", "left",
    "delivered", "returned", "collected", "collections", "followup", "followups", "after", "afterwards", "post", "death",
    "deceased", "died", "survived", "survival", "los", "verdict", "decision", "decided", "awarded", "winner", "won",
    "lost", "confirmed", "diagnosis", "diagnosed", "adjudicated", "converted", "conversion", "fulfilled", "shipped",
    "renewed", "label", "target", "prediction", "predicted", "investigated", "investigation", "penalty", "fined",
))  # fmt: skip
BEFOREHAND = frozenset((
    "scheduled", "sched", "planned", "plan", "expected", "estimated", "estimate", "forecast", "forecasted", "prev",
    "previous", "previously", "last", "prior", "past", "lag", "lagged", "history", "historic", "historical", "hist",
    "initial", "before", "baseline", "booked", "requested", "promised", "usual", "typical", "average", "avg", "mean",
    "median", "ago", "since", "earlier", "former",
))  # fmt: skip
COLOURLESS = frozenset(("class", "target", "label", "value", "flag", "type", "group", "name", "status", "code", "y"))
SHARED_LEAST = 4  # letters of a word of the target's name that another column may share by its trade


def words_of(name: str) -> list[str]:
    """The words of a column's name, in small letters.

    >>> words_of("arrDelay_min2"), words_of("IDOrder")
    (['arr', 'delay', 'min', '2'], ['id', 'order'])
    """
    return [w.lower() for w in WORD.findall(name)]


def numbers_rows(name: str) -> bool:
    """Whether a name is that of a numbering."""
    return bool(NUMBERING & set(words_of(name))) or not words_of(name)


def names_things(name: str) -> bool:
    """Whether a name is that of an identifier of things, which may come in several rows.

    >>> names_things("patientId"), names_things("status_code")
    (True, False)
    """
    return bool(IDENTIFIERS & set(words_of(name)))


def afterwards(name: str, target: str) -> str:
    """The word of a name that says `known only afterwards`, or that is the target's own; empty when there is none.

    >>> afterwards("days_to_closing", "sold"), afterwards("scheduled_arrival", "late"), afterwards("churn_score", "churn")
    ('closing', '', 'churn')
    """
    words = words_of(name)
    if BEFOREHAND & set(words):
        return ""
    own = {w for w in words_of(target) if len(w) >= SHARED_LEAST} - COLOURLESS
    return next((w for w in words if w in AFTERWARDS or w in own), "")


def drop(name: str) -> str:
    """The option that leaves a column out.

    >>> drop("arr delay")
    "--drop 'arr delay'"
    """
    return f"--drop {shlex.quote(name)}"


def listed(names: list[str], most: int = 6) -> str:
    """Some names in a sentence.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
