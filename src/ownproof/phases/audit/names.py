"""What the name of a column gives away: a row's number, a thing known only afterwards, the target itself."""

from __future__ import annotations

import re
import shlex

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[0-9]+")
IDENTIFIERS = frozenset(("id", "ids", "uuid", "guid", "key", "pk", "serial"))
EXPORTED = frozenset(("rowid", "rownum", "rowname", "rownames", "rownumber", "index", "idx", "row", "rows", "unnamed"))
MOMENTS = frozenset(
    ("year", "years", "yr", "date", "day", "month", "week", "time", "period", "quarter", "season", "epoch", "timestamp")
)
AFTERWARDS = frozenset((
    "outcome", "outcomes", "result", "results", "final", "actual", "actually", "cancelled", "canceled", "cancellation",
    "refund", "refunded", "refunds", "resolution", "resolved", "closed", "closing", "closure", "discharge", "discharged",
    "duration", "elapsed", "recovered", "recovery", "recoveries", "paid", "repaid", "payout", "payoff", "chargeoff",
    "chargeback", "chargebacks", "writeoff", "settled", "settlement", "delay", "delays", "delayed", "arrived",
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
OWN_LEAST = 4  # letters of the target's longest word; shorter names are in other words by chance


def words_of(name: str) -> list[str]:
    """The words of a column's name, in small letters.

    >>> words_of("arrDelay_min2"), words_of("IDOrder")
    (['arr', 'delay', 'min', '2'], ['id', 'order'])
    """
    return [w.lower() for w in WORD.findall(name)]


def numbers_rows(name: str) -> bool:
    """Whether a name is that of a numbering."""
    return names_things(name) or exported(name)


def exported(name: str) -> bool:
    """Whether a name is that which tools give to the row number that they write out.

    >>> exported("Unnamed: 0"), exported("order_id")
    (True, False)
    """
    return bool(EXPORTED & set(words_of(name))) or not words_of(name)


def counts_time(name: str) -> bool:
    """Whether a name is that of a date written as a number."""
    return bool(MOMENTS & set(words_of(name)))


def names_things(name: str) -> bool:
    """Whether a name is that of an identifier of things, which may come in several rows.

    >>> names_things("patientId"), names_things("status_code")
    (True, False)
    """
    return bool(IDENTIFIERS & set(words_of(name)))


def afterwards(name: str, target: str) -> str:
    """The word of a name that says `known only afterwards`, or one of the target's when it has all of them; empty when
    there is none.

    >>> afterwards("days_to_closing", "sold"), afterwards("scheduled_arrival", "late"), afterwards("churn_score", "churn")
    ('closing', '', 'churn')
    """
    words = words_of(name)
    if known_beforehand(name):
        return ""
    own = set(words_of(target)) - COLOURLESS
    if own and own <= set(words) and max(map(len, own)) >= OWN_LEAST:
        return max(own, key=lambda w: (len(w), w))
    return next((w for w in words if w in AFTERWARDS), "")


def known_beforehand(name: str) -> bool:
    """Whether a name says that the value was there before the outcome.

    >>> known_beforehand("sched_arr_time"), known_beforehand("arr_time")
    (True, False)
    """
    return bool(BEFOREHAND & set(words_of(name)))


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
