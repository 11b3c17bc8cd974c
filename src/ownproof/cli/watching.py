"""Commands that watch: what changed between two tables."""

from __future__ import annotations

import argparse
from typing import Any

from ownproof.cli.terminal import Answer, width

SHOWN = 40


def offer(commands: Any) -> list[Any]:
    """The parsers of what this page does."""
    drift = commands.add_parser("drift", help="what changed between two tables, or since a bundle was made")
    drift.add_argument("reference", metavar="REFERENCE", help="a table, or a bundle")
    drift.add_argument("current", metavar="CURRENT", help="a table")
    drift.add_argument("--target", metavar="C", help="the column that is predicted, compared where both have it")
    drift.add_argument("--drop", metavar="C", nargs="+", action="extend", default=[], help="columns not to look at")
    drift.add_argument("--alpha", metavar="0.01", type=float, help="the chance of an alarm when nothing changed")
    drift.add_argument("--out", metavar="DIR", help="a folder for the page (default: nothing is written)")
    return [drift]


def drift(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Two tables, or a bundle and a table, as two samples."""
    from ownproof.project.drifting import columns_of
    from ownproof.project.drifting import drift as compared
    from ownproof.render.text import table

    answer = compared(
        arguments.reference,
        arguments.current,
        target=arguments.target,
        drop=arguments.drop,
        alpha=arguments.alpha,
        out=arguments.out,
    )
    rows = [
        (name, word, _short(psi), "" if p is None else f"{p:.1g}", _short(weight), change if word else "")
        for name, word, psi, p, weight, change in columns_of(answer)
    ]
    shown = table(("column", "", "PSI", "p", "weight", "what changed"), rows[:SHOWN], width=width())
    more = f"\n… and {len(rows) - SHOWN} columns more, nothing to say of them" if len(rows) > SHOWN else ""
    told = [
        f"{f['rule']}: {f['evidence']}" for f in answer["findings"] if f["rule"] in ("drift.joint", "drift.new-columns")
    ]
    page = [f"report  {answer['report']}"] if "report" in answer else []
    return answer, "\n".join([shown + more, *told, "", _last(answer), *page])


DAYS = "what ordinary days differ by is not allowed for: these are two samples; ownproof monitor learns it from 20 windows on"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _last(answer: Answer) -> str:
    drifted = [c["column"] for c in answer["columns"] if c["drift"]]
    between = answer["joint"] is not None and answer["joint"]["drift"]
    sizes = f"{answer['reference_rows']:,} rows before, {answer['rows']:,} now"
    if not answer["alarm"]:
        return f"no drift ({sizes}; a false alarm in one of {1 / answer['alpha']:,.0f} comparisons)"
    what = [f"{len(drifted)} of {len(answer['columns'])} columns"] * bool(drifted) + ["between columns"] * between
    told = f"drift: {' and '.join(what)} ({sizes}); retraining is advised if it lasts"
    return f"{told}\n{DAYS}"
