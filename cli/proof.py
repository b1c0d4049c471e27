"""Proves a security level by trying it: what a stranger, a wrong token and a good one get."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil

from cli.findings import Finding
from pipelines.levels import is_loopback
from pipelines.settings import Settings
from store.token import PREFIX

SECONDS = 10.0
# One of each kind: our API, our page, Gradio's page, what Gradio tells of itself, its calls.
GUARDED = ("/v1/models", "/status", "/docs", "/openapi.json", "/", "/config", "/gradio_api/info")
PLAIN = "/v1/models"
UNLOAD = "/admin/unload"
NOBODYS = {"model": "doctor/no-such-model"}  # by hand, yet nothing happens
WRONG = f"{PREFIX}0_{'0' * 64}"  # always the same, which counts as one try
ANOTHER = "another-site.example"


def prove(url: str, settings: Settings, token: str | None) -> Iterator[Finding]:
    """Tries the level that `settings` name on the server at `url`; nothing is changed there."""
    with httpx.Client(base_url=url, timeout=SECONDS, trust_env=False) as client:
        yield from present(client)
        yield from (signing_in if settings.sign_in else open_to_all)(client, settings, token)
        if settings.level in (None, "private") and is_loopback(settings.host):
            yield from alone(urlsplit(url).port or 80)


def present(client: httpx.Client) -> Iterator[Finding]:
    """Raises httpx.ConnectError where nobody listens."""
    answer = client.get("/health")
    known = "tier" in fields(answer)
    text = "GET /health answers, as for anyone" if known else "GET /health is not Tagline's answer"
    yield Finding(f"{text} ({answer.status_code})", known and answer.status_code == 200)


# With sign-in -----------------------------------------------------------------------------------


def signing_in(client: httpx.Client, settings: Settings, token: str | None) -> Iterator[Finding]:
    if token:
        yield from with_token(client, settings, token)
    else:
        yield Finding("a good token was not tried: put one into TAGLINE_TOKEN")
    for path in GUARDED:
        yield refused(client, path, "without a token")
    yield refused(client, UNLOAD, "without a token", method="POST")
    for header in ("Authorization", "X-HF-Authorization"):
        what = f"with a wrong token in {header}"
        yield refused(client, PLAIN, what, {header: f"Bearer {WRONG}"})


def refused(
    client: httpx.Client,
    path: str,
    what: str,
    headers: dict[str, str] | None = None,
    method: str = "GET",
) -> Finding:
    """401, or 429 where a lockout came first; a page may send to the sign-in instead."""
    body = NOBODYS if method == "POST" else None
    answer = client.request(method, path, json=body, headers=headers)
    good = answer.status_code in (401, 429) or answer.is_redirect
    return Finding(f"{method} {path} {what}: {told(answer)}", good)


def with_token(client: httpx.Client, settings: Settings, token: str) -> Iterator[Finding]:
    mine = {"Authorization": f"Bearer {token}"}
    who = client.get("/api/whoami-v2", headers=mine)
    good = who.status_code == 200
    scope = fields(who).get("auth", {}).get("accessToken", {}).get("role", "") if good else ""
    yield Finding(f"TAGLINE_TOKEN is {'a token of scope ' + scope if good else told(who)}", good)
    if good:
        calls = client.get(PLAIN, headers=mine)
        yield Finding(f"GET {PLAIN} with it: {told(calls)}", calls.status_code == 200)
        yield by_hand(client, settings, scope, mine)


def by_hand(client: httpx.Client, settings: Settings, scope: str, mine: dict[str, str]) -> Finding:
    """A caller who may is told that there is no such model."""
    may = settings.rules.hands == "everybody" or scope == "admin"
    answer = client.post(UNLOAD, json=NOBODYS, headers=mine)
    return Finding(
        f"POST {UNLOAD} with it (scope {scope}): {told(answer)}",
        answer.status_code == (404 if may else 403),
    )


# Without sign-in --------------------------------------------------------------------------------


def open_to_all(client: httpx.Client, settings: Settings, token: str | None) -> Iterator[Finding]:
    answer = client.get(PLAIN)
    yield Finding(f"GET {PLAIN} without a token: {told(answer)}", answer.status_code == 200)
    if settings.rules.hands == "nobody":
        answer = client.post(UNLOAD, json=NOBODYS)
        yield Finding(f"POST {UNLOAD}: {told(answer)}", answer.status_code == 403)
        return
    for header, value in (("Origin", f"https://{ANOTHER}"), ("Host", ANOTHER)):
        answer = client.post(UNLOAD, json=NOBODYS, headers={header: value})
        what = f"POST {UNLOAD} by a page of another site ({header}): {told(answer)}"
        yield Finding(what, answer.status_code == 403)


def alone(port: int) -> Iterator[Finding]:
    """Whether the port is closed on every other address of this machine."""
    for address in own_addresses():
        try:
            httpx.get(f"http://{address}:{port}/health", timeout=2, trust_env=False)
            yield Finding(f"it answers on {address} too, where others reach it", False)
        except httpx.TransportError:
            yield Finding(f"nothing answers on {address}, port {port}", True)


def own_addresses() -> list[str]:
    """IPv4 addresses by which other machines know this one."""
    found = [each.address for links in psutil.net_if_addrs().values() for each in links
             if each.family.name == "AF_INET"]  # fmt: skip
    return sorted(address for address in found if not is_loopback(address))


# Words ------------------------------------------------------------------------------------------


def told(answer: httpx.Response) -> str:
    """The status, and what it means here."""
    words = {200: "answered", 401: "refused", 403: "refused", 404: "let through", 429: "locked out"}
    return f"{words.get(answer.status_code, 'answered')} ({answer.status_code})"


def fields(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
