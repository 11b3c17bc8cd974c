"""Items of the folder that are handed out without a table: those in nobody's queue, and second ratings of single ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ownproof.core.labelling import Item
from ownproof.core.policy import Policy
from ownproof.errors import InputError, UsageError
from ownproof.phases.label.queues import Queues, queues, second
from ownproof.phases.label.sample import choose
from ownproof.project.labelling import access, answers, making
from ownproof.project.labelling.folder import LabelFolder, Place
from ownproof.project.labelling.sampling import Asked, answer_of, check, guide_findings
from ownproof.project.lock import Lock


def hand_out(folder: LabelFolder, asked: Asked, *, policy: Policy, draw: Callable[[], str]) -> dict[str, Any]:
    """Divide items that nobody was given and nobody answered, such as imported ones; the answer of `label sample`."""
    check(asked)
    if asked.by != "random" or asked.strata:
        raise _needs_data("--by random only" if asked.by != "random" else "no --strata")
    making.require_filled(folder.schema())
    with Lock(folder.root / ".lock", command="ownproof label sample"):
        making.catch_up(folder)
        seen = _seen(folder)
        waiting = [i for i in folder.items() if not seen.get(i.item)]
        if not waiting:
            raise _needs_data("items that are in nobody's queue")
        seed = f"{asked.seed}/{folder.next_batch}"
        count = asked.items or policy.label_batch
        places = choose([i.item for i in waiting], count, by="random", random_share=1.0, seed=seed).places
        chosen = [waiting[p] for p in places]
        divided = queues(
            [i.item for i in chosen],
            strata=None,
            raters=len(asked.raters),
            overlap=asked.overlap,
            ratings=asked.ratings,
            seed=seed,
        )
        told = {"by": "waiting", "overlap": asked.overlap, "ratings": asked.ratings}
        return _give(folder, asked, chosen, divided, told | {"left": len(waiting) - len(chosen)}, draw=draw)


def double(folder: LabelFolder, asked: Asked, many: int, *, draw: Callable[[], str]) -> dict[str, Any]:
    """Give items that one rater has to a second one, so that agreement is known better; the answer of `label sample`.

    asked.raters: who may be the second, all raters of the folder where none is named. Items are drawn at random; each
    goes to whoever has not had it and has least to do, then met its first rater least.
    """
    raters = asked.raters or tuple(access.access(folder).raters)
    _check_double(asked, raters, many)
    with Lock(folder.root / ".lock", command="ownproof label sample"):
        making.catch_up(folder)
        seen, items = _seen(folder), {i.item: i for i in folder.items()}
        decided = {str(d["item"]) for d in folder.decisions()}
        names = list(dict.fromkeys([*raters, *sorted(r for who in seen.values() for r in who)]))
        open_ = [
            i
            for i in items.values()
            if len(seen.get(i.item, ())) == 1 and {*raters} - seen[i.item] and i.item not in decided
        ]
        if not open_:
            raise InputError(
                "no item has one rater only that another of these raters could have too",
                expected="single items, and a rater who has not had them",
                hint="name a further rater: --raters a,b, or draw from a table with --overlap 1",
                where=str(folder.root),
                code="none-single",
            )
        seed = f"{asked.seed}/{folder.next_batch}"
        places = choose([i.item for i in open_], many, by="random", random_share=1.0, seed=seed).places
        chosen = [open_[p] for p in places]
        first = np.array([names.index(next(iter(seen[i.item]))) for i in chosen], np.int64)
        divided = second([i.item for i in chosen], first, raters=len(raters), seed=seed)
        told = {"by": "double", "overlap": 1.0, "ratings": 2, "left": len(open_) - len(chosen)}
        named = Asked(raters, 1.0, seed=asked.seed)
        return _give(folder, named, chosen, divided, told, draw=draw)


def _check_double(asked: Asked, raters: tuple[str, ...], many: int) -> None:
    if many < 1:
        raise UsageError(
            f"--double is {many}", expected="a whole number from 1", hint="write --double 60", where="--double"
        )
    if asked.by != "random" or asked.strata or asked.items or asked.bundle:
        raise UsageError(
            "--double takes items that are in the folder",
            expected="--double N and, if you like, --raters and --seed",
            hint="leave out --by, --items, --strata and --bundle",
            where="--double",
        )
    check(Asked(raters, 0.0, seed=asked.seed))


def _needs_data(what: str) -> UsageError:
    return UsageError(
        "no DATA was named",
        expected=f"a table to draw from, or without one {what}",
        hint="ownproof label sample DIR DATA --raters a,b; --double N gives single items to a second rater",
        where="DATA",
    )


def _seen(folder: LabelFolder) -> dict[str, set[str]]:
    """Who was given an item or answered it, by item."""
    found: dict[str, set[str]] = {}
    for place in folder.queue():
        found.setdefault(place.item, set()).add(place.rater)
    for item, rater in answers.read(folder).current():
        found.setdefault(item, set()).add(rater)
    return found


def _give(
    folder: LabelFolder,
    asked: Asked,
    chosen: list[Item],
    divided: Queues,
    told: dict[str, Any],
    *,
    draw: Callable[[], str],
) -> dict[str, Any]:
    batch = folder.next_batch
    by_rater = dict(zip(asked.raters, divided.by_rater, strict=True))
    places = [Place(batch, rater, chosen[i].item) for rater, own in by_rater.items() for i in own.tolist()]
    tokens = access.grant(folder, asked.raters, draw=draw)
    folder.add([], places)
    told = {
        "batch": batch,
        "items": len(chosen),
        "double": len(divided.double),
        **told,
        "random": len(chosen),
        "raters": {rater: len(own) for rater, own in by_rater.items()},
        "seed": asked.seed,
        "bundle": None,
    }
    queue = "\n".join(f"{p.rater}\t{p.item}" for p in places).encode("utf-8", "surrogatepass")
    hashes = {"queue": hashlib.sha256(queue).hexdigest(), "guide": folder.guide_hash()}
    making.note(folder, "label.sample", told | hashes)
    return answer_of(folder, told, divided, guide_findings(folder), tokens=tokens)
