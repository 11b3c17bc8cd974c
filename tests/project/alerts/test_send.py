"""Messages on their way out: to a web server and a mail server of the test's own."""

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ownproof.phases.monitor.incidents import Incident
from ownproof.project.alerts.message import Message, events
from ownproof.project.alerts.send import forbidden, send
from ownproof.project.alerts.tell import tell
from ownproof.project.monitoring.settings import Email, Settings, Webhook

DAY = 86_400.0
OPEN = Incident(
    "drift", ("age", "<income>"), "age: mean 40 → 60", "train again", "80 % of the weight", 5 * DAY, 8 * DAY, 9 * DAY
)
MESSAGE = Message("raised", OPEN, OPEN.raised, "churn", "abc")


@contextmanager
def receiver(status=200):
    """A web server that keeps what is posted to it."""
    posted = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", posted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def postbox():
    """A mail server that takes one letter (RFC 5321, as little of it as is needed)."""
    listener = socket.create_server(("127.0.0.1", 0))
    letters = []

    def serve():
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as file:

            def say(words):
                file.write(words.encode() + b"\r\n")
                file.flush()

            say("220 here")
            while line := file.readline():
                word = line.split()[0].upper() if line.split() else b""
                if word == b"DATA":
                    say("354 go on")
                    body = []
                    while (part := file.readline()) != b".\r\n":
                        body.append(part)
                    letters.append(b"".join(body).decode())
                say("221 bye" if word == b"QUIT" else "250 fine")
                if word == b"QUIT":
                    return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}", letters
    finally:
        thread.join(timeout=10)
        listener.close()


@pytest.mark.parametrize("form", ["slack", "teams", "json"])
def test_a_webhook_gets_the_incident_in_its_own_form(form):
    with receiver() as (url, posted):
        done = send([MESSAGE], Settings(webhooks=(Webhook(form, "HOOK"),)), {"HOOK": url})
    assert [(d.receiver, d.state) for d in done] == [("webhook:HOOK", "sent")]
    text = json.dumps(posted[0], ensure_ascii=False)
    for word in (
        "The data has drifted",
        "age: mean 40 → 60",
        "since 1970-01-06",
        "80 % of the weight",
        "train again",
        "churn",
    ):
        assert word in text, word
    if form == "slack":
        assert "&lt;income&gt;" in posted[0]["text"]  # as Slack asks for
    if form == "teams":
        assert posted[0]["attachments"][0]["content"]["type"] == "AdaptiveCard"
    if form == "json":
        assert posted[0]["incident"]["columns"] == ["age", "<income>"]


def test_mail_arrives_with_subject_and_text():
    with postbox() as (server, letters):
        email = Email(server, ("team@corp.example",), "ownproof@corp.example", tls="none")
        assert [d.state for d in send([MESSAGE], Settings(email=email), {})] == ["sent"]
    import email as mail
    from email.policy import default

    letter = mail.message_from_string(letters[0], policy=default)
    assert letter["To"] == "team@corp.example"
    assert "The data has drifted: age" in letter["Subject"]
    assert "To do: train again" in letter.get_content()


def test_what_fails_says_why_and_never_the_address():
    hook = Settings(webhooks=(Webhook("json", "HOOK"),))
    assert "HOOK holds no http address" in send([MESSAGE], hook, {})[0].why
    with receiver(status=500) as (url, _):
        assert send([MESSAGE], hook, {"HOOK": url})[0].why == "the receiver answered 500"
    with receiver(status=302) as (url, posted):  # an address that sends elsewhere is not followed
        assert send([MESSAGE], hook, {"HOOK": url})[0].state == "failed"
        assert len(posted) == 1
    gone = send([MESSAGE], hook, {"HOOK": "http://127.0.0.1:9/secret-token"})[0]
    assert gone.state == "failed"
    assert "secret-token" not in gone.why


@pytest.mark.parametrize(
    ("sovereignty", "host", "may"),
    [
        ("none", "hooks.slack.com", True),
        ("private", "hooks.slack.com", False),
        ("private", "alerts.corp.example", True),
        ("private", "evilcorp.example", False),
        ("private", "10.1.2.3", True),
        ("private", "8.8.8.8", False),
        ("isolated", "alerts.corp.example", False),
        ("isolated", "10.1.2.3", False),
        ("isolated", "127.0.0.1", True),
    ],
)
def test_sovereignty_decides_where_messages_may_go(sovereignty, host, may):
    assert (forbidden(host, Settings(sovereignty=sovereignty, inside=("corp.example",))) == "") is may


def test_a_message_that_may_not_leave_is_held_and_said():
    held = send(
        [MESSAGE],
        Settings(webhooks=(Webhook("slack", "HOOK"),), sovereignty="private"),
        {"HOOK": "https://hooks.slack.com/x"},
    )
    assert (held[0].state, "sovereignty" in held[0].why) == ("held", True)


def test_each_event_is_told_once_and_again_only_where_it_did_not_arrive():
    settings = Settings(webhooks=(Webhook("json", "GOOD"), Webhook("json", "BAD")))
    with receiver() as (url, posted):
        state, done = tell([MESSAGE], {}, settings, {"GOOD": url}, at=8.1 * DAY)
        assert sorted(d.state for d in done) == ["failed", "sent"]
        state, done = tell([MESSAGE], state, settings, {"GOOD": url}, at=8.2 * DAY)
        assert [d.receiver for d in done] == ["webhook:BAD"]
        state, done = tell([MESSAGE], state, settings, {"GOOD": url, "BAD": url}, at=8.3 * DAY)
        assert [d.state for d in done] == ["sent"]
        assert tell([MESSAGE], state, settings, {"GOOD": url, "BAD": url}, at=8.4 * DAY)[1] == []
    assert len(posted) == 2


def test_what_happened_long_ago_is_news_to_nobody():
    closed = replace(OPEN, closed=20 * DAY, advised=9 * DAY)
    told = events([closed], name="churn", model="abc")
    assert [m.event for m in told] == ["raised", "retrain", "closed"]
    with receiver() as (url, posted):
        tell(told, {}, Settings(webhooks=(Webhook("json", "HOOK"),)), {"HOOK": url}, at=20.5 * DAY)
    assert [p["event"] for p in posted] == ["closed"]
