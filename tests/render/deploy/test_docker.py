"""The Dockerfile as text."""

from ownproof.render.deploy.docker import Image, docker


def test_words_of_a_card_cannot_leave_their_quotes():
    title = 'x"\nRUN rm -rf / # $HOME \\ `id`'
    files = docker(Image("m", "1", "ab" * 32, "python:3.13-slim", title, "BETTER", 8080, ["numpy==2"], ["numpy==2"]))
    lines = files["Dockerfile"].decode().splitlines()
    told = [line.strip() for line in lines if "image.description" in line]
    assert told == ['org.opencontainers.image.description="x\'RUN rm -rf / # HOME  id" \\']
    assert not [line for line in lines if line.startswith("RUN rm -rf / ")]
    assert files["requirements.txt"] == b"numpy==2\n"
