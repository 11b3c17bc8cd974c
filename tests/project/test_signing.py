"""Signed bundles, from the command line and as they are opened."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ownproof.errors import Tampered
from ownproof.runtime.predictor import Predictor
from ownproof.runtime.signature import SIGNATURE
from tests.said import files_of

NO_LIBRARY = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "cryptography":
            raise ImportError(name + " is not here")
sys.meta_path.insert(0, Blocked())
from ownproof.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def bundle(done, tmp_path):
    """A copy of a bundle as a project keeps it, the archive beside the folder."""
    path = tmp_path / "b"
    shutil.copytree(done[1]["bundle"], path)
    shutil.copy(done[1]["bundle"] + ".zip", tmp_path / "b.zip")
    return path


@pytest.fixture
def keys(call):
    for name in ("mine", "other"):
        assert call("keygen", "--out", name).code == 0


def test_a_bundle_that_its_key_signed_is_taken_and_every_other_is_refused(call, refused, bundle, keys):
    for place in ("b", "b.zip"):
        assert refused("verify", place, "--public-key", "mine.pub", code=7)["code"] == "signature"
    said = call("sign", "b", "--key", "mine", "--json").answer
    assert [Path(p).name for p in said["signed"]] == ["b", "b.zip"]
    for place in ("b", "b.zip"):
        checked = call("verify", place, "--public-key", "mine.pub", "--json").answer
        assert (checked["exit"], checked["signed_by"], checked["hash"]) == (0, said["id"], said["hash"])
        assert call("verify", place, "--json").answer["signed_by"] is None
        assert "not by the key" in refused("verify", place, "--public-key", "other.pub", code=7)["message"]
    call("sign", "b", "--key", "other")
    assert call("verify", "b.zip", "--public-key", "other.pub").code == 0
    assert [n for n in files_of(bundle.parent) if ".part" in n] == []


def test_a_signature_changes_no_answer_and_no_hash(call, bundle, keys):
    before = json.loads((bundle / "manifest.json").read_bytes())["hash"]
    call("sign", "b", "--key", "mine")
    assert Predictor.open(bundle, public_key="mine.pub").bundle.hash == before


def test_an_untrusted_bundle_is_refused_before_anything_of_it_is_read(call, bundle, keys):
    call("sign", "b", "--key", "other")
    (bundle / "schema.json").write_bytes(b"not even JSON")
    with pytest.raises(Tampered) as why:
        Predictor.open(bundle, public_key=Path("mine.pub"))
    assert why.value.where == SIGNATURE
    with pytest.raises(Tampered) as why:
        Predictor.open(bundle, public_key=Path("other.pub"))
    assert why.value.where == "schema.json"


def test_a_signature_of_another_bundle_is_found_without_any_key(call, refused, bundle, keys, tmp_path):
    call("sign", "b", "--key", "mine")
    envelope = json.loads((bundle / SIGNATURE).read_bytes())
    envelope["payload"] = "e30="
    (bundle / SIGNATURE).write_text(json.dumps(envelope))
    assert refused("verify", "b", code=7)["where"] == SIGNATURE


def test_no_key_is_ever_written_over_and_a_private_one_is_its_owners(call, refused, keys, tmp_path):
    before = (tmp_path / "mine").read_bytes()
    assert refused("keygen", "--out", "mine")["code"] == "in-the-way"
    (tmp_path / "free").symlink_to(tmp_path / "nowhere")
    assert refused("keygen", "--out", "free")["code"] == "in-the-way"
    assert (tmp_path / "mine").read_bytes() == before
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o600


def test_a_project_signs_what_it_ships(call, done, keys, tmp_path):
    shutil.copytree(done[1]["project"], tmp_path / "p")
    said = call("sign", "p", "--key", "mine", "--json").answer
    assert said["hash"] == done[1]["bundle_hash"]
    assert call("show", "-C", "p").code == 0  # the store is as sound as before


def test_without_the_library_bundles_are_verified_and_a_key_is_refused_with_what_to_install(
    call, bundle, keys, tmp_path
):
    call("sign", "b", "--key", "mine")

    def bare(*arguments):
        command = [sys.executable, "-c", NO_LIBRARY, *arguments, "--json"]
        return json.loads(subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout)

    assert bare("verify", "b")["exit"] == 0
    asked = bare("verify", "b", "--public-key", "mine.pub")
    assert (asked["exit"], asked["error"]["code"]) == (2, "missing-extra")
    assert "ownproof[sign]" in asked["error"]["hint"]
