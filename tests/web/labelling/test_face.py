"""The page as the command line starts it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from ownproof.cli.main import main
from ownproof.project.labelling.answers import read
from ownproof.web.labelling.face import shown
from tests.web.labelling.conftest import label_folder


def started(root: Path, *more: str) -> tuple[subprocess.Popen[str], str, dict[str, str]]:
    """The running command, its address, and the tokens that it told."""
    command = [sys.executable, "-m", "ownproof", "label", "serve", str(root), "--port", "0", "--json", *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    lines = [process.stderr.readline()]
    while lines[-1] and "Ctrl-C" not in lines[-1]:
        lines.append(process.stderr.readline())
    told = "".join(lines)
    found = re.search(r"is on (\S+)", told)
    assert found, told
    return process, found[1], dict(re.findall(r"^  (\S+) +http\S+/#(\S+)$", told, re.MULTILINE))


def posted(address: str, token: str, answers: list[dict[str, Any]]) -> Any:
    request = urllib.request.Request(
        f"{address}/api/as/anna/answers", json.dumps({"answers": answers}).encode(),
        {"content-type": "application/json", "authorization": f"Bearer {token}"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)


def test_new_links_are_told_answers_outlive_a_killed_server_and_a_stop_is_an_answer(tmp_path: Path) -> None:
    folder = label_folder(tmp_path, ["one", "two"], raters=("anna", "ben"))
    process, address, tokens = started(tmp_path, "--new-tokens")
    try:
        assert list(tokens) == ["anna", "ben", "lead"]
        assert posted(address, tokens["anna"], [{"id": "w-1", "item": "i0", "value": "praise"}])["taken"] == ["w-1"]
    finally:
        process.kill()
        process.communicate()
    assert [(a.item, a.value) for a in read(folder).answers] == [("i0", "praise")]
    process, address, none = started(tmp_path)
    try:
        again = [{"id": "w-1", "item": "i0", "value": "praise"}, {"id": "w-2", "item": "i1", "value": "question"}]
        assert (posted(address, tokens["anna"], again)["answered"], none) == (2, {})
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
    assert json.loads(out.splitlines()[-1]) == {
        "schema": "ownproof/1", "command": "label serve", "exit": 0, "address": address, "raters": ["anna", "ben"],
    }  # fmt: skip
    assert [a.id for a in read(folder).answers] == ["w-1", "w-2"]


def test_a_folder_without_raters_says_how_to_begin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    label_folder(tmp_path, ["one"], raters=())
    (tmp_path / "labels" / "raters.json").unlink()
    assert main(["label", "serve", str(tmp_path), "--json"]) == 2
    error = json.loads(capsys.readouterr().out.splitlines()[-1])["error"]
    assert error["code"] == "no-raters"
    assert "ownproof label sample" in error["hint"]


@pytest.mark.parametrize(
    ("host", "expected"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("box", "box")]
)
def test_an_address_is_told_as_a_browser_opens_it(host: str, expected: str) -> None:
    assert shown(host) == expected
