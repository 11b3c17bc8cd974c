"""Signatures over a manifest: whose, of what, and in which form."""

import base64
import json

import pytest

from ownproof.errors import InputError, Tampered, UsageError
from ownproof.runtime import signature

MANIFEST = b'{"format": "ownproof-bundle/1"}\n'


@pytest.fixture(scope="module")
def keys():
    return signature.make_keys(), signature.make_keys()


def test_a_signature_holds_for_its_key_and_its_manifest_only(keys):
    (private, public), (_, other) = keys
    envelope = signature.sign(MANIFEST, private)
    assert signature.check(envelope, MANIFEST, public.decode()) == signature.key_id(public.decode())
    with pytest.raises(Tampered, match="not by the key"):
        signature.check(envelope, MANIFEST, other.decode())
    with pytest.raises(Tampered, match="another manifest"):
        signature.check(envelope, MANIFEST + b" ", public.decode())
    with pytest.raises(Tampered, match="there is none"):
        signature.check(None, MANIFEST, public.decode())


def test_the_envelope_is_dsse_and_anybody_can_check_it(keys):
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    private, public = keys[0]
    envelope = json.loads(signature.sign(MANIFEST, private))
    assert set(envelope) == {"payloadType", "payload", "signatures"}
    body = base64.b64decode(envelope["payload"])
    kind = envelope["payloadType"]
    signed = f"DSSEv1 {len(kind)} {kind} {len(body)} ".encode() + body  # protocol.md of the DSSE specification
    raw = base64.b64decode(envelope["signatures"][0]["sig"])
    load_pem_public_key(public).verify(raw, signed)
    assert (body, len(raw)) == (MANIFEST, 64)


def test_the_same_key_and_manifest_give_the_same_envelope(keys):
    assert signature.sign(MANIFEST, keys[0][0]) == signature.sign(MANIFEST, keys[0][0])


def test_one_good_signature_among_several_is_enough(keys):
    (private, public), (other, _) = keys
    both = json.loads(signature.sign(MANIFEST, other))
    both["signatures"] += json.loads(signature.sign(MANIFEST, private))["signatures"]
    assert signature.check(json.dumps(both).encode(), MANIFEST, public.decode())


@pytest.mark.parametrize("damage", ["payloadType", "payload", "signatures", "sig"])
def test_every_turned_bit_of_an_envelope_is_refused(keys, damage):
    private, public = keys[0]
    envelope = json.loads(signature.sign(MANIFEST, private))
    if damage == "sig":
        raw = bytearray(base64.b64decode(envelope["signatures"][0]["sig"]))
        raw[7] ^= 1
        envelope["signatures"][0]["sig"] = base64.b64encode(raw).decode()
    elif damage == "signatures":
        envelope["signatures"] = []
    else:
        envelope[damage] = envelope[damage][:-4]
    with pytest.raises(Tampered):
        signature.check(json.dumps(envelope).encode(), MANIFEST, public.decode())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"payloadType": 1, "payload": "*", "signatures": [{"sig": 3}]}',
        b'{"signatures": 3}',
    ],
)
def test_what_is_no_envelope_is_refused_as_such(raw):
    with pytest.raises(Tampered, match="no DSSE envelope"):
        signature.belongs(raw, MANIFEST)


def test_keys_of_another_kind_are_named(keys, tmp_path):
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    curve = ec.generate_private_key(ec.SECP256R1())
    pem = curve.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    with pytest.raises(UsageError, match="another kind"):
        signature.sign(MANIFEST, pem)
    locked = ed25519.Ed25519PrivateKey.generate().private_bytes(
        forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.BestAvailableEncryption(b"word")
    )
    with pytest.raises(UsageError, match="passphrase"):
        signature.sign(MANIFEST, locked)
    public = curve.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(UsageError, match="another kind") as why:
        signature.key_id(public.decode())
    assert why.value.where == "--public-key"
    (tmp_path / "k").write_bytes(keys[0][0])
    with pytest.raises(UsageError, match="cannot be read"):  # the private one where the public one belongs
        signature.key_id(tmp_path / "k")
    with pytest.raises(InputError, match="No such file"):
        signature.key_id(tmp_path / "none")
