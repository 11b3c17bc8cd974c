"""A comparison in findings: what drifted, what moved and does not matter, what came and went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ownproof.core.report import Finding
from ownproof.phases.monitor.compare import Comparison


def findings_of(found: Comparison, *, gone: Sequence[str] = (), new: Sequence[str] = ()) -> tuple[Finding, ...]:
    """One finding for each column that changed, and one for what changed between columns."""
    return tuple(_findings(found, gone, new))


def _findings(found: Comparison, gone: Sequence[str], new: Sequence[str]) -> Iterator[Finding]:
    for column in sorted(found.columns, key=lambda c: c.p):
        told = f"{column.change}; p {_small(column.p)} over its tests"
        if column.drift:
            if column.column in gone:
                advice = f"send {column.column!r} again, or look at nothing of it: --drop {column.column}"
            else:
                advice = f"find out why, retrain if it lasts; --drop {column.column} if it may change"
            yield Finding("drift.column", "warn", (column.column,), column.effect, told, advice)
        elif column.sure:
            advice = "nothing to do: the move is sure and small"
            yield Finding("drift.moved", "ok", (column.column,), column.effect, told, advice)
    if found.joint is not None and found.joint.drift:
        pairs = [f"{a} and {b}: {before:+.2f} → {now:+.2f}" for a, b, before, now, _ in found.joint.pairs]
        names = tuple(dict.fromkeys(n for pair in found.joint.pairs for n in pair[:2]))
        advice = "look at how the two columns are made; retrain if the change lasts"
        evidence = "correlation of " + "; ".join(pairs[:3])
        yield Finding("drift.joint", "warn", names, found.joint.statistic, evidence, advice)
    if new:
        named = ", ".join(new[:5]) + (f" and {len(new) - 5} more" if len(new) > 5 else "")
        yield Finding(
            "drift.new-columns", "ok", tuple(new[:5]), len(new), f"not in the reference: {named}", "nothing to do"
        )


def _small(p: float) -> str:
    return f"= {p:.1g}" if p > 1e-99 else "< 1e-99"
