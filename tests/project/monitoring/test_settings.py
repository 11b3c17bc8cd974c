"""The table [monitor]."""

import pytest

from ownproof.core.policy import Policy
from ownproof.errors import ConfigError
from ownproof.project.config import read as read_config
from ownproof.project.monitoring.settings import Email, Webhook, from_mapping, read


def settings(**said):
    return from_mapping(said, said.pop("sovereignty", "none"), Policy(), where="project.toml")


def test_everything_that_can_be_said(tmp_path):
    (tmp_path / "project.toml").write_text(
        'data = "d.csv"\ntarget = "y"\nsovereignty = "private"\n[monitor]\nwindow = "6h"\nsegments = ["town"]\n'
        'label_delay = "30d"\ninside = ["corp.example"]\n[[monitor.webhook]]\nform = "slack"\nurl_env = "SLACK_URL"\n'
        '[monitor.email]\nserver = "mail.corp.example:587"\nto = ["a@b.c"]\nfrom = "o@b.c"\npassword_env = "MAIL_PW"\n'
    )
    made = read(tmp_path / "project.toml", Policy())
    assert (made.window_s, made.label_delay_s, made.segments) == (21_600.0, 2_592_000.0, ("town",))
    assert made.webhooks == (Webhook("slack", "SLACK_URL"),)
    assert made.email == Email("mail.corp.example:587", ("a@b.c",), "o@b.c", "", "MAIL_PW", "starttls")
    assert (made.sovereignty, made.inside) == ("private", ("corp.example",))
    assert read_config(tmp_path / "project.toml").target == "y"  # none of it is a setting of a run


def test_secrets_may_not_stand_in_the_file():
    with pytest.raises(ConfigError) as seen:
        settings(webhook=[{"form": "slack", "url": "https://hooks.example/secret"}])
    assert "url_env" in seen.value.hint
    with pytest.raises(ConfigError) as seen:
        settings(email={"server": "m:25", "to": ["a@b.c"], "password": "hush"})
    assert "password_env" in seen.value.hint
    with pytest.raises(ConfigError):
        settings(webhook=[{"form": "slack", "url_env": "https://hooks.example/secret"}])


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"windw": "1d"}, "window"),
        ({"window": "1s"}, "from 1m to 31d"),
        ({"window": "soon"}, "a time"),
        ({"segments": "town"}, "a list"),
        ({"sovereignty": "partly"}, "private"),
        ({"webhook": [{"form": "pager", "url_env": "X"}]}, "slack"),
        ({"email": {"server": "mail", "to": []}}, "host:587"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_expected(said, word):
    with pytest.raises(ConfigError) as seen:
        settings(**said)
    assert word in f"{seen.value.expected} {seen.value.hint}"


def test_all_problems_are_told_at_once():
    with pytest.raises(ConfigError) as seen:
        settings(window="1s", segments="town", label_delay="later")
    assert all(name in str(seen.value) + seen.value.hint for name in ("window", "segments", "label_delay"))
