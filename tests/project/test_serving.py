"""Settings of a server that are asked for by name."""


def test_settings_that_are_not_there_or_not_known_are_said_before_anything_is_opened(refused, done, tmp_path):
    bundle = done[1]["bundle"]
    assert "cannot be read" in refused("serve", bundle, "--settings", "none.toml", "--port", "0")["message"]
    (tmp_path / "s.toml").write_text("[serve]\nredacted = ['town']\n")
    error = refused("serve", bundle, "--settings", "s.toml", "--port", "0")
    assert error["code"] == "config"
    assert "'redact'" in error["hint"]


def test_a_bundle_that_the_trusted_key_did_not_sign_is_not_served(call, refused, done, tmp_path):
    call("keygen", "--out", "k")
    (tmp_path / "s.toml").write_text("[serve]\npublic_key = 'k.pub'\n")
    assert refused("serve", done[1]["bundle"], "--settings", "s.toml", "--port", "0", code=7)["code"] == "signature"
