"""What the audit finds of planted leaks, by strength, and what it says of sound tables of the same make.

    python bench/audit_found.py [--sound 60] [--seeds 2] [--rows 300,1500,6000] [--only PLANT] [--verbose]

A plant counts as found when a finding of level warn or block of the rules it is planted for names one of its columns
(or, for leaks about rows, is there at all); as blocked when it is a block. Wrong are other columns that are accused, and
on sound tables every accusation of a leak.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import polars as pl
from audit import audited
from audit_plants import PLANTS, Plant
from audit_tables import SIDES, STRENGTHS, Made, sound


def report_of(made: Made) -> Any:
    frame = pl.DataFrame(dict(made.columns)).with_columns(pl.selectors.float().fill_nan(None))
    return audited(frame, made.second, kinds=made.kinds, horizon=made.horizon, **made.roles)


def accusations(report: Any) -> list[Any]:
    return [f for f in report.findings if f.level != "ok" and f.rule.startswith(("leak.", "quality.population"))]


def sound_tables(count: int, sizes: list[int], verbose: bool) -> None:
    by_rule: Counter[str] = Counter()
    by_side: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    warned: Counter[str] = Counter()
    for seed in range(count):
        rng = np.random.default_rng(seed)
        rows = sizes[seed % len(sizes)]
        side = list(SIDES)[seed % len(SIDES)]
        made = SIDES[side](sound(rng, rows=rows), rng)
        report = report_of(made)
        said = accusations(report)
        tally = by_side[side]
        tally[0] += 1
        tally[1] += bool(said)
        tally[2] += any(f.level == "block" for f in said)
        by_rule.update(f"{f.rule} {f.level}" for f in said)
        warned.update(f.rule for f in report.findings if f.level == "warn" and f not in said)
        if verbose:
            for f in said:
                print(f"  seed {seed} ({rows} rows, {side}): {f.rule} {f.level} {f.columns} {f.evidence[:150]}")
    print(f"\n{'sound tables':<18} tables  accused  stopped")
    for side, (n, accused, stopped) in by_side.items():
        print(f"{side:<18} {n:>6} {accused:>8} {stopped:>8}")
    print(f"by rule: {dict(by_rule) or 'none'}; other warnings: {dict(warned) or 'none'}")


def planted(name: str, plant: Plant, strength: str, rows: int, seed: int) -> Made | None:
    rng = np.random.default_rng([seed, rows, len(name)])
    target = str(rng.choice(plant.only))
    made = plant.side(sound(rng, rows=rows, target=target), rng)
    about_rows = name in ROWS
    plant.does(made, rng, strength)
    return made if made.culprits or about_rows else None


ROWS = ("equal rows across", "near rows across", "groups across", "label windows", "another population")


def judged(made: Made, plant: Plant, name: str) -> tuple[bool, bool, list[Any]]:
    """Found, blocked, and what was accused wrongly."""
    found = blocked = False
    wrong = []
    for f in accusations(report_of(made)):
        right = f.rule.startswith(plant.rules) and (name in ROWS or set(f.columns) & made.culprits)
        if right:
            found, blocked = True, blocked or f.level == "block"
        strangers = name not in ROWS and set(f.columns) - made.culprits - set(made.roles.values())
        if strangers or not (right or set(f.columns) & made.culprits):
            wrong.append(f)
    return found, blocked, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sound", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--rows", default="300,1500,6000")
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true")
    asked = parser.parse_args()
    sizes = [int(r) for r in asked.rows.split(",")]
    start = time.process_time()
    sound_tables(asked.sound, sizes, asked.verbose)
    print(f"\n{'plant: found/blocked of':<32}" + "".join(f"{s:>14}" for s in STRENGTHS) + "   wrong")
    for name, plant in PLANTS.items():
        if asked.only and asked.only not in name:
            continue
        cells, wrongs = [], 0
        for strength in STRENGTHS:
            found = blocked = of = 0
            for seed in range(asked.seeds):
                for rows in sizes:
                    made = planted(name, plant, strength, rows, seed)
                    if made is None:
                        continue
                    hit, stop, wrong = judged(made, plant, name)
                    of, found, blocked, wrongs = of + 1, found + hit, blocked + stop, wrongs + len(wrong)
                    if asked.verbose and (wrong or not hit):
                        said = "; ".join(f"{f.rule} {f.columns} {f.evidence[:90]}" for f in wrong)
                        print(f"  {name}, {strength}, {rows} rows, seed {seed}: {'found' if hit else 'missed'} {said}")
            cells.append(f"{found}/{blocked} of {of}")
        print(f"{name:<32}" + "".join(f"{c:>14}" for c in cells) + f"   {wrongs}", flush=True)
    print(f"\n{time.process_time() - start:.0f} s of CPU")


if __name__ == "__main__":
    main()
