"""Ed25519 signatures over a bundle's manifest, in a DSSE envelope beside it; the manifest names every other byte."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from pathlib import Path
from typing import Any

from ownproof.errors import InputError, OwnproofError, Tampered, UsageError
from ownproof.optional import need

SIGNATURE = "manifest.sig.json"
"""The envelope's file: beside the manifest, in no list of hashes."""
PAYLOAD_TYPE = "application/vnd.ownproof.manifest+json"
EXTRA = "sign"


def authenticated(payload_type: str, payload: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding (secure-systems-lab/dsse, protocol.md, version 1.0.2).

    >>> authenticated("http://example.com/HelloWorld", b"hello world")
    b'DSSEv1 29 http://example.com/HelloWorld 11 hello world'
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(manifest: bytes, private_key: bytes) -> bytes:
    """The envelope of a manifest's bytes, signed with an Ed25519 key (PEM, PKCS 8). Raises UsageError for another key."""
    key = _private(private_key)
    raw = key.sign(authenticated(PAYLOAD_TYPE, manifest))
    envelope = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(manifest).decode(),
        "signatures": [{"keyid": _key_id(key.public_key()), "sig": base64.b64encode(raw).decode()}],
    }
    return (json.dumps(envelope, indent=1) + "\n").encode()


def opened(envelope: bytes) -> tuple[str, bytes, list[tuple[str, bytes]]]:
    """Payload type, payload and the signatures (key id, bytes) of an envelope. Raises Tampered where it is none.

    The standard library is enough for it; nothing is proven by it.
    """
    try:
        data = json.loads(envelope)
        found = [(str(s.get("keyid", "")), _bytes(s["sig"])) for s in data["signatures"]]
        return str(data["payloadType"]), _bytes(data["payload"]), found
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _refused("it is no DSSE envelope") from None


def belongs(envelope: bytes, manifest: bytes) -> None:
    """Raise Tampered unless the envelope holds this manifest. The standard library is enough for it."""
    kind, payload, _ = opened(envelope)
    if kind != PAYLOAD_TYPE:
        raise _refused(f"it holds {kind[:80]!r} and no manifest")
    if payload != manifest:
        raise _refused("it was made for another manifest")


def check(envelope: bytes | None, manifest: bytes, public_key: str | Path) -> str:
    """The id of the key that signed this manifest, which must be `public_key` (a PEM file, or PEM text).

    Raises Tampered (exit 7) for no signature, another key's, or one that does not fit; UsageError for what is no
    Ed25519 public key; MissingExtra without `cryptography`.
    """
    key = _public(_pem(public_key))
    wanted = key_id(public_key)
    if envelope is None:
        raise _refused(
            "there is none", hint="sign it with the key that is trusted here: ownproof sign BUNDLE --key FILE"
        )
    belongs(envelope, manifest)
    kind, payload, signatures = opened(envelope)
    invalid = need("cryptography.exceptions", extra=EXTRA, wanted_by="a signature").InvalidSignature
    for _, raw in signatures:
        try:
            key.verify(raw, authenticated(kind, payload))
        except invalid:
            continue
        return wanted
    told = ", ".join(name[:16] for name, _ in signatures[:3]) or "nobody"
    raise _refused(f"it is not by the key {wanted[:16]} (it says: {told})")


def key_id(public_key: str | Path) -> str:
    """The SHA-256 of the 32 bytes of an Ed25519 public key, hex: how envelopes name it."""
    return _key_id(_public(_pem(public_key)))


def make_keys() -> tuple[bytes, bytes]:
    """A new private key and its public key, as PEM. The randomness is the operating system's, as for every key."""
    ed25519, forms = _library()
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    public = key.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    return bytes(private), bytes(public)


def _library() -> tuple[Any, Any]:
    ed25519 = need("cryptography.hazmat.primitives.asymmetric.ed25519", extra=EXTRA, wanted_by="a signature")
    return ed25519, need("cryptography.hazmat.primitives.serialization", extra=EXTRA, wanted_by="a signature")


def _key_id(key: Any) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def _private(pem: bytes) -> Any:
    ed25519, forms = _library()
    try:
        key = forms.load_pem_private_key(pem, password=None)
    except TypeError as why:
        raise _no_key("the key is locked by a passphrase", "an unlocked private key", "openssl pkey -in KEY") from why
    except Exception as why:
        raise _no_key("the key cannot be read", "a private key as PEM", "ownproof keygen --out KEY makes one") from why
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise _no_key("the key is of another kind", "an Ed25519 private key", "ownproof keygen --out KEY makes one")
    return key


def _public(pem: bytes) -> Any:
    ed25519, forms = _library()
    try:
        key = forms.load_pem_public_key(pem)
    except Exception as why:
        raise _no_key(
            "the public key cannot be read", "a public key as PEM", "give the file that ends in .pub"
        ) from why
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise _no_key("the public key is of another kind", "an Ed25519 public key", "give the file that ends in .pub")
    return key


def _pem(said: str | Path) -> bytes:
    if isinstance(said, str) and said.lstrip().startswith("-----BEGIN "):
        return said.encode()
    try:
        return Path(said).read_bytes()
    except OSError as why:
        raise InputError(
            f"the public key {said} cannot be read: {why.strerror}",
            expected="a file that holds an Ed25519 public key as PEM",
            hint="look at --public-key, or at public_key in the section [serve] of project.toml",
            where=str(said),
            code="no-key",
        ) from why


def _bytes(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as why:
        raise ValueError(str(why)) from why


def _no_key(message: str, expected: str, hint: str) -> OwnproofError:
    where = "--public-key" if "public" in expected else "--key"
    return UsageError(message, expected=expected, hint=hint, where=where, code="key")


def _refused(why: str, *, hint: str = "take the bundle from its source again; do not serve this one") -> Tampered:
    return Tampered(
        f"the bundle's signature does not hold: {why}",
        expected="a signature of this manifest by the trusted key",
        hint=hint,
        where=SIGNATURE,
        code="signature",
    )
