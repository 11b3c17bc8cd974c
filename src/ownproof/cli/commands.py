"""What each command does: from parsed arguments to an answer and the text that shows it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

from ownproof.cli import (
    agreeing,
    deciding,
    deploying,
    journal,
    labelling,
    looking,
    monitoring,
    planning,
    serving,
    signing,
    watching,
)
from ownproof.cli.terminal import Answer, here, told, watch, width
from ownproof.errors import UsageError

ROLES = ("target", "task", "time", "group", "id", "weight", "groups", "horizon", "available", "against")
CHOICES = (
    "test",
    "rule",
    "cost",
    "metric",
    "positive",
    "worthwhile",
    "interval",
    "share",
    "budget",
    "trials",
    "distil",
    "max_latency_ms",
    "max_size_mb",
    "cores",
    "seed",
)
FILES = ("available", "against", "test")
WRITES_NONE = ("audit", "plan")


def do(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Answer one command: the JSON object, and what a terminal shows."""
    name = arguments.command
    if name in ("run", "audit", "split", "train", "evaluate", "package"):
        return _step(arguments)
    return COMMANDS[name](arguments)


def _flags(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was said by flags, as settings."""
    from ownproof.project import config as settings

    said: dict[str, Any] = {n: getattr(arguments, n, None) for n in (*ROLES, *CHOICES)}
    for name in FILES:
        if said[name]:
            said[name] = settings.relative(said[name], Path.cwd())
    for name in ("rule", "cost"):
        if said[name] and Path(said[name]).is_file():
            said[name] = str(Path(said[name]).resolve())
    said["drop"] = settings.names_of([]) or tuple(getattr(arguments, "drop", ()))
    said["slices"] = tuple(getattr(arguments, "slices", ()))
    said["floors"] = tuple(getattr(arguments, "floors", ()))
    said["monotone"] = tuple(getattr(arguments, "monotone", ()))
    said["learners"] = settings.names_of(getattr(arguments, "learners", ()))
    return said


def _place(arguments: argparse.Namespace) -> tuple[Any, Any]:
    """The project of a call and what its data is named by; the project is None where none is to be written."""
    from ownproof.project import config as settings
    from ownproof.project import flow
    from ownproof.project.config import Config
    from ownproof.project.project import Project, find

    flags = _flags(arguments)
    data = settings.relative(arguments.data, Path.cwd()) if arguments.data else None
    inside = find(Path.cwd())
    if arguments.out is None and inside is not None:
        project = flow.opened(inside, flags)
        return project, data or (settings.relative(project.config.data, inside) if project.config.data else "")
    out = Path(arguments.out).resolve() if arguments.out else None
    if out is None and data is not None and arguments.command not in WRITES_NONE:
        out = flow.default_out(arguments.data)
    if out is not None and flow.is_project(out):
        project = flow.opened(out, {**flags, "data": data})
        return project, data or settings.relative(project.config.data, out)
    if data is None:
        raise UsageError(
            f"ownproof {arguments.command} needs DATA",
            expected="a table, or a project to work in",
            hint=f"ownproof {arguments.command} data.csv --target COLUMN, or -C PROJECT",
            where="DATA",
        )
    if not flags.get("target"):
        raise UsageError(
            "no target was named",
            expected="--target COLUMN",
            where="--target",
            hint="name the column to predict: --target COLUMN",
        )
    config = settings.override(Config(data=data), flags)
    flow.check(config)
    if out is None:
        return config, data
    if "://" not in data and not Path(data).exists():
        from ownproof.core import registry
        from ownproof.core.reading import read_table

        read_table(data, readers=registry.shelf("readers"))  # says what is wrong before a folder is made
    return Project.create(out, config), data


def _kept(project: Any, arguments: argparse.Namespace) -> str:
    """A line for the settings that a project brought with it and no flag said: they count, so they are told."""
    from ownproof.project import config as settings
    from ownproof.project.config import Config

    said = {n for n, v in _flags(arguments).items() if v is not None and v != ()}
    if isinstance(project, Config) or project.made:
        return ""
    theirs = settings.read(project.root / "project.toml").to_json()
    kept = [f"{n} = {v}" for n, v in theirs.items() if n not in {*said, "data", "target"}]
    return f"\nfrom the project's project.toml: {', '.join(kept)}" if kept else ""


def _step(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project import flow
    from ownproof.project.config import Config

    project, data = _place(arguments)
    call = {
        "last": {"run": "package"}.get(arguments.command, arguments.command),
        "command": arguments.command,
        "prove": getattr(arguments, "prove", False),
        "ship": getattr(arguments, "ship", None),
    }
    gone = isinstance(project, Config)
    kept = _kept(project, arguments)
    with closing(watch(arguments)) as news, flow.in_memory(project) if gone else nullcontext(project) as place:
        answer = flow.run(place, data, news=news, **call)
    if gone:
        answer = flow.without_paths(answer)
    return answer, told(answer) + kept


def _init(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project import config as settings
    from ownproof.project.config import Config
    from ownproof.project.project import FILE, Project

    folder = Path(arguments.dir).resolve()
    if (folder / FILE).is_file():
        raise UsageError(
            f"{folder} is a project already",
            expected="a folder without project.toml",
            hint="edit its project.toml",
            where=str(folder),
        )
    data = settings.relative(arguments.data, Path.cwd()) if arguments.data else ""
    project = Project.create(folder, Config(data=data, target=arguments.target or ""))
    with project.lock("ownproof init"):
        project.note("init", {"data": data})
    answer: Answer = {
        "schema": "ownproof/1",
        "command": "init",
        "exit": 0,
        "project": str(folder),
        "ledger": str(folder / "ledger.jsonl"),
    }
    return answer, f"made {folder / FILE}; edit it, then: ownproof run -C {arguments.dir}"


def _seal(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project import flow

    project, data = _place(arguments)
    answer = flow.seal(project, data, new=arguments.new, check=arguments.check)
    sealed = answer["seal"]
    return answer, (
        f"generation {sealed['generation']} ({sealed['state']}): {sealed['rows']:,} rows, "
        f"{sealed['units']:,} units sealed; {sealed['reason']}"
    )


def _prove(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project import flow

    project = here()
    before = len(project.ledger)
    with closing(watch(arguments)) as news:
        answer = flow.prove(project, arguments.run, burn=arguments.burn, ship=arguments.ship, news=news)
    return answer, told(answer) + (_stored(answer) if len(project.ledger) == before and answer["exit"] == 0 else "")


def _stored(answer: Answer) -> str:
    """A line for a verdict of before: nothing was opened, and how other weights would ship."""
    other = "refit" if answer["weights"] == "tested" else "tested"
    return (
        f"\nThis is the stored verdict; the test was not opened again. The {answer['weights']} weights ship; "
        f"to ship the others: --ship {other}"
    )


def _predict(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.runtime.batch import predict

    with closing(watch(arguments)) as news:
        done = predict(
            arguments.bundle,
            arguments.data,
            arguments.out,
            quarantine_most=arguments.quarantine_most,
            cores=arguments.cores,
            news=lambda rows, total: news("predict", rows, total, ""),
        )
    answer: Answer = {"schema": "ownproof/1", "command": "predict", **done}
    return answer, _predicted(done)


def _predicted(done: Mapping[str, Any]) -> str:
    """A job of batch scoring as a terminal shows it."""
    if done["out"] is None:
        gate = done["gates"][0]
        return (
            f"refused: {done['quarantined']:,} of {done['rows']:,} rows or more cannot be read, "
            f"at most {gate['threshold']:.3g} of them may be; nothing was published; {gate['advice']}"
        )
    warning = {
        ("BETTER", "sealed"): "",
        (
            "BETTER",
            "out-of-fold",
        ): "\nwarning: BETTER on out-of-fold evidence only; the sealed test is closed (ownproof prove)",
    }.get((done["verdict"], done["evidence"]), "\nwarning: the bundle is unproven")
    warning += f"\n{done['hint']}" if done["hint"] else ""
    before = " (as before: neither data nor model changed)" if done["stored"] else ""
    more = f" ({done['resumed']:,} of them before this start)" if done["resumed"] else ""
    reasons = f", reasons: {done['quarantine']}" if done["quarantine"] else ""
    return (
        f"{done['rows']:,} rows answered{more} ({done['quarantined']:,} quarantined{reasons}): "
        f"{done['out']}{before}{warning}"
    )


def _adopt(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project.adopting.entry import adopt, tell, text_of

    adopted = adopt(
        arguments.model,
        arguments.data,
        target=arguments.target,
        out=arguments.out,
        **{role: getattr(arguments, role) for role in ("id", "time", "group")},
        drop=arguments.drop,
        classes=arguments.classes,
        positive=arguments.positive,
        metric=arguments.metric,
    )
    tell(adopted.answer, Path.cwd())
    answer: Answer = {"schema": "ownproof/1", "command": "adopt", **adopted.answer}
    return answer, text_of(adopted.answer)


def _waive(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project.project import waive

    project = here()
    with project.lock("ownproof waive"):
        entry = waive(project, arguments.gate, because=arguments.because, until=arguments.until, who=arguments.who)
    answer: Answer = {
        "schema": "ownproof/1",
        "command": "waive",
        "exit": 0,
        "waiver": dict(entry.data),
        "ledger": str(project.ledger.path),
    }
    return answer, f"{arguments.gate} is waived until {arguments.until} by {arguments.who}: {arguments.because}"


def _judge(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project import config as settings
    from ownproof.project import flow
    from ownproof.project.config import Config
    from ownproof.project.judging import judge

    arguments.command = "audit"  # the same place: none is written without --out
    project, data = _place(arguments)
    gone = isinstance(project, Config)
    with flow.in_memory(project) if gone else nullcontext(project) as place:
        answer = judge(place, data, settings.relative(arguments.predictions, Path.cwd()))
    if gone:
        answer = flow.without_paths(answer)
    return answer, told(answer)


def _selftest(arguments: argparse.Namespace) -> tuple[Answer, str]:
    from ownproof.project.selftest.run import selftest
    from ownproof.render.text import table

    with closing(watch(arguments)) as news:
        answer = selftest(quick=arguments.quick, news=lambda words, done, total: news("selftest", done, total, words))
    rows = [
        (c["planted"], c["gate"], c["expected"], _seen(c["said"], c["seen"], c["gate"]), _seen(c["twin_said"], c["twin"]), _said(c))
        for c in answer["checks"]
    ]  # fmt: skip
    good = sum(c["fired"] and c["sound"] for c in answer["checks"])
    last = f"{good} of {len(rows)} gates fired on what was planted and let its sound twin pass"
    return answer, f"{table(('planted', 'gate', 'exit', 'seen', 'sound twin', ''), rows, width=width())}\n\n{last}"


def _seen(said: Sequence[str], code: int, expected: str = "") -> str:
    """The exit code, with whatever refused beside what was expected to."""
    return " ".join((str(code), *(s for s in said if s != expected)))


def _said(check: Mapping[str, Any]) -> str:
    return ("fired" if check["fired"] else "MISSED") + ("" if check["sound"] else ", FALSE REFUSAL")


COMMANDS: Mapping[str, Callable[[argparse.Namespace], tuple[Answer, str]]] = {
    "init": _init,
    "decide": deciding.decide,
    "seal": _seal,
    "prove": _prove,
    "predict": _predict,
    "adopt": _adopt,
    "waive": _waive,
    "show": looking.show,
    "diff": looking.diff,
    "history": looking.history,
    "kinds": looking.kinds,
    "verify": signing.verify,
    "judge": _judge,
    "plan": lambda arguments: planning.plan(arguments, _place),
    "selftest": _selftest,
    "monitor": monitoring.monitor,
    "deploy": deploying.deploy,
    "feedback": journal.feedback,
    "journal": journal.journal,
    "keygen": signing.keygen,
    "label": labelling.label,
    "serve": serving.serve,
    "sign": signing.sign,
    "agree": agreeing.agree,
    "drift": watching.drift,
}
