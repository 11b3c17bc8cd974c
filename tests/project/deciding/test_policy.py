"""Sovereignty in `project.toml`: one line, every other byte stays, and never looser."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownproof.project import config as settings
from ownproof.project.config import Config
from ownproof.project.deciding.policy import edited, write

FILES = {
    "": 'sovereignty = "private"\n',
    'data = "d.csv"': 'data = "d.csv"\nsovereignty = "private"\n',
    'data = "d.csv"  # mine\n\n# the numbers\n[policy]\nkappa = 0.8\n': (
        'data = "d.csv"  # mine\nsovereignty = "private"\n\n# the numbers\n[policy]\nkappa = 0.8\n'
    ),
    "# head\nsovereignty = 'none'  # ours\n[monitor]\n": '# head\nsovereignty = "private"  # ours\n[monitor]\n',
    'drop = [\n["a"],\n]\n[serve]\n': 'drop = [\n["a"],\n]\nsovereignty = "private"\n[serve]\n',
    '# sovereignty = "none"\n[monitor]\nwindow = "1d"\n': None,
    'a = """\nsovereignty = "none"\n[x]\n"""\n[monitor]\nx = 1\n': None,
}


@pytest.mark.parametrize("text", FILES)
def test_one_line_is_put_in_and_the_rest_stays(text):
    found = edited(text, "private")
    assert tomllib.loads(found) == {**tomllib.loads(text), "sovereignty": "private"}
    if FILES[text] is not None:
        assert found == FILES[text]
    kept = [line for line in text.splitlines() if not line.startswith("sovereignty =")]
    assert [line for line in found.splitlines() if line in kept] == kept


@given(
    st.lists(
        st.sampled_from(['a = "[x]"', "# [not a table]", "", "[t]", 'b = """\n[x]\n"""', "c = [\n 1,\n]"]), unique=True
    )
)
def test_any_file_can_be_edited(lines):
    text = "\n".join(lines)
    assert tomllib.loads(edited(text, "isolated")) == {**tomllib.loads(text), "sovereignty": "isolated"}


def test_a_policy_is_made_stricter_and_never_looser(tmp_path):
    path = tmp_path / "project.toml"
    path.write_text(settings.text(Config(data="d.csv")))
    before = path.read_text()
    assert write(path, "private") == ("private", ())
    kept = path.read_text()
    assert set(before.splitlines()) <= set(kept.splitlines())
    holds, told = write(path, "none")
    assert (holds, told[0].rule, path.read_text()) == ("private", "decide.policy", kept)
    assert write(path, "isolated")[0] == "isolated"
    assert settings.read(path).data == "d.csv"
