"""From a request to an answer: which project, which run, what was answered before, and what is still to do."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ownproof.core import registry
from ownproof.core.learner import Learner
from ownproof.errors import InputError, Tampered, UsageError, all_at_once
from ownproof.phases import seal as seal_phase
from ownproof.phases.seal import Past, Seal
from ownproof.phases.train.plan import unusable
from ownproof.project import answer as answers
from ownproof.project import config as settings
from ownproof.project import proving, steps
from ownproof.project.code import code_digest
from ownproof.project.config import Config
from ownproof.project.data import UNLABELLED, fingerprint
from ownproof.project.project import FILE, Project, config_error
from ownproof.project.sovereignty import offline, reach
from ownproof.project.state import News, State, silence
from ownproof.project.store import digest, file_digest
from ownproof.stats.ordered import distinct

WHOLE = ("run", "package")
"""The commands that walk the whole line: their answers are kept, and can be proven."""
NEEDS_FILES = ("available", "against", "test", "rule", "cost")


def default_out(data: str) -> Path:
    """`./STEM.ownproof` for a bare file."""
    stem = Path(data.partition("?")[0].rstrip("/")).name.partition(".")[0] or "data"
    return Path(f"{stem}.ownproof").resolve()


def run_id(config: Config, data: str) -> str:
    """The name of a run: a digest of the data, the settings and the files they name, and the code."""
    told = {k: v for k, v in config.to_json().items() if k != "data"}
    for name in NEEDS_FILES:
        value = getattr(config, name)
        if value and "://" not in value and Path(value).is_file():
            told[name] = file_digest(Path(value))
    return digest(data, told, code_digest())[:24]


def every_seal(project: Project) -> list[Seal]:
    """The seals of all generations, oldest first. Raises Tampered when a list is not the one in the ledger."""
    found = []
    for entry in project.ledger.entries("seal"):
        folder = project.store.root / "seal" / str(entry.data["key"])
        try:
            keys = np.load(folder / "keys.npy", allow_pickle=False)
            seal = Seal.from_json(json.loads((folder / "seal.json").read_text(encoding="utf-8")), keys)
        except (OSError, ValueError, KeyError) as why:
            raise Tampered(
                f"the list of sealed rows of generation {entry.data['generation']} is damaged: {why}",
                expected="the list that the ledger names",
                hint="put the project's store back as it was",
                where="store/seal",
            ) from why
        if seal.digest != entry.data["digest"]:
            raise Tampered(
                f"the list of sealed rows of generation {seal.generation} was changed",
                expected="the list that the ledger names",
                hint="put the project's store back as it was",
                where="store/seal",
            )
        found.append(seal)
    return found


def newest_seal(project: Project) -> Seal | None:
    """The seal in force, None before the first."""
    seals = every_seal(project)
    return seals[-1] if seals else None


def check(config: Config) -> None:
    """Raise everything that is wrong with the settings at once."""
    learners: Mapping[str, Learner] = registry.learners() if config.learners else {}
    problems = [*config.problems(), *unusable(learners, config.learners)]
    if problems:
        raise all_at_once(problems)


def without_target(config: Config) -> Config:
    """`--target none` asks for strange rows: the settings as the steps read them."""
    return replace(config, target=UNLABELLED, task=UNLABELLED) if config.target == "none" else config


def begin(project: Project, source: Any, *, news: News = silence) -> State:
    """A run's state before its first step."""
    config = project.config = without_target(project.config)
    check(config)
    missing = [n for n, v in (("data", source), ("target", config.target)) if v is None or v == ""]
    if missing:
        raise config_error(f"no {' and no '.join(missing)} was named", ", ".join(f"--{m}" for m in missing))
    named = {}
    if config.rule and config.rule.startswith("column:"):  # a past decision is the bar, not something to learn from
        past = named["--rule"] = config.rule.removeprefix("column:")
        config = project.config = replace(config, drop=tuple(dict.fromkeys((*config.drop, past))))
    mark = fingerprint(source)
    state = State(project, source, run_id(config, mark), config.rules(), news, mark=mark)
    state.facts["named"] = named
    state.seal = newest_seal(project)
    if config.policy:
        project.note_once("policy", {"overrides": dict(config.policy)})
    return state


