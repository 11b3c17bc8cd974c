"""Plain Kubernetes objects around an image: a server, what guards it, and the jobs beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ownproof.render.deploy.docker import SETTINGS, UID, serve_command
from ownproof.render.deploy.templates import fill, words
from ownproof.version import VERSION

GRACE_S = 45  # 5 s until every node knows, 30 s to finish what was accepted, and room
MOST = 4  # times the least number of pods
FILES = ("config", "deployment", "service", "autoscaler", "disruption", "network", "journal", "jobs")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model goes: `image` as the cluster pulls it, at least `replicas` pods of it; storage_class: of the
    journal's volume, the cluster's own when empty; settings: the files of `/etc/ownproof`, by name;
    keep: how long rows of the journal are kept (`400d`), for ever when empty."""

    name: str
    namespace: str
    image: str
    hash: str
    tag: str
    port: int
    replicas: int
    storage_class: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    keep: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One command that runs by the clock (UTC); about: its comment. data: whether it reads and writes files of `/data`;
    secrets: whether it is told the addresses of receivers."""

    name: str
    schedule: str
    command: list[str]
    about: str
    seconds: int
    tries: int = 0
    data: bool = False
    suspended: bool = False
    secrets: bool = False


JOBS = (
    Job(
        "monitor",
        "7 * * * *",
        ["monitor", "--bundle", "/bundle", "--journal", "/journal", "--settings", SETTINGS],
        "# Every hour: did the data, the answers or their quality change. Exit 5 (retraining is advised) makes the job fail,\n"
        "# so that whoever watches jobs sees it. Addresses of receivers are in the secret NAME-alerts, if there is one.",
        seconds=1800,
        secrets=True,
    ),
    Job(
        "compact",
        "37 2 * * *",
        ["journal", "compact", "--journal", "/journal"],
        "# Every night: closed segments of the journal become Parquet, a quarter of their size.",
        seconds=7200,
        tries=1,
    ),
    Job(
        "batch",
        "17 4 * * *",
        ["predict", "/bundle", "/data/in.parquet", "--out", "/data/answers.parquet", "--cores", "2"],
        "# Every night: answers for a whole file; a job that was killed is taken up where it was. Suspended until you have made the volume NAME-data and named your files.",
        seconds=14400,
        tries=2,
        data=True,
        suspended=True,
    ),
)


def kubernetes(place: Place) -> Mapping[str, bytes]:
    """The objects as files by name; `kubectl apply --filename DIR` takes them all."""
    labels = {
        "app.kubernetes.io/name": place.name,
        "app.kubernetes.io/version": place.tag,
        "app.kubernetes.io/managed-by": "ownproof",
    }
    run_as = {"runAsNonRoot": True, "runAsUser": UID, "runAsGroup": UID, "fsGroup": UID}
    values = {
        "name": place.name,
        "namespace": place.namespace,
        "image": place.image,
        "hash": place.hash,
        "port": place.port,
        "replicas": place.replicas,
        "most": MOST * place.replicas,
        "settings": place.settings,
        "storage_class": place.storage_class,
        "grace": GRACE_S,
        "version": VERSION,
        "labels": words(labels),
        "pod_security": words({**run_as, "seccompProfile": {"type": "RuntimeDefault"}}),
        "security": words(
            {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
        ),
        "command": serve_command(place.port, workers="$(WORKERS)"),
        "jobs": [_kept(job, place.keep) for job in JOBS],
    }
    return {f"{name}.yaml": fill(f"kubernetes/{name}.yaml.j2", **values) for name in FILES}


def _kept(job: Job, keep: str) -> Job:
    """A job; the one that compacts also deletes what is older than `keep`."""
    return replace(job, command=[*job.command, "--keep", keep]) if keep and job.name == "compact" else job
