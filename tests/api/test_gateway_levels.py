"""Who may call which endpoint: all levels of a server, all of an endpoint, all callers."""

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from tests.api.endpoint_server import CHAT, Running, running
from tests.api.wire import error_of
from tests.conftest import CHATTER

SERVERS = (None, "public", "protected", "private")
ENDPOINTS: dict[str, dict[str, Any]] = {
    "open": {"level": "public"},
    "asking": {"level": "protected"},
    "inside": {"level": "private", "networks": ["10.1.0.0/16", "2001:db8::/32"]},
}
FAR, NEAR, NEAR6 = "203.0.113.1", "10.1.2.3", "2001:db8::7"
# A caller: where he is (None is this machine), and his token.
CALLERS = {
    "here": (None, None),
    "far": (FAR, None),
    "near": (NEAR, None),
    "near6": (NEAR6, None),
    "far, wrong token": (FAR, "tgl_1_" + "0" * 64),
    "far, read": (FAR, "read"),
    "far, admin": (FAR, "admin"),
    "far, its own": (FAR, "own"),
    "far, another's": (FAR, "other"),
    "near, read": (NEAR, "read"),
    "near, its own": (NEAR, "own"),
    "near, another's": (NEAR, "other"),
}


def expected(server: str | None, endpoint: str, caller: str) -> int:
    """What the rules say, in words of their own."""
    place, _, token = caller.partition(", ")
    if token == "wrong token":
        return 401
    if token == "another's":
        return 403
    signs_in = server in ("protected", "private")
    good = token in ("admin", "its own")
    if endpoint == "open":
        return 401 if server == "private" and not token else 200
    if endpoint == "asking":
        return 200 if good else 403 if token else 401
    if place == "far":
        return 401 if signs_in and not token else 403
    if signs_in:
        return 200 if good else 403 if token else 401
    return 200


@dataclass(frozen=True)
class Town:
    """The three endpoints on one server, and the tokens there are."""

    running: Running
    secrets: dict[str, str]

    def call(self, endpoint: str, caller: str, path: str = "", **given: Any) -> Any:
        at, token = CALLERS[caller]
        name = f"{endpoint}-own" if token == "own" else token or ""
        secret = self.secrets.get(name, token)
        body = given.pop("json", {"inputs": "a"})
        return self.running.ask(
            "POST", f"/endpoints/{endpoint}{path}", secret, at, json=body, **given
        )


@pytest.fixture(scope="module", params=SERVERS, ids=str)
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("town")
    with running(home, request.param) as found:
        for name, access in ENDPOINTS.items():
            found.make(name, access=access)
        scopes = {"read": "read", "admin": "admin", "other": "endpoint:another"}
        scopes |= {f"{name}-own": f"endpoint:{name}" for name in ENDPOINTS}
        made = {name: found.tokens.create(name, scope)[0] for name, scope in scopes.items()}
        yield Town(found, made)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> str | None:
    found: str | None = request.node.callspec.params["town"]
    return found


def test_the_whole_matrix(town: Town, server: str | None) -> None:
    asked = list(product(ENDPOINTS, CALLERS))
    found = {each: town.call(*each).status_code for each in asked}
    assert found == {(e, c): expected(server, e, c) for e, c in asked}
    assert len(found) == 36


def test_each_path_of_an_endpoint_is_guarded_alike(town: Town, server: str | None) -> None:
    paths = [("", {"inputs": "a"}), ("/v1/chat/completions", CHAT),
             ("/pipeline/text-generation", {"inputs": "a"})]  # fmt: skip
    for endpoint, (path, body), who in product(ENDPOINTS, paths, ("far", "far, its own", "near")):
        answer = town.call(endpoint, who, path, json=body)
        assert answer.status_code == expected(server, endpoint, who), (endpoint, path, who)
    for endpoint, path in product(ENDPOINTS, ("/health", "/info", "/v1/models", "")):
        answer = town.running.ask("GET", f"/endpoints/{endpoint}{path}", at=FAR)
        allowed = expected(server, endpoint, "far") == 200
        assert (answer.status_code in (200, 405)) == allowed, (endpoint, path)


def test_the_status_names_their_models_to_managers_alone(town: Town, server: str | None) -> None:
    for caller, (at, token) in CALLERS.items():
        secret = town.secrets.get("open-own" if token == "own" else token or "", token)
        answer = town.running.ask("GET", "/status", secret, at)
        if answer.status_code in (401, 403):
            continue
        signs_in = server in ("protected", "private")
        manages = (signs_in and token == "admin") or (server is None and caller == "here")
        held = answer.json()["models"]
        assert len(held) == len(ENDPOINTS)
        assert {each["model"] for each in held} == {CHATTER if manages else "an endpoint"}, caller
        assert {each["revision"] is None for each in held} == {not manages}


