"""The model card of a bundle: what was shown, on what, and what would make it wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ownproof.core.report import plain
from ownproof.phases.package import doubts
from ownproof.phases.sheet import Handling, sheet
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
    if "opening" not in extra and proof["anchor"]:  # a commit between run and prove writes no other bytes to be tested
        proof |= {"level": "S1", "anchor": None}
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
        "sheet": sheet_of(state),
        "wrong": doubts(task, temporal=state.times is not None, proof=proof["level"]),
    }
    cleaned: dict[str, Any] = plain({**card, **extra})
    return cleaned


def sheet_of(state: State) -> list[dict[str, Any]]:
    """What is known of the eight kinds of leakage, from how this project handled its rows."""
    config, schema = state.project.config, state.need("dataset").schema
    time, group = schema.role("time"), schema.role("group")
    return sheet(
        Handling(
            int(state.need("matched").sealed.sum()),
            supplied=bool(config.test),
            against=bool(config.against),
            time=time.name if time else None,
            group=group.name if group else None,
            horizon=config.horizon,
            features=len(schema.features),
            available=state.facts.get("available", {}),
            available_file=Path(config.available).name if config.available else "",
            returning=config.groups == "returning",
            found=[f for f in state.reports["audit"].findings if f.rule.startswith(("leak.", "quality.population"))],
            gates=[g for r in ("audit", "split", "guard") if r in state.reports for g in state.reports[r].gates],
        )
    )
