"""The objects as text."""

from ownproof.render.deploy.kubernetes import Place, kubernetes


def test_every_file_says_first_what_it_is_for():
    made = kubernetes(Place("m", "default", "m:1", "ab" * 32, "1", 8080, 2))
    assert all(raw.startswith(b"# ") for raw in made.values())
    assert b"storageClassName" not in made["journal.yaml"]
