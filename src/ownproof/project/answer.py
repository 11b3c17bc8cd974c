"""The JSON answer of a run, and its report pages: built from the state, kept in the store."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ownproof.core.report import Section, blocks_from_json, blocks_to_json, plain
from ownproof.errors import Tampered
from ownproof.phases.package import doubts, doubts_section
from ownproof.project import quality
from ownproof.project.anchor import commit_of
from ownproof.project.labelling import gate as agreement_gate
from ownproof.project.project import Project, now
from ownproof.project.state import State, check_bundle, check_openings
from ownproof.project.store import digest
from ownproof.render import markdown
from ownproof.render.html import page
from ownproof.version import VERSION

SCHEMA = "ownproof/1"
PROOFS = {"refit": ".proof", "tested": ".proof.tested"}
"""How the stored answer of a proof ends, by the weights that were asked for."""
EXITS = {"BETTER": 0, "CANNOT TELL": 3, "NOT BETTER": 4}


def exit_of(state: State) -> int:
    """4 when a gate refused, 3 when the evidence does not decide, else 0; a waived verdict passes."""
    if state.stopped:
        return 4
    if any(g.status == "inconclusive" for g in state.gates):
        return 3
    return 0


def proof_of(state: State) -> dict[str, Any]:
    """The level of proof: S1 sealed by the tool, S2 when a git commit holds the seal from before its opening; S0 where
    somebody declares the test, or nothing was sealed."""
    sealed = state.seal
    if sealed is None:
        return {"level": "S0", "generation": None, "openings": 0, "sealed_units": 0, "anchor": None}
    openings = sum(e.data["generation"] == sealed.generation for e in state.project.ledger.entries("prove.opened"))
    anchor = None
    if sealed.kind != "supplied":  # git is asked once a command
        key = f"anchor-{sealed.generation}"
        anchor = state.facts[key] if key in state.facts else commit_of(state.project.ledger, sealed.generation)
        state.facts[key] = anchor
    return {
        "level": "S0" if sealed.kind == "supplied" else "S2" if anchor else "S1",
        "generation": sealed.generation,
        "openings": openings,
        "sealed_units": len(sealed.keys),
        "anchor": anchor,
    }


def body(state: State, command: str) -> dict[str, Any]:
    """The answer without paths and times: what depends on data, settings and code alone."""
    report = state.reports.get("prove") or state.reports.get("evaluate")
    facts: Mapping[str, Any] = report.facts if report else {}
    errs: Mapping[str, Any] = state.reports["errors"].facts if "errors" in state.reports else {}
    task = state.task
    return dict(
        plain(
            {
                "schema": SCHEMA,
                "command": command,
                "run": state.run,
                "exit": exit_of(state),
                "verdict": state.verdict,
                "evidence": state.evidence,
                "proof": proof_of(state),
                "gates": [g.to_json() for g in state.gates],
                "findings": [f.to_json() for f in state.findings],
                "task": {
                    "input": "+".join(task.inputs),
                    "target": task.target,
                    "classes": list(task.classes),
                    "positive": task.positive,
                    "column": task.column,
                    "metric": task.metric,
                }
                if task
                else None,
                "split": state.split.to_json() if state.split else None,
                "metrics": {k: m.to_json() for k, m in facts.get("metrics", {}).items()},
                "operating": facts.get("operating"),
                "baseline": facts.get("baseline"),
                **{name: facts.get(name) for name in ("at", "money", "calibration")},
                **{name: errs.get(name, []) for name in ("segments", "clusters")},
                "seeds": state.reports["seeds"].facts.get("seeds") if "seeds" in state.reports else None,
                "learning_curve": state.reports["explain"].facts.get("curve") if "explain" in state.reports else None,
                "candidates": state.facts.get("candidates", []),
                "model": state.model.name if state.model else None,
                "weights": state.facts.get("weights", "tested") if state.bundle_path else None,
            }
        )
    )


def build(state: State, command: str) -> dict[str, Any]:
    """The whole answer, with the report written beside it."""
    measured = state.measured
    latency = {k: measured.get(k) for k in ("one_row_p50_ms", "one_row_p95_ms", "rows_per_s")} if measured else None
    trained = state.trained
    budget = None
    if trained:
        total = len(trained.plan.baselines) + len(trained.plan.items) + trained.plan.trials
        budget = {
            "planned": total,
            "done": trained.done,
            "cut": trained.cut,
            "seconds": trained.plan.budget_s,
            "train_s": state.facts.get("train_s"),
        }
    answer = {
        **body(state, command),
        "suspects": quality.file_of(state.reports.get("suspects"), state.facts.get("suspects_file")),
        "latency": latency,
        "budget": budget,
        "bundle": str(state.bundle_path) if state.bundle_path and not state.stopped else None,
        "bundle_hash": state.facts.get("bundle_hash") if not state.stopped else None,
        "bundle_bytes": measured.get("bytes") if measured else None,
        "ledger": str(state.project.root / "ledger.jsonl"),
        "project": str(state.project.root),
        "report": None,
        "seconds": time.perf_counter() - state.started,
        "version": VERSION,
    }
    answer = dict(plain(answer))
    answer["report"] = str(_write_report(state, answer))
    return answer


RESULT_FIRST = (
    "ship",
    "baseline",
    "metrics",
    "worth",
    "errors",
    "suspects",
    "evidence",
    "parts",
    "drivers",
    "learning-curve",
    "seeds",
    "candidates",
    "planning",
)


def chapters(state: State) -> list[Section]:
    """The chapters as a reader wants them: the result, what it rests on, what would make it wrong."""
    first = {name: i for i, name in enumerate(RESULT_FIRST)}
    ordered = sorted(state.sections, key=lambda s: first.get(s.id, len(first)))
    if state.task is None or state.verdict is None:
        return ordered
    lines = doubts(state.task, temporal=state.times is not None, proof=proof_of(state)["level"])
    return [*ordered, doubts_section(lines)]


def _write_report(state: State, answer: dict[str, Any]) -> Path:
    sections = chapters(state)
    blocks = blocks_to_json(sections)
    key = digest(state.run, {k: v for k, v in answer.items() if k not in ("seconds", "latency", "report")}, blocks)[:32]
    folder = state.project.store.root / "report" / key

    def write(place: Path) -> None:
        import json

        told = {**answer, "report": str(folder / "report.html")}
        title = state.task.column if state.task else "report"
        (place / "report.html").write_text(page(told, sections, title=title, made=now()[:10]), encoding="utf-8")
        (place / "report.md").write_text(markdown.page(told, sections, title=title), encoding="utf-8")
        (place / "report.json").write_text(
            json.dumps({"answer": told, "sections": blocks}, ensure_ascii=False, allow_nan=False), encoding="utf-8"
        )

    state.project.store.put("report", key, write)
    return folder / "report.html"


def keep(state: State, answer: Mapping[str, Any], *, proof: bool = False) -> None:
    """Keep the answer, so that the same run is answered from the store."""
    key = f"{state.run}.{stamp(state.project)}" + (PROOFS[state.facts["ship"]] if proof else "")
    state.project.store.put_json("answer", key, {"answer": dict(answer)})
    stored = state.project.store.get_json("answer", key)  # which may be one of before: what is there is what is named
    state.project.note_once(
        "run",
        {
            "run": state.run,
            "command": answer["command"],
            "exit": answer["exit"],
            "verdict": answer["verdict"],
            "evidence": answer["evidence"],
            "report": Path(answer["report"]).relative_to(state.project.root).as_posix(),
            "answer": key,
            "answer_sha256": digest(stored),
        },
    )


def stamp(project: Project) -> str:
    """What an answer depends on beside the run itself: the seal's generation, the waivers in force today, and in a label
    folder the agreement that was measured last."""
    today = now()[:10]
    waivers = [
        [e.data["gate"], e.data["until"], e.data["who"]]
        for e in project.ledger.entries("waive")
        if str(e.data["until"]) >= today
    ]
    agreed = agreement_gate.mark(project)
    return (
        f"{generation_of(project)}" + (f".{digest(waivers)[:12]}" if waivers else "") + (f".{agreed}" if agreed else "")
    )


def generation_of(project: Project) -> int:
    """The newest generation of the seal; 0 before the first."""
    said = project.ledger.entries("seal")
    return int(said[-1].data["generation"]) if said else 0


def kept(project: Project, run: str) -> dict[str, Any] | None:
    """The stored answer of a run under the newest seal, before it was proven."""
    return _kept(project, f"{run}.{stamp(project)}")


def kept_proof(project: Project, run: str) -> dict[str, Any] | None:
    """The stored answer of `prove` for a run under the newest seal: the last one, where it shipped other weights since."""
    keys = [f"{run}.{stamp(project)}{ending}" for ending in PROOFS.values()]
    said = [e.data["answer"] for e in project.ledger.entries("run") if e.data["answer"] in keys]
    return _kept(project, str(said[-1])) if said else None


def latest(project: Project, run: str) -> dict[str, Any] | None:
    """The newest answer of a run, whatever the seal's generation."""
    for entry in reversed(project.ledger.entries("run")):
        if entry.data["run"] == run:
            return _kept(project, str(entry.data["answer"]))
    return None


