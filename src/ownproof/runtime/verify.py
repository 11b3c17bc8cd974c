"""Whether a bundle is what was written: the standard library is enough to find out."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ownproof.errors import InputError, OwnproofError, Tampered
from ownproof.runtime.signature import SIGNATURE, belongs, check

SELF_HASHED = ("manifest.json", "measured.json")
UNLISTED = (*SELF_HASHED, SIGNATURE)
FORMAT = "ownproof-bundle/1"


def canonical(data: Any) -> bytes:
    """JSON bytes that are the same for equal data on every machine."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sealed_json(data: dict[str, Any]) -> bytes:
    """A JSON object as the bytes of a file whose last field, `hash`, is the SHA-256 of all before it.

    >>> sealed_json({"a": 1}).decode().splitlines()[1]
    ' "a": 1,'
    """
    body = {k: v for k, v in data.items() if k != "hash"}
    digest = hashlib.sha256(canonical(body)).hexdigest()
    text = json.dumps({**body, "hash": digest}, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def _check_self(name: str, raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw)
        assert isinstance(data, dict)  # noqa: S101 - anything else is damage too
    except (ValueError, AssertionError):
        raise _changed(name, "it is not a JSON object any more") from None
    if sealed_json(data) != raw:
        raise _changed(name, "its bytes do not match the hash in its last field")
    return data


def _changed(name: str, why: str) -> Tampered:
    return Tampered(
        f"the bundle was changed: {name}: {why}",
        expected="the bytes that were written",
        hint="take the bundle from its source again; do not serve this one",
        where=name,
    )


def verify(bundle: str | Path, *, public_key: str | Path | None = None) -> dict[str, Any]:
    """The manifest of a bundle (a folder, or the same as a zip), after every byte of it was checked.

    public_key: the key (a PEM file, or PEM text) that must have signed it; looked at before anything else is. Without
    one the standard library is enough, and a signature need only belong to this manifest.
    Raises InputError where there is no bundle, Tampered (exit 7) for a changed, missing or added file, and for a
    signature that is asked for and not there.
    """
    path = Path(bundle)
    if path.is_dir():
        names = sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file())
        return _verify(path, names, lambda n: (path / n).read_bytes(), public_key)
    if path.is_file() and zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                names = sorted(n for n in archive.namelist() if not n.endswith("/"))
                return _verify(path, names, archive.read, public_key)
        except OwnproofError:
            raise
        except Exception as why:  # noqa: BLE001 - whatever an archive makes zipfile stumble over is damage
            raise _changed(path.name, str(why) or type(why).__name__) from None
    raise InputError(
        f"{path} is no bundle",
        expected="a bundle's folder or its .zip",
        where=str(path.resolve()),
        hint="name the folder that holds manifest.json",
        code="no-bundle",
    )


def _verify(
    path: Path, names: list[str], read: Callable[[str], bytes], public_key: str | Path | None
) -> dict[str, Any]:
    if "manifest.json" not in names:
        raise InputError(
            f"{path} holds no manifest.json",
            expected="a bundle's folder or its .zip",
            where=str(path.resolve()),
            hint="name the folder that holds manifest.json",
            code="no-bundle",
        )
    raw = read("manifest.json")
    _check_signature(read(SIGNATURE) if SIGNATURE in names else None, raw, public_key)
    manifest = _check_self("manifest.json", raw)
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise _changed("manifest.json", "it lists no files")
    missing = sorted(set(files) - set(names))
    added = sorted(set(names) - set(files) - set(UNLISTED))
    if missing:
        raise _changed(missing[0], f"{len(missing)} file(s) are missing")
    if added:
        raise _changed(added[0], f"{len(added)} file(s) were added")
    for name, digest in files.items():
        if hashlib.sha256(read(name)).hexdigest() != digest:
            raise _changed(name, "its SHA-256 is not the one in the manifest")
    if "measured.json" in names:
        _check_self("measured.json", read("measured.json"))
    return manifest


def _check_signature(envelope: bytes | None, manifest: bytes, public_key: str | Path | None) -> None:
    if public_key is not None:
        check(envelope, manifest, public_key)
    elif envelope is not None:
        belongs(envelope, manifest)


if __name__ == "__main__":
    try:
        print(verify(sys.argv[1])["hash"])
    except (InputError, Tampered) as error:
        print("\n".join(error.lines()), file=sys.stderr)
        sys.exit(error.exit)
