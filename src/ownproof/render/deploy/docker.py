"""The folder that `docker build` makes an image of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ownproof.render.deploy.templates import fill
from ownproof.version import VERSION

UID = 10001
"""Who the server runs as: nobody of the host, and not root."""
ANYWHERE = "0.0.0.0"  # noqa: S104 - within a container; who gets in is the keys' and the network policy's matter
SETTINGS = "/etc/ownproof/settings.toml"
KEYS = "/run/secrets/ownproof/keys.toml"


@dataclass(frozen=True, slots=True)
class Image:
    """What an image is made of.

    name: of the model, tag: what follows the colon; base: a Python image for Debian, at best by digest;
    title, verdict: what the model's card says; requirements, constraints: the lines of the files of these names.
    """

    name: str
    tag: str
    hash: str
    base: str
    title: str
    verdict: str
    port: int
    requirements: Sequence[str]
    constraints: Sequence[str]


def serve_command(port: str | int, *, workers: str = "1") -> list[str]:
    """The words after `ownproof` that answer on a port with the bundle of the image."""
    return [
        "serve", "/bundle", "--host", ANYWHERE, "--port", str(port), "--workers", workers,
        "--journal", "/journal", "--keys", KEYS, "--settings", SETTINGS,
    ]  # fmt: skip


def docker(image: Image) -> Mapping[str, bytes]:
    """The text files of the folder, by name; the bundle, the wheels and the list of parts lie beside them."""
    values = {
        "hash": image.hash,
        "title": _quotable(image.title),
        "verdict": _quotable(image.verdict),
        "version": VERSION,
        "name": image.name,
        "tag": image.tag,
        "image": f"{image.name}:{image.tag}",
        "base": image.base,
        "port": image.port,
        "uid": UID,
        "command": serve_command(image.port),
    }
    return {
        "Dockerfile": fill("docker/Dockerfile.j2", **values),
        ".dockerignore": fill("docker/dockerignore.j2"),
        "requirements.txt": _lines(image.requirements),
        "constraints.txt": _lines(image.constraints),
    }


def _lines(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _quotable(text: str) -> str:
    """Words of a card as they may stand in a comment and between double quotes of a Dockerfile.

    >>> _quotable('a "b" $c')
    "a 'b' c"
    """
    return re.sub(r"[\x00-\x1f\x7f\\$`{}]", "", text.replace('"', "'"))[:200]