def _kept(project: Project, key: str) -> dict[str, Any] | None:
    for generation in range(1, generation_of(project) + 1):  # a verdict of before stands on a ledger that lacks nothing
        check_openings(project, generation)
    if project.store.get("answer", key) is None:
        return None
    found = project.store.get_json("answer", key)
    named = {e.data.get("answer_sha256") for e in project.ledger.entries("run") if e.data["answer"] == key}
    if found is None or (named and digest(found) not in named):
        raise Tampered(
            "a stored answer is not the one that the ledger names",
            expected="the answer as it was written",
            hint=f"put the project's store back as it was, or remove store/answer/{key} and run the same command again",
            where=f"store/answer/{key}",
            code="answer",
        )
    answer = _here(project, found["answer"])
    if answer.get("bundle"):
        if not Path(answer["bundle"]).is_dir():
            return None
        check_bundle(project, Path(answer["bundle"]))
    return answer


def _here(project: Project, answer: Mapping[str, Any]) -> dict[str, Any]:
    """A stored answer with its paths as they are now: a project's folder may have been moved or renamed."""
    before = Path(str(answer["project"]))
    found = dict(answer)
    for name in ("bundle", "report", "ledger", "project"):
        if found.get(name) and Path(found[name]).is_relative_to(before):
            found[name] = str(project.root / Path(found[name]).relative_to(before))
    told = found.get("suspects") or {}
    if told.get("file") and Path(told["file"]).is_relative_to(before):
        found["suspects"] = {**told, "file": str(project.root / Path(told["file"]).relative_to(before))}
    return found


def sections_of(answer: Mapping[str, Any]) -> Any:
    """The chapters of a stored report."""
    import json

    path = Path(str(answer["report"])).with_name("report.json")
    return blocks_from_json(json.loads(path.read_text(encoding="utf-8"))["sections"])
