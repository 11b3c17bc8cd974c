"""`deploy`: a bundle, or the one that a project ships, becomes files for Docker or Kubernetes."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownproof.errors import OwnproofError, UsageError, all_at_once
from ownproof.project.deploying.folder import lay
from ownproof.project.deploying.parts import ANSWERS, CHECKS, SERVES, asked, closure, named, parts_list, pins, plain
from ownproof.project.deploying.settings import NAME as SETTINGS
from ownproof.project.deploying.settings import carried
from ownproof.project.deploying.wheel import wheels
from ownproof.project.journal import keeping
from ownproof.project.project import FILE
from ownproof.project.shipping import shipped
from ownproof.render.deploy.dashboards import dashboards
from ownproof.render.deploy.docker import Image, docker
from ownproof.render.deploy.kubernetes import Place, kubernetes
from ownproof.runtime.bundle import Bundle, open_bundle
from ownproof.version import VERSION

NAME = re.compile(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?")
"""What Kubernetes takes as a name (RFC 1035), with room for what is added to it."""
IMAGE = re.compile(r"[\w][\w./:@-]{0,254}", re.ASCII)
TAG = 12
PORT = 8080
REPLICAS = 2


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was said by flags; None and empty for the default."""

    name: str | None = None
    base: str | None = None
    image: str | None = None
    namespace: str = "default"
    replicas: int = REPLICAS
    port: int = PORT
    storage_class: str = ""

    def problems(self) -> list[OwnproofError]:
        """Everything that is wrong with the flags."""
        checks = (
            ("--name", self.name, NAME, "lower-case letters, digits and dashes, a letter first, at most 40"),
            ("--namespace", self.namespace, NAME, "lower-case letters, digits and dashes, a letter first, at most 40"),
            (
                "--storage-class",
                self.storage_class or None,
                re.compile(r"[a-z0-9][-.a-z0-9]*"),
                "a storage class's name",
            ),
            ("--image", self.image, IMAGE, "an image such as registry.example.com/team/churn:1"),
            ("--base", self.base, IMAGE, "a Python image such as python:3.13-slim@sha256:..."),
        )
        wrong: list[OwnproofError] = [
            UsageError(f"{flag} is {value!r}", expected=expected, where=flag, hint=f"write {flag} as {expected}")
            for flag, value, pattern, expected in checks
            if value is not None and not pattern.fullmatch(value)
        ]
        for flag, number, least, most in (("--replicas", self.replicas, 1, 1000), ("--port", self.port, 1024, 65535)):
            if not least <= number <= most:
                wrong.append(
                    UsageError(
                        f"{flag} is {number}",
                        expected=f"a whole number from {least} to {most}",
                        where=flag,
                        hint=f"leave out {flag} for {PORT if flag == '--port' else REPLICAS}",
                    )
                )
        return wrong


def deploy_docker(path: Path, out: Path, wishes: Wishes, *, force: bool = False) -> dict[str, Any]:
    """Write the folder of an image of the bundle that `path` means; returns what the answer says of it."""
    _check(wishes)
    settings = carried(path)
    bundle = open_bundle(shipped(path), public_key=_key(settings))
    try:
        told = (bundle.folder / "requirements.txt").read_text(encoding="utf-8")
        told += "".join(f"{n}\n" for n in CHECKS if len(settings) > 1)
        needed = list(dict.fromkeys([*named(told), *map(plain, (*ANSWERS, *SERVES))]))
        parts = closure(needed)
        name = wishes.name or _name(bundle)
        image = Image(
            name=name,
            tag=bundle.hash[:TAG],
            hash=bundle.hash,
            base=wishes.base or base(),
            title=str(bundle.card.get("title") or name),
            verdict=_verdict(bundle),
            port=wishes.port,
            requirements=asked(told, parts),
            constraints=pins(parts),
        )
        files = {
            **docker(image),
            **{f"settings/{n}": raw for n, raw in settings.items()},
            "sbom.cdx.json": parts_list(parts, model=bundle.hash, name=name, needed=needed),
            **{f"wheels/{n}": raw for n, raw in wheels(_kinds(bundle)).items()},
            **{f"bundle/{n}": (bundle.folder / n).read_bytes() for n in _names(bundle.folder)},
        }
        changed = lay(out, files, force=force)
    finally:
        bundle.close()
    return {**_said(bundle, name, out, files, changed), "image": f"{name}:{image.tag}", "base": image.base}


def deploy_kubernetes(path: Path, out: Path, wishes: Wishes, *, force: bool = False) -> dict[str, Any]:
    """Write the Kubernetes objects around the image of the bundle that `path` means."""
    _check(wishes)
    settings = carried(path)
    bundle = open_bundle(shipped(path), public_key=_key(settings))
    bundle.close()
    name = wishes.name or _name(bundle)
    image = wishes.image or f"{name}:{bundle.hash[:TAG]}"
    place = Place(
        name=name,
        namespace=wishes.namespace,
        image=image,
        hash=bundle.hash,
        tag=bundle.hash[:TAG],
        port=wishes.port,
        replicas=wishes.replicas,
        storage_class=wishes.storage_class,
        settings={n: raw.decode() for n, raw in settings.items()},
        keep=(keeping(path / FILE).keep if (path / FILE).is_file() else None) or "",
    )
    files = kubernetes(place)
    changed = lay(out, files, force=force)
    return {**_said(bundle, name, out, files, changed), "image": image, "namespace": wishes.namespace}


def deploy_dashboards(out: Path, wishes: Wishes, *, force: bool = False) -> dict[str, Any]:
    """Write what Prometheus, Alertmanager and Grafana are told; the job is called `wishes.name`, or ownproof."""
    _check(wishes)
    name = wishes.name or "ownproof"
    files = dashboards(name)
    changed = lay(out, files, force=force)
    return {"name": name, "out": str(out.resolve()), "files": sorted(files), "changed": sorted(changed)}


def _key(settings: Mapping[str, bytes]) -> str | None:
    """The key that a project trusts, as PEM text."""
    return next((raw.decode("utf-8", "replace") for name, raw in settings.items() if name != SETTINGS), None)


def base() -> str:
    """The image to build on: this Python's minor version, which is the one that the pinned versions were tried with."""
    return f"python:{sys.version_info.major}.{sys.version_info.minor}-slim"


def _check(wishes: Wishes) -> None:
    problems = wishes.problems()
    if problems:
        raise all_at_once(problems)


def _said(bundle: Bundle, name: str, out: Path, files: Mapping[str, bytes], changed: list[str]) -> dict[str, Any]:
    return {
        "name": name,
        "bundle": bundle.hash,
        "proven": bundle.proven and bundle.card.get("evidence") == "sealed",
        "version": VERSION,
        "out": str(out.resolve()),
        "files": sorted(n for n in files if not n.startswith("bundle/")),
        "changed": sorted(changed),
    }


def _verdict(bundle: Bundle) -> str:
    return f"{bundle.card.get('verdict') or 'none'} ({bundle.card.get('evidence') or 'no'} evidence)"


def _name(bundle: Bundle) -> str:
    """A name from the target's: `default payment` gives `default-payment-model`."""
    word = re.sub(r"[^a-z0-9]+", "-", bundle.task.column.lower()).strip("-")[:32].strip("-")
    return f"{word}-model" if NAME.fullmatch(f"{word}-model") else "model"


def _kinds(bundle: Bundle) -> dict[str, set[str]]:
    scorers = {m.scorer for m in bundle.members}
    return {
        "inputs": {c.kind for c in bundle.schema.columns if c.kind},
        "targets": {bundle.task.target},
        "scorers": scorers,
    }


def _names(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