def test_metrics_name_endpoints_to_whoever_is_known(town: Town, server: str | None) -> None:
    assert town.call("open", "far, admin").status_code == 200
    for caller, (at, token) in CALLERS.items():
        secret = town.secrets.get("open-own" if token == "own" else token or "", token)
        answer = town.running.ask("GET", "/metrics", secret, at)
        if answer.status_code in (401, 403):
            continue
        known = token in ("read", "admin") or (server is None and caller == "here")
        assert "tagline_http_requests_total" in answer.text
        assert ('endpoint="open"' in answer.text, CHATTER in answer.text) == (known, known), caller


@pytest.mark.parametrize(
    "path",
    ["//endpoints/asking", "/endpoints//asking/", "/endpoints/asking//", "/endpoints/%61sking",
     "/endpoints/asking%2f", "/endpoints/open/../asking", "/endpoints/open%2f..%2fasking",
     "/endpoints/asking%0a", "/Endpoints/asking", "/./endpoints/asking"],
)  # fmt: skip
def test_no_spelling_opens_a_door(town: Town, path: str) -> None:
    """By a socket, since clients tidy a path up."""
    assert raw(town.running.url, path) not in (200, 500), path


@pytest.mark.parametrize(
    "path",
    ["/endpoints/open/../../admin/load", "/endpoints/open/../../v2/endpoint/me",
     "/endpoints/open/v2/endpoint/me", "/endpoints/open/admin/load", "/endpoints/open/models/x",
     "/endpoints/open/..%2f..%2fmodels", "/endpoints/openx", "/endpoints/open;/health"],
)  # fmt: skip
def test_a_door_leads_nowhere_else(town: Town, path: str) -> None:
    assert raw(town.running.url, path) in (401, 403, 404, 405, 422), path


def raw(url: str, path: str) -> int:
    """The status of a POST from afar, whose path is sent as it is."""
    host, _, port = url.removeprefix("http://").partition(":")
    body = b'{"inputs": "a"}'
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}:{port}\r\nx-forwarded-for: {FAR}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(head.encode() + body)
        return int(line.recv(100).split()[1])


def test_a_token_of_one_endpoint_is_good_for_nothing_else(town: Town) -> None:
    secret = town.secrets["asking-own"]
    for method, path in (
        ("GET", "/v1/models"), ("GET", "/status"), ("POST", "/models/x/y"), ("GET", "/"),
        ("GET", "/v2/endpoint/me"), ("POST", "/admin/load"), ("GET", "/api/whoami-v2"),
        ("GET", "/endpoints/open/health"), ("GET", "/metrics"), ("POST", "/mcp"),
    ):  # fmt: skip
        answer = town.running.ask(method, path, secret, FAR)
        expects = 401 if answer.status_code == 401 else 403
        if path.startswith(("/v2", "/endpoints", "/api/whoami")) or signs_in(town):
            assert answer.status_code == 403, path
            error_of(answer, expects, "good for the endpoint asking alone")


def signs_in(town: Town) -> bool:
    return town.running.ask("GET", "/v1/models", at=FAR).status_code == 401


def test_who_manages(town: Town, server: str | None) -> None:
    ask = town.running.ask
    assert ask("GET", "/v2/endpoint/me", town.secrets["admin"], FAR).status_code == 200
    assert ask("GET", "/v2/endpoint/me", town.secrets["read"], FAR).status_code == 403
    assert ask("GET", "/v2/endpoint/me", at=FAR).status_code == 401
    here = ask("GET", "/v2/endpoint/me").status_code
    assert here == (200 if server is None else 401)
    who = ask("GET", "/api/whoami-v2", town.secrets["admin"], FAR)
    assert (who.status_code, who.json()["name"]) == (200, "admin")


def test_what_is_said(town: Town) -> None:
    answer = town.call("asking", "far")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    if not signs_in(town):
        error_of(answer, 401, "Endpoint asking asks for a token", "--scope endpoint:asking")
        error_of(town.call("inside", "far"), 403, "Endpoint inside is private")
    error_of(town.call("asking", "far, read"), 403, "scope endpoint:asking or admin")


def test_a_revoked_token_opens_no_door(town: Town) -> None:
    secret, _ = town.running.tokens.create("brief", "endpoint:asking")
    path, body = "/endpoints/asking", {"inputs": "a"}
    assert town.running.ask("POST", path, secret, FAR, json=body).status_code == 200
    town.running.tokens.revoke("brief")
    until = time.monotonic() + 20  # another object than the server's: it looks every two seconds
    while town.running.ask("POST", path, secret, FAR, json=body).status_code == 200:
        assert time.monotonic() < until
        time.sleep(0.2)
    assert town.running.ask("POST", path, secret, FAR, json=body).status_code == 401


# Behind proxies ---------------------------------------------------------------------------------


def test_behind_a_proxy_that_is_not_trusted_nobody_is_inside(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running(tmp_path_factory.mktemp("untrusted"), proxied=False) as found:
        found.make("inside", access={"level": "private", "networks": ["127.0.0.0/8"]})
        path, body = "/endpoints/inside", {"inputs": "a"}
        assert found.ask("POST", path, json=body).status_code == 200
        assert found.ask("POST", path, at=NEAR, json=body).status_code == 403
        rebound = {"host": "rebound.example.org"}
        assert found.ask("POST", path, headers=rebound, json=body).status_code == 403
