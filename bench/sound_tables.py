"""What the audit says of sound tables, and whether a run is refused against the constant.

    python bench/sound_tables.py FOLDER [--run] [--budget 10s] [--only NAME]

FOLDER holds tables (CSV, Parquet, JSONL) and `targets.json`: the target by the name of the file without its ending, or an
object with `target` and any roles (`"time": "day"`). Every accusation is printed with its evidence, so that a person can
judge whether it is right.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def asked(arguments: Sequence[str]) -> dict[str, Any]:
    """The JSON answer of a command."""
    done = subprocess.run(
        [sys.executable, "-m", "ownproof", *arguments, "--json"], capture_output=True, text=True, check=False
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def roles_of(said: str | dict[str, str]) -> list[str]:
    named = {"target": said} if isinstance(said, str) else said
    return [word for name, value in named.items() for word in (f"--{name}", value)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--budget", default="10s")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    targets = json.loads((options.folder / "targets.json").read_text(encoding="utf-8"))
    tables = [p for p in sorted(options.folder.iterdir()) if p.stem in targets and options.only in p.stem]
    blocks = warnings = refused = 0
    print(f"{'table':<18} {'blocks':>6} {'warnings':>8}  run against majority")
    for table in tables:
        roles = roles_of(targets[table.stem])
        audit = asked(["audit", str(table), *roles])
        accusing = [f for f in audit.get("findings", []) if f["level"] != "ok"]
        stops = sum(f["level"] == "block" for f in accusing)
        blocks, warnings = blocks + stops, warnings + len(accusing) - stops
        said = ""
        if options.run:
            with tempfile.TemporaryDirectory() as place:
                run = asked(
                    ["run", str(table), *roles, "--rule", "majority", "--budget", options.budget, "--out", f"{place}/p"]
                )
            refused += run["exit"] == 4
            said = f"exit {run['exit']}, {run.get('verdict')}" + "".join(
                f", {g['id']}" for g in run.get("gates", []) if g["status"] == "refused"
            )
        print(f"{table.stem:<18} {stops:>6} {len(accusing) - stops:>8}  {said}{_problem(audit)}", flush=True)
        for f in accusing:
            print(f"    {f['level']} {f['rule']} {', '.join(f['columns'])}: {f['evidence'][:230]}", flush=True)
    print(
        f"{len(tables)} tables: {blocks} blocks, {warnings / max(1, len(tables)):.2f} warnings each"
        + (f", {refused} refused" if options.run else "")
    )


def _problem(answer: dict[str, Any]) -> str:
    return f" {answer['error']['message']}" if "error" in answer else ""


if __name__ == "__main__":
    main()
