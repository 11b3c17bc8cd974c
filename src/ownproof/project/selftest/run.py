"""Run the cases and say which gates fired."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ownproof.errors import UsageError, did_you_mean
from ownproof.project.selftest import labels, plants, tampering
from ownproof.project.selftest.cases import Case, Place, look

CASES = (*labels.CASES, *plants.CASES, *tampering.CASES)


def selftest(
    *, quick: bool = False, only: Sequence[str] = (), news: Callable[[str, int, int], None] = lambda *_: None
) -> dict[str, Any]:
    """Plant everything in a temporary folder and see that each gate fires, and that each sound twin passes.

    quick: without the cases that need a model. only: ids of cases. The answer has exit 0 when every gate fired and no
    twin was refused, else 1. Raises UsageError for an id that no case has.
    """
    started = time.perf_counter()
    known = [c.id for c in CASES]
    for name in only:
        if name not in known:
            raise UsageError(
                f"no case is called {name!r}",
                expected="a case of the selftest",
                hint=did_you_mean(name, known, what="cases"),
                where="selftest",
            )
    chosen = [c for c in CASES if (not only or c.id in only) and not (quick and c.trains)]
    folder = Path(tempfile.mkdtemp(prefix="ownproof-selftest-")).resolve()
    checks = []
    try:
        place = Place(folder)
        for number, case in enumerate(chosen):
            news(case.planted, number, len(chosen))
            checks.append(check(case, place))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    good = all(c["fired"] and c["sound"] for c in checks)
    return {
        "schema": "ownproof/1",
        "command": "selftest",
        "run": None,
        "exit": 0 if good else 1,
        "verdict": None,
        "evidence": None,
        "gates": [],
        "findings": [],
        "bundle": None,
        "report": None,
        "ledger": None,
        "checks": checks,
        "seconds": time.perf_counter() - started,
    }


def check(case: Case, place: Place) -> dict[str, Any]:
    """One case: what was planted, what had to stop it, and what did; and whether its twin went through."""
    seen, twin = look(case.plant, place), look(case.sound, place)
    return {
        "id": case.id,
        "planted": case.planted,
        "gate": case.gate,
        "expected": case.exit,
        "seen": seen.exit,
        "said": list(seen.said),
        "fired": seen.exit == case.exit and case.gate in seen.said,
        "twin": twin.exit,
        "twin_said": list(twin.said),
        "sound": twin.exit == 0,
    }