@contextmanager
def working(project: Project, command: str) -> Iterator[None]:
    """The project, held for one command; what was only needed meanwhile goes with it."""
    with project.lock(f"ownproof {command}"), offline(reach(project.root), os.environ):
        try:
            yield
        finally:
            shutil.rmtree(project.store.root / "scratch", ignore_errors=True)
            project.store.sweep()


def run(
    project: Project,
    source: Any,
    *,
    last: str = "package",
    command: str = "run",
    prove: bool = False,
    ship: str | None = None,
    news: News = silence,
) -> dict[str, Any]:
    """Walk the steps up to `last` and answer; the same run again returns the stored answer.

    prove: then open the sealed test, once, when the out-of-fold verdict is BETTER.
    """
    with working(project, command):
        state = begin(project, source, news=news)
        if command in WHOLE:  # what was proven is what counts, also for a run that does not ask for it again
            stored = answers.kept_proof(project, state.run) or (None if prove else answers.kept(project, state.run))
            if stored is not None and not (prove and _other_weights(stored, ship)):
                return {**stored, "command": command}
        project.note_once(
            "config", {"run": state.run, "config": _portable(project.config), "source": _named(project, source)}
        )
        steps.walk(state, last)
        if not (command == "run" and prove) or state.stopped or state.verdict != "BETTER":
            answer = answers.build(state, command)
            if command in WHOLE:
                answers.keep(state, answer)
            return answer
        answers.keep(state, answers.build(state, command))
        answer = proving.prove(state, burn=None, ship=ship)
        return {**answer, "command": command}


def _portable(config: Config) -> dict[str, Any]:
    return config.to_json()


def _named(project: Project, source: Any) -> str:
    """What the ledger calls the data: what lies inside the project by its place there, so that a project can move."""
    path = Path(str(source))
    return path.relative_to(project.root).as_posix() if path.is_relative_to(project.root) else str(source)


def _other_weights(stored: Mapping[str, Any], ship: str | None) -> bool:
    """Whether other weights are asked for by name than those that a proven run ships."""
    return ship is not None and bool(stored["bundle"]) and (stored["weights"] == "tested") != (ship == "tested")


def prove(
    project: Project, name: str | None, *, burn: str | None, ship: str | None, news: News = silence
) -> dict[str, Any]:
    """Open the sealed test for a finished run, or return what it answered before.

    ship: `refit` or `tested`, None for the refit at first and for what ships already afterwards. Naming the other
    weights of a proven run switches what ships; the test is not opened again for it.
    """
    with working(project, "prove"):
        run_name = project.run_named(name)
        stored = answers.kept_proof(project, run_name) or _proven_before(project, run_name)
        if stored is not None and not _other_weights(stored, ship):
            return {**stored, "command": "prove"}
        said = next(e for e in reversed(project.ledger.entries("config")) if e.data["run"] == run_name)
        project.config = settings.from_mapping(said.data["config"], where="ledger")
        state = begin(project, settings.relative(said.data["source"], project.root), news=news)
        if state.run != run_name:
            raise InputError(
                f"run {run_name[:12]} cannot be repeated: its data, its files or ownproof changed since",
                expected="the data as it was",
                hint="ownproof run, then ownproof prove",
                where=run_name,
                code="run-changed",
            )
        steps.walk(state, "package")
        if state.need("task").truth == "none":
            raise UsageError(
                "there is nothing to prove without a target: nobody has said which rows are faults",
                expected="a run with a target",
                hint="its page says what is shown; name a column of known answers with --target",
                where="prove",
                code="no-truth",
            )
        if state.stopped:  # refused before it came to a bundle: the test stays sealed
            return answers.build(state, "prove")
        return proving.prove(state, burn=burn, ship=ship)


