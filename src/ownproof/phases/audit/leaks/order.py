"""Whether the place of a row in the file, or a column that numbers the rows, tells the outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ownproof.core.moments import Times, missing
from ownproof.core.report import Finding, Level
from ownproof.core.schema import Column
from ownproof.phases.audit.names import counts_time, drop, exported, numbers_rows
from ownproof.phases.audit.truth import Truth
from ownproof.phases.audit.views import View
from ownproof.stats.association import spearman
from ownproof.stats.strength import OrderSignal, bin_codes, order_signal
from ownproof.stats.weights import Floats

NAMED_SHARE, UNIQUE_SHARE = 0.5, 0.99  # of different cells, for a column that is called a numbering, and for any other
DENSE = 1.1  # numbers of a numbering lie in a range not much wider than there are rows
TOGETHER = 0.9  # rank correlation with time from which an order is that of time
BESIDE = 0.999  # rank correlation with the file from which a column numbers its rows
SURPRISING = 1e-6
SORTED = 0.99  # explained share of numbers from which a file is sorted by them, and no series with a trend


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What is looked at: the truth of all rows that are not sealed, the sampled ones (int64 positions among them),
    their times where there are any, and how many rows the whole table has."""

    truth: Truth
    some: np.ndarray
    times: Times | None
    height: int


@dataclass(frozen=True, slots=True)
class Numbering:
    """A column that names rows by number or by text.

    strength: how much its order tells of the truth. counts: whole numbers in a range not much wider than the table is
    long. beside: it runs with the file. by_time: its order is that of time. watched: a model may look at it.
    """

    name: str
    strength: float
    counts: bool
    beside: bool
    by_time: bool
    watched: bool

    @property
    def hands_on(self) -> bool:
        """Whether it tells a model where in the file a row lay, and that is no matter of time."""
        return self.watched and self.counts and self.beside and not self.by_time


def numbering(column: Column, whole: View, look: Look, *, watched: bool, seed: int) -> Numbering | None:
    """What a column is as a numbering of the rows; None where it is none.

    Whole numbers that all differ may be a quantity: without the name of a numbering they must count the rows.
    """
    known, named = whole.known, numbers_rows(column.name) or not watched
    if known < 2 or whole.levels < (NAMED_SHARE if named else UNIQUE_SHARE) * known:
        return None
    if whole.numbers is None:
        counts = False
    elif _broken(whole.numbers[look.some]) or not _whole(whole.numbers):
        return None
    else:
        counts = float(np.ptp(_known(whole.numbers))) < DENSE * look.height
    if not named and not counts:
        return None
    some = whole.take(look.some)
    strength = look.truth.take(look.some).strength(bin_codes(some.order), seed=seed)
    beside = abs(spearman(some.order, look.some)) >= BESIDE
    return Numbering(
        column.name, strength, counts, beside, counts_time(column.name) or _by_time(some.order, look), watched
    )


def _known(numbers: Floats) -> Floats:
    return numbers[np.isfinite(numbers)]


def _whole(numbers: Floats) -> bool:
    return bool(np.isfinite(numbers).any()) and not _broken(numbers)


def _broken(numbers: Floats) -> bool:
    known = _known(numbers)
    return bool((known != np.round(known)).any())


def _by_time(order: Floats, look: Look) -> bool:
    if look.times is None:
        return False
    times = look.times[look.some]
    moments = np.where(missing(times), np.nan, times.astype(np.float64))
    return abs(spearman(order, moments)) >= TOGETHER


def numbered(found: Numbering | None, truth: Truth, strong: float) -> Finding | None:
    """What a numbering says of the outcome.

    Certain where a model may look at it; harmless where its order is that of time or a series with a trend, and where
    it is only the row number that some tool wrote out, which no model sees.
    """
    if found is None or not found.strength >= strong:
        return None
    level, why = _judged(found, truth)
    evidence = (
        f"{found.name} names the rows, and its order alone tells {truth.column} with {truth.measure} "
        f"{found.strength:.3f} (cross-fitted)" + (f"; {why}" if why else "")
    )
    advice = "" if level == "ok" else f"number the rows anew, or leave it out: {drop(found.name)}"
    return Finding("leak.id", level, (found.name,), found.strength, evidence, advice)


def _judged(found: Numbering, truth: Truth) -> tuple[Level, str]:
    called = numbers_rows(found.name)
    aside = "it is read as an identifier and kept from the model"
    if found.by_time:
        return "ok", "its order is that of time"
    if not truth.exact and found.beside and (found.strength < SORTED or not called):
        return "ok", "as of a series that goes up or down"
    if not found.watched:
        return ("ok" if found.beside and exported(found.name) else "warn"), aside
    return ("block" if truth.exact and (called or found.beside) else "warn"), ""


@dataclass(frozen=True, slots=True)
class FileOrder:
    """What the order of the file says of the truth: strength of the position, runs of equal answers, and time."""

    strength: float
    signal: OrderSignal
    by_time: bool


def file_order(look: Look, *, seed: int) -> FileOrder:
    """The place of the rows that are not sealed, in the order of the file."""
    places = look.some.astype(np.float64)
    strength = look.truth.take(look.some).strength(bin_codes(places), seed=seed)
    return FileOrder(strength, order_signal(look.truth.codes), _by_time(places, look))


def ordered(order: FileOrder, truth: Truth, counters: list[str], strong: float) -> Finding | None:
    """What the order of the file is worth saying: certain only where a column that counts the rows hands it on.

    counters: columns a model may look at that number the rows as they lie in the file. A file that is merely sorted
    by its label is common, and no model sees it.
    """
    signal = order.signal
    sorted_out = order.strength >= strong
    few_runs = signal.runs < 0.9 * signal.expected_runs and signal.runs_p < SURPRISING
    if math.isnan(signal.expected_runs) or not (sorted_out or few_runs):
        return None
    said = f"{signal.runs:,} runs of equal answers in file order, {signal.expected_runs:,.0f} by chance"
    if not math.isnan(order.strength):
        said += f"; the place of a row tells {truth.column} with {truth.measure} {order.strength:.3f}"
    if order.by_time:
        return Finding("leak.row-order", "ok", (), order.strength, f"{said}; the file is in the order of time")
    if sorted_out and counters and (truth.exact or order.strength >= SORTED):
        names = ", ".join(counters)
        return Finding(
            "leak.row-order",
            "block",
            (),
            order.strength,
            f"{said}, and {names} counts the rows",
            f"leave the numbering out: {' '.join(map(drop, counters))}",
        )
    return Finding("leak.row-order", "ok", (), order.strength, f"{said}; no column hands that on to a model")
