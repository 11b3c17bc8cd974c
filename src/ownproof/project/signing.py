"""Keys and signed bundles on disk: `keygen` and `sign`."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

from ownproof.errors import ConfigError, InputError
from ownproof.project.disk import disk, replaced, write_all
from ownproof.project.shipping import shipped
from ownproof.runtime import signature
from ownproof.runtime.bundle import write_zip
from ownproof.runtime.signature import SIGNATURE
from ownproof.runtime.verify import verify

PUBLIC = ".pub"


def keygen(out: Path) -> dict[str, Any]:
    """A new pair of keys: the private one at `out` (read by its owner only), the public one beside it as `OUT.pub`.

    Raises ConfigError where one of the two is there: no key is ever written over.
    """
    public = out.with_name(out.name + PUBLIC)
    for path in (out, public):
        if path.exists() or path.is_symlink():
            raise ConfigError(
                f"{path} is there already",
                expected="a free name",
                hint="name another file with --out; a key that is lost cannot be made again",
                where=str(path),
                code="in-the-way",
            )
    private_pem, public_pem = signature.make_keys()
    with disk("write the key", out):
        out.parent.mkdir(parents=True, exist_ok=True)
        _new(out, private_pem, 0o600)
        _new(public, public_pem, 0o644)
    return {"key": str(out.resolve()), "public_key": str(public.resolve()), "id": signature.key_id(public)}


def sign(path: Path, key: Path) -> dict[str, Any]:
    """Sign the bundle that `path` means, after its bytes were checked: a folder gets the envelope beside its manifest,
    a zip within; where both lie side by side as a project keeps them, both do.

    Raises InputError for a key that cannot be read, UsageError for what is no Ed25519 key, Tampered for a changed bundle.
    """
    bundle = shipped(path)
    try:
        private = key.read_bytes()
    except OSError as why:
        raise InputError(
            f"the key {key} cannot be read: {why.strerror}",
            expected="a file that holds an Ed25519 private key as PEM",
            hint="ownproof keygen --out KEY makes one",
            where=str(key),
            code="no-key",
        ) from why
    manifest = verify(bundle)
    twin = bundle.with_name(bundle.name + ".zip")
    places = [bundle]
    if bundle.is_dir() and twin.is_file() and verify(twin)["hash"] == manifest["hash"]:
        places.append(twin)
    envelope = signature.sign(_read(bundle, "manifest.json"), private)
    for place in places:
        with disk("write the signature", place):
            _put(place, envelope)
    _, _, signatures = signature.opened(envelope)
    return {
        "hash": manifest["hash"],
        "id": signatures[0][0],
        "signed": [str(p.resolve()) for p in places],
        "bundle": str(bundle.resolve()),
    }


def _read(bundle: Path, name: str) -> bytes:
    if bundle.is_dir():
        return (bundle / name).read_bytes()
    with zipfile.ZipFile(bundle) as archive:
        return archive.read(name)


def _put(bundle: Path, envelope: bytes) -> None:
    if bundle.is_dir():
        beside = bundle.parent / f".{bundle.name}.{SIGNATURE}.part"  # not within: a file more is a changed bundle
        replaced(bundle / SIGNATURE, envelope, beside=beside)
        return
    with zipfile.ZipFile(bundle) as archive:
        files = {n: archive.read(n) for n in archive.namelist() if not n.endswith("/")}
    write_zip(bundle, sorted({**files, SIGNATURE: envelope}.items()))


def _new(path: Path, raw: bytes, mode: int) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        write_all(fd, raw)
        os.fsync(fd)
    finally:
        os.close(fd)