def _proven_before(project: Project, run: str) -> dict[str, Any] | None:
    """The verdict of a run that was proven under an earlier generation and was not run again since."""
    last = answers.latest(project, run)
    if last is None or last["evidence"] != "sealed":
        return None
    return last if last["proof"]["generation"] < answers.generation_of(project) else None


def seal(project: Project, source: Any, *, new: str | None, check: bool, news: News = silence) -> dict[str, Any]:
    """Draw the seal, check it against the data, or draw the next generation."""
    with working(project, "seal"):
        state = begin(project, source, news=news)
        before = state.seal
        if check and before is None:
            raise UsageError(
                "nothing is sealed yet",
                expected="a sealed project",
                where="--check",
                hint="leave out --check to draw the seal",
            )
        steps.read(state)
        if new is not None:
            if not new.strip():
                raise UsageError(
                    "--new needs a reason", expected="words", hint='--new "new rows of March"', where="--new"
                )
            _next_generation(state, new)
        steps.seal(state)
        sealed, matched = state.need("seal"), state.need("matched")
        answer = answers.body(state, "seal")
        changed = "drawn" if before is None else "new" if new is not None else "found"
        return {
            **answer,
            "seal": {
                "generation": sealed.generation,
                "kind": sealed.kind,
                "reason": sealed.reason,
                "rows": int(matched.sealed.sum()),
                "units": len(sealed.keys),
                "state": changed,
                "digest": sealed.digest,
                "found_share": matched.found_share,
                "cut": sealed.cut,
            },
            "ledger": str(project.root / "ledger.jsonl"),
            "project": str(project.root),
        }


def _next_generation(state: State, reason: str) -> None:
    """Seal only units that nothing was trained on and that no earlier generation sealed."""
    old = state.seal
    if old is None:
        raise UsageError("nothing is sealed yet", expected="a sealed project", hint="leave out --new", where="--new")
    steps.adopt_time(state, old)
    dataset, target, task = state.need("dataset"), state.need("target"), state.need("task")
    past = [Past(seal, _trained(state, seal.generation)) for seal in every_seal(state.project)]
    fresh = seal_phase.draw_new(
        dataset,
        target.strata(dataset.truth, task),
        state.need("loaded").inputs,
        past=past,
        groups=state.project.config.roles().groups,
        policy=state.policy,
        reason=reason,
    )
    steps.keep_seal(state, fresh)
    state.seal = fresh


def _trained(state: State, generation: int) -> np.ndarray:
    """The units that something was trained on under one generation of the seal."""
    store = state.project.store
    keys = [k for k in store.keys("trained") if k.startswith(f"{generation}-")]
    every = [np.load(store.root / "trained" / k / "keys.npy", allow_pickle=False) for k in keys]
    return distinct(np.concatenate(every)) if every else np.empty(0, np.uint64)


@contextmanager
def in_memory(config: Config) -> Iterator[Project]:
    """A project that leaves nothing behind, for commands that write none."""
    folder = Path(tempfile.mkdtemp(prefix="ownproof-"))
    try:
        yield Project.create(folder, config)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def without_paths(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of a project that is gone: its paths mean nothing any more."""
    suspects = {**answer["suspects"], "file": None} if answer.get("suspects") else None
    gone = {"ledger": None, "report": None, "project": None, "bundle": None}
    return {**answer, **gone, "suspects": suspects} if "suspects" in answer else {**answer, **gone}


def opened(root: Path, said: Mapping[str, Any]) -> Project:
    """An existing project, with what was said on top of its own settings; its files are meant from its own folder."""
    project = Project.open(root)
    base = project.config
    for name in NEEDS_FILES:
        value = getattr(base, name)
        if value and (root / value).is_file():
            base = settings.override(base, {name: str((root / value).resolve())})
    project.config = settings.override(base, said)
    return project


def is_project(folder: Path) -> bool:
    """Whether a folder is a project."""
    return (folder / FILE).is_file()


def with_data(config: Config, data: str) -> Config:
    """The settings with their data."""
    return replace(config, data=data)
