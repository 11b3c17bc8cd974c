"""`ownproof deploy`: what it takes and what it says."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ownproof.cli.terminal import Answer
from ownproof.errors import UsageError

KINDS = ("docker", "kubernetes", "dashboards")


def offer(commands: Any) -> list[argparse.ArgumentParser]:
    """Put the command on the command line."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "deploy",
        help="write the files of production: an image's folder, Kubernetes objects, alert rules and a dashboard",
    )
    parser.add_argument("kind", choices=KINDS, metavar="docker|kubernetes|dashboards")
    parser.add_argument(
        "bundle",
        nargs="?",
        metavar="BUNDLE|PROJECT",
        help="what is carried (default: the project here); dashboards take none",
    )
    parser.add_argument("--out", metavar="DIR", required=True, help="where the files go; made files are written anew")
    parser.add_argument("--name", metavar="NAME", help="the service's name (default: the target's, with -model)")
    parser.add_argument("--port", metavar="PORT", type=int, help="the port in the container (default 8080)")
    parser.add_argument("--base", metavar="IMAGE", help="docker: the Python image to build on, best by its digest")
    parser.add_argument("--image", metavar="IMAGE", help="kubernetes: the image as the cluster pulls it")
    parser.add_argument("--namespace", metavar="NAME", help="kubernetes: the namespace (default: default)")
    parser.add_argument(
        "--replicas", metavar="N", type=int, help="kubernetes: pods at least (default 2; at most 4 times N)"
    )
    parser.add_argument("--storage-class", metavar="NAME", help="kubernetes: the storage class of the journal's volume")
    parser.add_argument("--force", action="store_true", help="write over files that were changed by hand")
    return [parser]


def deploy(arguments: argparse.Namespace) -> tuple[Answer, str]:
    """Write the files of one kind."""
    from ownproof.project.deploying import deploy as deploying

    said = {
        n: getattr(arguments, n) for n in ("name", "port", "base", "image", "namespace", "replicas", "storage_class")
    }
    wishes = deploying.Wishes(**{n: v for n, v in said.items() if v is not None})
    out = Path(arguments.out)
    if arguments.kind == "dashboards":
        done = deploying.deploy_dashboards(out, wishes, force=arguments.force)
    else:
        write = {"docker": deploying.deploy_docker, "kubernetes": deploying.deploy_kubernetes}[arguments.kind]
        done = write(_bundle(arguments), out, wishes, force=arguments.force)
    answer: Answer = {"schema": "ownproof/1", "command": "deploy", "kind": arguments.kind, "exit": 0, **done}
    return answer, _shown(arguments.kind, answer)


def _bundle(arguments: argparse.Namespace) -> Path:
    """What is to be carried: what was named, else the project that the command was started in."""
    from ownproof.project.project import find

    here = find(Path.cwd())
    if arguments.bundle is None and here is None:
        raise UsageError(
            f"ownproof deploy {arguments.kind} needs a bundle",
            expected="BUNDLE or PROJECT, or a project around this folder",
            hint=f"ownproof deploy {arguments.kind} BUNDLE --out {arguments.out}",
            where="BUNDLE|PROJECT",
        )
    return Path(arguments.bundle) if arguments.bundle is not None else here or Path()


def _shown(kind: str, answer: Answer) -> str:
    lines = [f"{len(answer['changed'])} files written: {answer['out']}"]
    if kind == "docker":
        lines.append(f"next: docker build --tag {answer['image']} {answer['out']}")
        if "@" not in answer["base"]:
            lines.append(f"the base {answer['base']} is named by a tag; pin it: --base {answer['base']}@sha256:...")
    elif kind == "dashboards":
        lines.append("next: rule_files: [alerts.yaml] in prometheus.yml; import dashboard.json in Grafana")
        return "\n".join(lines)
    else:
        lines.append(f"next: kubectl apply --filename {answer['out']}  (image {answer['image']})")
    if not answer["proven"]:
        lines.append("warning: the bundle is unproven")
    return "\n".join(lines)
