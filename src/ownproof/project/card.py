"""The model card of a bundle: what was shown, on what, and what would make it wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ownproof.core.report import plain
from ownproof.phases.package import doubts
from ownproof.project.answer import body, proof_of
from ownproof.project.state import State
from ownproof.render.sentence import sentence


def card_of(state: State, *, weights: str, extra: Mapping[str, Any]) -> dict[str, Any]:
    """The card as JSON; nothing in it depends on the clock, so that the same model has the same card."""
    task, dataset = state.need("task"), state.need("dataset")
    answer = body(state, "run")
    waivers = [g.waived_by for g in state.gates if g.status == "waived"]
    said = [
        dict(e.data)
        for e in state.project.ledger.entries("prove.opened")
        if e.data["generation"] == state.need("seal").generation
    ]
    if "opening" not in extra:  # the bundle that is tested says nothing of its own opening, so that a rerun after a
        own = next((i for i, o in enumerate(said) if o["run"] == state.run), len(said))  # crash writes the same bytes
        said = said[:own]
    openings = [{k: o[k] for k in ("run", "number", "alpha", "burn")} for o in said]
    answer["proof"] = proof = {**proof_of(state), "openings": len(openings)}
    card: dict[str, Any] = {
        "title": f"A model of {task.column}",
        "sentence": sentence(answer),
        "verdict": state.verdict,
        "evidence": state.evidence,
        "weights": weights,
        "run": state.run,
        "metric": task.metric,
        "model": state.need("model").name,
        "baseline": answer["baseline"],
        "metrics": answer["metrics"],
        "rows": len(dataset),
        "data": dataset.fingerprint[:16],
        "proof": proof,
        "openings": openings,
        "waivers": waivers,
        "wrong": doubts(task, temporal=state.times is not None, proof=proof["level"]),
    }
    cleaned: dict[str, Any] = plain({**card, **extra})
    return cleaned
