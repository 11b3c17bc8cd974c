"""An image, built and run where buildah is and a base is named: `OWNPROOF_TEST_BASE=python:3.11-slim`, or the tar of a root."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

BASE = os.environ.get("OWNPROOF_TEST_BASE", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not BASE or shutil.which("buildah") is None,
        reason="no image is built here: it takes buildah, and in OWNPROOF_TEST_BASE a Python image or the tar of a root with Python",
    ),
]
TRUST = Path("/etc/ssl/certs")


@pytest.fixture
def buildah(tmp_path_factory):
    """buildah with a store of its own, without a daemon; what the registry's client is told here it is told there."""
    rooms = [tmp_path_factory.mktemp(n) for n in ("store", "run")]
    names = {
        n: v for n, v in os.environ.items() if n in {"PIP_INDEX_URL", "PIP_NO_INDEX", "PIP_CERT", "PIP_FIND_LINKS"}
    }
    links = names.get("PIP_FIND_LINKS", "")
    shared = [TRUST, *([Path(links)] if links.startswith("/") else [])]

    def ran(verb, *words, told=False):
        build = [f"--volume={p}:{p}:ro" for p in shared if p.exists()] + [f"--env={n}={v}" for n, v in names.items()]
        command = [
            "buildah",
            "--root",
            *rooms[:1],
            "--runroot",
            *rooms[1:],
            verb,
            *(build if verb == "bud" else []),
            *words,
        ]
        env = {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
        done = subprocess.run([str(w) for w in command], env=env, capture_output=True, text=True, check=False)
        assert told or done.returncode == 0, done.stderr[-3000:]
        return done.stdout + (done.stderr if told else "")

    yield ran
    for room in rooms:
        shutil.rmtree(room, ignore_errors=True)


def test_the_image_builds_runs_as_nobody_and_answers_without_a_training_library(buildah, call, done, tmp_path):
    answer = call("deploy", "docker", done[1]["project"], "--out", "image", "--json").answer
    base = BASE
    if BASE.endswith(".tar"):
        base = "localhost/base:1"
        made = buildah("from", "scratch").strip()
        buildah("add", made, BASE, "/")
        buildah("commit", made, base)
    buildah("bud", "--format", "docker", "--build-arg", f"BASE={base}", "--tag", "localhost/m:1", tmp_path / "image")
    config = json.loads(buildah("inspect", "--type", "image", "localhost/m:1"))["Docker"]["config"]
    assert (config["User"], config["Labels"]["ownproof.model.hash"]) == ("10001:10001", answer["bundle"])
    assert config["Healthcheck"]["Test"][0] == "CMD"
    box = buildah("from", "localhost/m:1").strip()
    shutil.copy(done[0] / "d.csv", tmp_path / "d.csv")
    (tmp_path / "d.csv").chmod(0o644)
    words = "id -u; touch /opt/ownproof/x; python -c 'import sklearn'; ownproof predict /bundle /d.csv --out /journal/a.csv --json"
    said = buildah("run", f"--volume={tmp_path}/d.csv:/d.csv:ro", box, "--", "sh", "-c", words, told=True)
    assert "10001" in said.split()
    assert "Permission denied" in said
    assert "No module named 'sklearn'" in said
    told = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    assert (told["exit"], told["rows"]) == (0, 600)
    installed = int(buildah("run", box, "--", "du", "-s", "--block-size=1000000", "/opt/ownproof").split()[0])
    print(f"installed: {installed} MB")
    assert installed <= 350
