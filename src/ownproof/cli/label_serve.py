"""The command `label serve`: the links of the raters, and the labelling page until it is told to stop."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from ownproof.cli.terminal import Answer
from ownproof.errors import UsageError

PORT = 8090
OPEN = "others on the network can read along; put a proxy that speaks https in front, and say --https"


def offer(verbs: Any) -> list[argparse.ArgumentParser]:
    """The verb, as it is asked for."""
    serve: argparse.ArgumentParser = verbs.add_parser("serve", help="the labelling page, in the raters' browsers")
    serve.add_argument("dir", metavar="DIR", help="a label folder")
    serve.add_argument("--host", metavar="HOST", default="127.0.0.1", help="the address to listen on")
    serve.add_argument("--port", metavar="N", type=int, default=PORT, help="0 takes any free one")
    serve.add_argument(
        "--name", metavar="HOST", action="append", default=[], help="a name by which others reach this machine"
    )
    serve.add_argument("--https", action="store_true", help="a proxy in front speaks https")
    serve.add_argument("--new-tokens", action="store_true", help="new links for everybody; the old ones end")
    return [serve]


def serve(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Serve until told to stop."""
    from ownproof.core import registry
    from ownproof.project.labelling.folder import LabelFolder

    if not 0 <= arguments.port < 65536:
        raise UsageError(
            f"--port is {arguments.port}", expected="a port from 0 to 65535", where="--port", hint="mend the number"
        )
    folder = LabelFolder.open(Path(arguments.dir))
    made = _new(folder) if arguments.new_tokens else {}
    face = registry.load(registry.FACES, "labelling")()

    def say(address: str) -> None:
        outside = _outside(address, arguments)
        told = links(made, outside)
        plain = [] if arguments.https or _only_here(arguments.host) else [OPEN]
        told = told or [
            f"a rater opens {outside}/#TOKEN, with the token that `label sample` told; --new-tokens makes new ones"
        ]
        _say("\n".join([f"the labelling page is on {address}", *told, *plain, "Ctrl-C stops it; nothing is lost"]))

    done = face.serve(
        folder.root,
        host=arguments.host,
        port=arguments.port,
        names=tuple(arguments.name),
        secure=arguments.https,
        say=say,
    )
    answer: Answer = {"schema": "ownproof/1", "command": "label serve", "exit": 0, **done}
    return answer, "stopped; every answer that was thanked for is on the disk"


def _new(folder: Any) -> dict[str, str]:
    import secrets

    from ownproof.project.labelling.access import grant

    return grant(folder, [p.rater for p in folder.queue()], draw=secrets.token_urlsafe, anew=True)


def links(tokens: dict[str, str], address: str) -> list[str]:
    """A line for each token: whose it is, and the link that lets them in."""
    width = max(map(len, tokens), default=0)
    return [f"  {name.ljust(width)}  {address}/#{token}" for name, token in tokens.items()]


def _outside(address: str, arguments: argparse.Namespace) -> str:
    """The address as a rater opens it: the name that was given, by https without a port behind a proxy."""
    if not arguments.name:
        return address
    return (
        f"https://{arguments.name[0]}"
        if arguments.https
        else f"http://{arguments.name[0]}:{address.rpartition(':')[2]}"
    )


def _only_here(host: str) -> bool:
    from ipaddress import ip_address

    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _say(words: str) -> None:
    with suppress(OSError):  # whoever read may have gone; the page goes on
        print(words, file=sys.stderr, flush=True)


VERBS = {"serve": serve}
