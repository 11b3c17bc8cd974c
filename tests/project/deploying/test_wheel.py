"""The code that is installed, as a wheel that pip takes."""

import base64
import csv
import hashlib
import io
import sys
import zipfile
from importlib import metadata

import pytest

from ownproof.errors import ConfigError
from ownproof.project.deploying.wheel import wheel_of, wheels


@pytest.fixture(scope="module")
def ours():
    made = wheels({"inputs": ["number"], "targets": ["label"], "scorers": ["linear"]})
    assert len(made) == 1
    return next(iter(made.items()))


def test_the_wheel_is_whole_by_its_own_record(ours):
    name, raw = ours
    assert name == f"ownproof-{metadata.version('ownproof')}-py3-none-any.whl"
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        info = name.removesuffix("-py3-none-any.whl") + ".dist-info"
        lines = list(csv.reader(io.StringIO(archive.read(f"{info}/RECORD").decode())))
        assert sorted(line[0] for line in lines) == sorted(archive.namelist())
        for file, digest, size in lines:
            if digest:
                whole = archive.read(file)
                found = base64.urlsafe_b64encode(hashlib.sha256(whole).digest()).rstrip(b"=").decode()
                assert (digest, int(size)) == (f"sha256={found}", len(whole)), file
        assert "ownproof/render/page.html.j2" in archive.namelist()
        assert not [n for n in archive.namelist() if "__pycache__" in n]


def test_the_same_code_gives_the_same_bytes(ours):
    assert wheels({})[ours[0]] == ours[1]


def test_a_foreign_kind_that_the_bundle_asks_for_comes_along(monkeypatch, tmp_path):
    (tmp_path / "grey_kind.py").write_text("class Grey:\n    name = 'grey'\n")
    info = tmp_path / "grey_kinds-0.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: grey-kinds\nVersion: 0.3\n")
    (info / "entry_points.txt").write_text("[ownproof.inputs]\ngrey = grey_kind:Grey\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert len(wheels({"inputs": ["number"]})) == 1
    made = wheels({"inputs": ["number", "grey"]})
    with zipfile.ZipFile(io.BytesIO(made["grey_kinds-0.3-py3-none-any.whl"])) as archive:
        assert "grey_kind.py" in archive.namelist()


def test_compiled_code_is_refused_with_what_to_do():
    with pytest.raises(ConfigError, match="compiled code") as why:
        wheel_of(metadata.distribution("numpy"), ["numpy"])
    assert "wheels/" in why.value.hint
