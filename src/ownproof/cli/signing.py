"""`ownproof keygen`, `sign` and `verify`: whose a bundle is, and whether it is what was written."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ownproof.cli.terminal import Answer


def offer(commands: Any) -> list[argparse.ArgumentParser]:
    """Put `keygen` and `sign` on the command line."""
    keys: argparse.ArgumentParser = commands.add_parser(
        "keygen", help="make a pair of keys (Ed25519) to sign bundles with"
    )
    keys.add_argument("--out", metavar="FILE", required=True, help="the private key; the public one goes to FILE.pub")
    signs: argparse.ArgumentParser = commands.add_parser("sign", help="sign a bundle's manifest with a private key")
    signs.add_argument("bundle", metavar="BUNDLE|PROJECT")
    signs.add_argument("--key", metavar="FILE", required=True, help="the private key, as keygen or openssl write it")
    return [keys, signs]


def keygen(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Make a pair of keys."""
    from ownproof.project.signing import keygen as make

    made = make(Path(arguments.out))
    answer: Answer = {"schema": "ownproof/1", "command": "keygen", "exit": 0, **made}
    return answer, f"keep {made['key']} to yourself; trust {made['public_key']} ({made['id'][:16]})"


def sign(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Sign a bundle."""
    from ownproof.project.signing import sign as signed

    done = signed(Path(arguments.bundle), Path(arguments.key))
    answer: Answer = {"schema": "ownproof/1", "command": "sign", "exit": 0, **done}
    return answer, f"signed by {done['id'][:16]}: {', '.join(done['signed'])}"


def verify(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Check every byte of a bundle, and its signature where a key is given."""
    from ownproof.runtime.verify import verify as verified

    manifest = verified(arguments.bundle, public_key=arguments.public_key)
    answer: Answer = {
        "schema": "ownproof/1",
        "command": "verify",
        "exit": 0,
        "hash": manifest["hash"],
        "files": len(manifest["files"]),
        "bundle": str(Path(arguments.bundle).resolve()),
        "signed_by": None,
    }
    if arguments.public_key is not None:
        from ownproof.runtime.signature import key_id

        answer["signed_by"] = key_id(arguments.public_key)
    told = f"{len(manifest['files'])} files are what was written; {manifest['hash']}"
    return answer, told + (f"\nsigned by {answer['signed_by'][:16]}" if answer["signed_by"] else "")
