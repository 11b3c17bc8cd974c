"""Who gets in: hosts, origins, tokens."""

from __future__ import annotations

import pytest

from ownproof.web.labelling.access import Hosts, Refusal, cookie, token_of


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8090", "localhost:1", "[::1]:80", "127.0.0.1", "LOCALHOST:9", "localhost."]
)
def test_this_machine_is_let_in_by_any_of_its_own_names(host: str) -> None:
    Hosts.of("127.0.0.1", ()).check({"host": host}, method="GET")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8090",
        "192.168.1.5:8090",
        "",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "a:b:c",
    ],
)
def test_a_name_that_is_made_to_resolve_to_this_machine_is_not(host: str) -> None:
    with pytest.raises(Refusal) as why:
        Hosts.of("127.0.0.1", ()).check({"host": host}, method="GET")
    assert why.value.status == 421


def test_an_address_for_all_takes_digits_and_the_names_it_was_given() -> None:
    hosts = Hosts.of("0.0.0.0", ["labels.example.org"])
    for host in ("192.168.1.5:8090", "labels.example.org", "Labels.Example.org:443", "[2001:db8::1]:80"):
        hosts.check({"host": host}, method="GET")
    with pytest.raises(Refusal):
        hosts.check({"host": "evil.example"}, method="GET")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:9999"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"content-type": ""}, 415),
        ({"origin": "http://localhost:8090", "sec-fetch-site": "same-origin"}, None),
        ({}, None),
    ],
)
def test_another_sites_page_sends_nothing(said: dict[str, str], status: int | None) -> None:
    headers = {"host": "localhost:8090", "content-type": "application/json; charset=utf-8", **said}
    if status is None:
        Hosts.of("127.0.0.1", ()).check(headers, method="POST")
        return
    with pytest.raises(Refusal) as why:
        Hosts.of("127.0.0.1", ()).check(headers, method="POST")
    assert why.value.status == status


def test_a_token_comes_as_a_cookie_or_from_a_program() -> None:
    assert token_of({"cookie": "other=1; ownproof-label=abc"}) == "abc"
    assert token_of({"authorization": "Bearer abc"}) == "abc"
    assert token_of({"cookie": "garbage;;;=="}) == token_of({}) == ""


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    told = cookie("abc", "/api/as/anna", secure=True)
    assert told.startswith("ownproof-label=abc; Path=/api/as/anna; ")
    assert {"HttpOnly", "SameSite=Strict", "Secure"} <= set(told.split("; "))
