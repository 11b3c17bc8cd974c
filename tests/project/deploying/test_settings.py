"""What a project says of production, cut out of its settings."""

import tomllib

import pytest

from ownproof.errors import ConfigError
from ownproof.project.deploying.settings import carried

TEXT = """
data = "d.csv"
sovereignty = "private"
drop = ["a",
  "b"]

[policy]
stated_recall = 0.8

[serve] # how it answers
redact = ["name"]
public_key = 'keys/release.pub'  # who may ship

[monitor]
"slices" = ["town"]

[[monitor.alerts]]
to = "https://example.com/hook"

[other]
x = 1
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "project.toml").write_text(TEXT)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/release.pub").write_bytes(b"PEM")
    return tmp_path


def test_the_sections_for_production_are_kept_with_their_words_and_the_key_lies_beside_them(project):
    files = carried(project)
    assert set(files) == {"settings.toml", "release.pub"}
    assert files["release.pub"] == b"PEM"
    text = files["settings.toml"].decode()
    assert "# how it answers" in text
    assert tomllib.loads(text) == {
        "sovereignty": "private",
        "serve": {"redact": ["name"], "public_key": "release.pub"},
        "monitor": {"slices": ["town"], "alerts": [{"to": "https://example.com/hook"}]},
    }


def test_a_key_that_is_not_there_is_said(project):
    (project / "keys/release.pub").unlink()
    with pytest.raises(ConfigError, match="public key cannot be read"):
        carried(project)


def test_a_section_that_cannot_be_cut_out_is_refused_and_not_changed_quietly(project):
    (project / "project.toml").write_text(
        '[serve]\ndefault = """\n[monitor]\nx"""\n[monitor]\ny = 1\n[z]\nt = """\n[serve]\nredact = 1\n"""\n'
    )
    with pytest.raises(ConfigError, match="cannot be cut out"):
        carried(project)


def test_a_bundle_by_itself_brings_an_empty_file(tmp_path):
    assert tomllib.loads(carried(tmp_path)["settings.toml"].decode()) == {}
