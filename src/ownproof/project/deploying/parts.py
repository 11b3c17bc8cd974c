"""What an image is made of: the libraries that a bundle needs, all that those need, and the list of it all."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from ownproof.version import VERSION

if TYPE_CHECKING:
    from packaging.requirements import Requirement

ANSWERS = ("numpy", "polars", "onnxruntime")
"""What a bundle needs to answer a table."""
SERVES = ("msgspec", "fastapi", "uvicorn", "uvloop", "httptools", "jinja2")
"""What it needs beside that to answer over HTTP, and for the monitor's page."""
CHECKS = ("cryptography",)
"""What it needs to check a signature."""
LINUX = {
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "extra": "",
}
"""What the requirements of requirements are asked for: the image, wherever it is made."""


@dataclass(frozen=True, slots=True)
class Part:
    """One installed distribution: what it needs, by name, and its licence as it says."""

    name: str
    version: str
    licence: str
    needs: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its name for whoever looks for known weaknesses."""
        return f"pkg:pypi/{self.name}@{self.version}"


def plain(name: str) -> str:
    """A distribution's name as all spellings of it compare (PEP 503).

    >>> plain("Typing_Extensions")
    'typing-extensions'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirements: str) -> list[str]:
    """The names that the lines of a requirements file ask for, comments and options left out.

    >>> named("# a comment\\nnumpy>=2.0\\nuvloop>=0.2; sys_platform != 'win32'\\n")
    ['numpy', 'uvloop']
    """
    found = [re.match(r"[A-Za-z0-9][\w.-]*", line.strip()) for line in requirements.splitlines()]
    return [plain(m[0]) for m in found if m]


def closure(names: Sequence[str]) -> dict[str, Part]:
    """`names` and all that they need, as installed here, by name; what is not installed here is left out."""
    parts: dict[str, Part] = {}
    ahead = [plain(n) for n in names]
    while ahead:
        name = ahead.pop(0)
        if name in parts:
            continue
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        needs = tuple(dict.fromkeys(_needs(found)))
        parts[name] = Part(name, found.version, _licence(found), needs)
        ahead += needs
    return dict(sorted(parts.items()))


def _needs(found: metadata.Distribution) -> list[str]:
    from packaging.requirements import Requirement

    wanted: list[Requirement] = [Requirement(line) for line in found.requires or ()]
    return [plain(r.name) for r in wanted if r.marker is None or r.marker.evaluate(LINUX)]


def _licence(found: metadata.Distribution) -> str:
    about: Any = found.metadata
    said = about.get("License-Expression") or next(
        (c.split(" :: ")[-1] for c in about.get_all("Classifier") or () if c.startswith("License :: ")), ""
    )
    return str(said or about.get("License") or "").strip().split("\n")[0][:80]


def pins(parts: Mapping[str, Part]) -> list[str]:
    """`name==version` of each part."""
    return [f"{p.name}=={p.version}" for p in parts.values()]


def asked(requirements: str, parts: Mapping[str, Part]) -> list[str]:
    """The lines of a bundle's requirements, each at the version that is installed here where that one will do."""
    from packaging.requirements import Requirement

    lines = []
    for line in filter(named, requirements.splitlines()):
        wanted = Requirement(line)
        part = parts.get(plain(wanted.name))
        fits = part is not None and wanted.specifier.contains(part.version, prereleases=True)
        lines.append(f"{part.name}=={part.version}" if part and fits else line.strip())
    return lines + [
        f"{parts[n].name}=={parts[n].version}"
        for n in map(plain, (*ANSWERS, *SERVES))
        if n in parts and n not in named(requirements)
    ]


def parts_list(parts: Mapping[str, Part], *, model: str, name: str, needed: Sequence[str]) -> bytes:
    """The parts as CycloneDX 1.6 JSON, the model's hash at its head. The same parts give the same bytes.

    model: the bundle's hash; name: the image's; needed: what the image asks for by name.
    """
    own = f"pkg:pypi/ownproof@{VERSION}"
    root = f"model:{model}"
    components = [_component(own, "ownproof", VERSION, "Apache-2.0")]
    components += [_component(p.purl, p.name, p.version, p.licence) for p in parts.values()]
    arrows = [{"ref": root, "dependsOn": [own]}, {"ref": own, "dependsOn": _refs(parts, needed)}]
    arrows += [{"ref": p.purl, "dependsOn": _refs(parts, p.needs)} for p in parts.values()]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([model, components]))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "machine-learning-model",
                "bom-ref": root,
                "name": name,
                "version": model[:12],
                "hashes": [{"alg": "SHA-256", "content": model}],
            }
        },
        "components": components,
        "dependencies": arrows,
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _refs(parts: Mapping[str, Part], names: Sequence[str]) -> list[str]:
    return sorted(parts[plain(n)].purl for n in names if plain(n) in parts)


def _component(purl: str, name: str, version: str, licence: str) -> dict[str, Any]:
    told: list[dict[str, Any]] = [{"license": {"name": licence}}] if licence else []
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "licenses": told}
