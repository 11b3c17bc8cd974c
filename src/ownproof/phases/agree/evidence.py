"""Ratings made ready: which coefficients there are, which of them decides, and their sums over any of the items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ownproof.core.ratings import Ratings
from ownproof.stats.agreement import cohen, fleiss, gwet, krippendorff, spans
from ownproof.stats.agreement.counts import Counts, Groups, counts, groups, patterns
from ownproof.stats.agreement.distances import Distance, Nominal, interval, ordinal, ratio
from ownproof.stats.agreement.resample import Spread, Sums, spread
from ownproof.stats.hashing import mixed

Weighting = Literal["", "linear", "quadratic"]
TITLES: Final = {
    "cohen": "Cohen's kappa",
    "fleiss": "Fleiss' kappa",
    "krippendorff": "Krippendorff's alpha",
    "gwet": "Gwet's AC1",
    "f1_exact": "F1 of equal spans",
    "f1_overlap": "F1 of overlapping spans",
}
SHORT: Final = {
    "cohen": "Cohen",
    "fleiss": "Fleiss",
    "krippendorff": "Krippendorff",
    "gwet": "Gwet AC1",
    "f1_exact": "F1 equal",
    "f1_overlap": "F1 overlapping",
}
OF_CLASSES: Final = ("cohen", "fleiss", "krippendorff", "gwet")
OF_SPANS: Final = ("krippendorff", "f1_exact", "f1_overlap")
WEIGHTED: Final = {"linear": "weighted by steps", "quadratic": "weighted by squared steps"}


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient with its interval; undefined: why there is no value, "" where there is one."""

    name: str
    title: str
    spread: Spread
    undefined: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The answers to items rated twice or more. decides: the name of the coefficient that decides; why: in a sentence.

    found: how often each item got each value; distance: of two values; together: items with the same answers;
    missing: why no item was rated twice; both: (items, 2) the two raters' values where there are two raters; marked: the spans where spans were marked.
    """

    ratings: Ratings
    weighting: Weighting
    decides: str
    why: str
    found: Counts
    distance: Distance
    together: Groups
    both: NDArray[np.int64] | None = None
    marked: spans.Marked | None = None
    missing: str = "no item was rated by two raters"

    @property
    def names(self) -> tuple[str, ...]:
        """The coefficients that this kind of label has."""
        if self.marked is not None:
            return OF_SPANS
        return OF_CLASSES if self.ratings.kind == "nominal" and not self.weighting else ("cohen", "krippendorff")

    def title(self, name: str) -> str:
        """A coefficient as people call it."""
        if name == "cohen" and self.weighting:
            return f"{TITLES[name]}, {WEIGHTED[self.weighting]}"
        if name == "krippendorff" and self.marked is not None:
            return f"{TITLES[name]} over characters"
        return f"{TITLES[name]}, {self.ratings.kind}" if name == "krippendorff" and self.scaled else TITLES[name]

    @property
    def scaled(self) -> bool:
        """Whether labels are further apart or nearer to each other, not only equal or not."""
        return self.ratings.kind in ("ordinal", "interval", "ratio")

    def undefined(self, name: str, kept: NDArray[np.bool_] | None = None) -> str:
        """Why a coefficient has no value on some of the items, "" where it has one."""
        reason = self._nothing(kept)
        if reason:
            return reason
        if name == "cohen" and self.both is None:
            return f"it compares two raters, and there are {len(self.ratings.raters)}"
        sizes = np.unique(
            self.found.of[self.found.of > 0] if kept is None else self.found.of[kept & (self.found.of > 0)]
        )
        if name == "fleiss" and len(sizes) > 1:
            return f"items were rated by different numbers of raters ({int(sizes[0])} to {int(sizes[-1])})"
        return ""

    def _nothing(self, kept: NDArray[np.bool_] | None) -> str:
        ratings = self.ratings
        items = len(ratings.items) if kept is None else int(kept.sum())
        if not items:
            return self.missing
        some = self.found if kept is None else self.found.only(kept)
        used = np.flatnonzero(some.shares)
        if len(used) > 1:
            return ""
        only = ratings.values[int(used[0])]
        if self.marked is not None:
            return "nothing was marked" if only == () else ""
        return f"one class only: every rating of an item rated twice is {only!r}, so chance alone would agree on all of them"

    def sums(self, name: str, kept: NDArray[np.bool_] | None = None) -> Sums:
        """A coefficient as sums over some of the items, all by default; ask `undefined` first."""
        if self.marked is not None:
            return self._of_spans(self.marked, name, kept)
        if name == "cohen" and self.both is not None:
            pairs = self.both if kept is None else self.both[kept]
            return cohen.sums(pairs[:, 0], pairs[:, 1], values=self.found.values, weighting=self.weighting)
        some = self.found if kept is None else self.found.only(kept)
        together = self.together if kept is None else patterns(some)
        if name == "krippendorff":
            return krippendorff.sums(some, self.distance, groups=together)
        return {"fleiss": fleiss.sums, "gwet": gwet.sums}[name](some, groups=together)

    def _of_spans(self, marked: spans.Marked, name: str, kept: NDArray[np.bool_] | None) -> Sums:
        together = self.together
        if kept is not None:
            where = np.flatnonzero(kept)
            marked = spans.Marked(tuple(marked.items[i] for i in where), marked.lengths[where])
            together = _alone(len(where))
        if name == "krippendorff":
            return spans.characters(marked, together)[0]
        return spans.pairs(marked, together, exact=name == "f1_exact")

    def coefficient(
        self, name: str, kept: NDArray[np.bool_] | None = None, *, seed: int, level: float, draws: int = 2_000
    ) -> Coefficient:
        """A coefficient with its interval, or why it has none."""
        items = len(self.ratings.items) if kept is None else int(kept.sum())
        reason = self.undefined(name, kept)
        if not reason:
            made = spread(self.sums(name, kept), seed=seed, level=level, draws=draws)
            if np.isfinite(made.value):
                return Coefficient(name, self.title(name), made)
            reason = "chance alone would agree on everything"
        return Coefficient(name, self.title(name), Spread(np.nan, np.nan, np.nan, np.nan, level, items), reason)


def evidence(ratings: Ratings, *, weighting: Weighting = "") -> Evidence:
    """The evidence in ratings; items rated once are left out before the coefficient that decides is chosen."""
    twice = ratings.twice()
    decides, why = _decides(twice, weighting)
    found = counts(twice.item, twice.value, items=len(twice.items), values=len(twice.values))
    marked = _marked(twice) if twice.kind == "spans" else None
    return Evidence(
        twice,
        weighting,
        decides,
        why,
        found,
        _distance(twice, found),
        patterns(found) if marked is None else _alone(len(twice.items)),
        _both(twice) if len(twice.raters) == 2 else None,
        marked,
        _missing(ratings),
    )


def _missing(ratings: Ratings) -> str:
    """Why no item was rated twice."""
    if not len(ratings):
        return "there is no rating"
    if len(ratings.raters) == 1:
        return f"one rater only ({ratings.raters[0]!r}), and agreement takes two"
    return "no item was rated by two raters"


def _decides(ratings: Ratings, weighting: Weighting) -> tuple[str, str]:
    """The name of the coefficient that decides, and why it is that one."""
    raters = len(ratings.raters)
    if ratings.kind == "spans":
        return (
            "krippendorff",
            "spans were marked: every character is compared, so that a span off by a letter counts little",
        )
    if weighting and raters == 2:
        return "cohen", f"two raters answered every item, and disagreement is {WEIGHTED[weighting]}"
    if ratings.kind != "nominal":
        return "krippendorff", f"the labels are {ratings.kind}: how far two answers are apart counts"
    if raters == 2:
        return "cohen", "two raters answered every item"
    sizes = np.unique(np.bincount(ratings.item, minlength=len(ratings.items)))
    if len(sizes) == 1:
        return "fleiss", f"{raters} raters, and every item was rated by {int(sizes[0])} of them"
    if len(sizes):
        return (
            "krippendorff",
            f"ratings are missing: items were rated by {int(sizes[0])} to {int(sizes[-1])} of {raters} raters",
        )
    return "krippendorff", "no item was rated twice"


def _distance(ratings: Ratings, found: Counts) -> Distance:
    if ratings.kind == "ordinal":
        return ordinal(found.shares)
    if ratings.kind == "interval":
        return interval(ratings.values)
    return ratio(ratings.values) if ratings.kind == "ratio" else Nominal()


def _both(ratings: Ratings) -> NDArray[np.int64]:
    pairs = np.zeros((len(ratings.items), 2), dtype=np.int64)
    pairs[ratings.item, ratings.rater] = ratings.value
    return pairs


def _marked(ratings: Ratings) -> spans.Marked:
    order = np.argsort(ratings.item, kind="stable")
    ends = np.cumsum(np.bincount(ratings.item, minlength=len(ratings.items)))
    values = [ratings.values[v] for v in ratings.value[order]]
    starts = [0, *ends[:-1].tolist()] if len(ends) else []
    lengths = np.zeros(len(ratings.items), dtype=np.int64) if ratings.lengths is None else ratings.lengths
    return spans.Marked(tuple(tuple(values[a:b]) for a, b in zip(starts, ends.tolist(), strict=True)), lengths)


def _alone(items: int) -> Groups:
    return groups(mixed(np.arange(items, dtype=np.uint64)), np.ones(items, dtype=bool))
