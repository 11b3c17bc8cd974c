"""What comes over a connection, byte by byte: heads met before, several requests at a time, garbage behind a good one."""

from __future__ import annotations

import json
import socket

import pytest

from ownproof.runtime.rest.heads import HEADS_MOST, Heads
from ownproof.runtime.rest.service import Exchange


@pytest.fixture(scope="module")
def served(bundle, tmp_path_factory):
    from tests.runtime.rest.conftest import Server

    made = Server(bundle, tmp_path_factory.mktemp("served"))
    yield made
    made.stop()


def connected(served):
    return socket.create_connection((served.host, served.port), timeout=10)


def asked(served, more=""):
    got = b""
    with connected(served) as link:
        link.sendall(b"GET /v1/schema HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        while piece := link.recv(65536):
            got += piece
    example = json.loads(got.partition(b"\r\n\r\n")[2])["example"]
    body = json.dumps(example).encode()
    return f"POST /v1/predict HTTP/1.1\r\nhost: x\r\n{more}content-length: {len(body)}\r\n\r\n".encode() + body


def answers(link, count):
    """So many answers: status, head, body."""
    got, found = b"", []
    while len(found) < count:
        head, end, rest = got.partition(b"\r\n\r\n")
        size = next((int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.startswith(b"content-length")), -1)
        if end and len(rest) >= size >= 0:
            found.append((int(head.split()[1]), head, rest[:size]))
            got = rest[size:]
            continue
        piece = link.recv(65536)
        if not piece:
            break
        got += piece
    return found


def test_a_head_met_before_is_answered_like_the_first(served):
    whole = asked(served)
    with connected(served) as link:
        told = []
        for _ in range(4):
            link.sendall(whole)
            told += answers(link, 1)
    assert [t[0] for t in told] == [200] * 4
    bodies = [json.loads(t[2]) for t in told]
    assert len({b.pop("prediction_id") for b in bodies}) == 4
    assert all(b == bodies[0] for b in bodies)


def test_a_known_head_with_its_body_in_pieces_is_answered(served):
    whole = asked(served)
    with connected(served) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(whole)
        assert answers(link, 1)[0][0] == 200
        for cut in (1, len(whole) // 2, len(whole) - 1):
            for piece in (whole[:cut], whole[cut:]):
                link.sendall(piece)
            assert answers(link, 1)[0][0] == 200


def test_requests_in_one_piece_are_answered_in_order(served):
    whole = asked(served)
    slow = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n"
    with connected(served) as link:
        link.sendall(whole)
        answers(link, 1)
        link.sendall(whole + whole + slow + whole)
        told = answers(link, 4)
    assert [t[0] for t in told] == [200] * 4
    assert [b"prediction_id" in t[2] for t in told] == [True, True, False, True]


def test_what_was_answered_is_not_lost_to_garbage_behind_it(served):
    whole = asked(served)
    with connected(served) as link:
        link.sendall(whole)
        answers(link, 1)
        link.sendall(whole + b"\x00garbage\r\n\r\n")
        told = answers(link, 2)
    assert [t[0] for t in told] == [200, 400]


@pytest.mark.parametrize("more", ["connection: close\r\n", "Connection: Close\r\n"])
def test_a_connection_that_is_to_close_is_closed_each_time(served, more):
    whole = asked(served, more)
    for _ in range(3):
        with connected(served) as link:
            link.sendall(whole)
            ((status, head, _),) = answers(link, 2)
            assert status == 200
            assert b"connection: close" in head


def test_an_id_of_the_request_comes_back_each_time(served):
    with connected(served) as link:
        for name in ("r1", "r2", "r1"):
            link.sendall(asked(served, f"x-request-id: {name}\r\n"))
            assert f"x-request-id: {name}".encode() in answers(link, 1)[0][1]


def test_two_lengths_or_a_length_beside_pieces_are_refused_however_often(served):
    whole = asked(served)
    with connected(served) as link:
        link.sendall(whole)
        assert answers(link, 1)[0][0] == 200
    for more in ("transfer-encoding: chunked\r\n", "content-length: 3\r\n"):
        for _ in range(2):
            with connected(served) as link:
                link.sendall(asked(served, more))
                assert answers(link, 1)[0][0] == 400


def test_heads_are_bounded_and_those_with_an_id_are_not_kept():
    heads = Heads()
    for at in range(HEADS_MOST + 3):
        head = b"POST /v1/predict HTTP/1.1\r\nx: %d\r\ncontent-length: 2\r\n\r\n" % at
        heads.learn(
            head + b"{}", Exchange([(b"content-length", b"2")], 0.0, path="/v1/predict", method="POST"), stays=True
        )
    assert len(heads._met) == 3
    assert heads.met(head + b"[]").size == len(head)
    assert heads.met(head + b"[]x") is None
    assert heads.met(head + b"[") is None
    named = Exchange([(b"content-length", b"2"), (b"x-request-id", b"a")], 0.0, path="/v1/predict", method="POST")
    heads.learn(b"named\r\n\r\n{}", named, stays=True)
    assert heads.met(b"named\r\n\r\n{}") is None
