"""Private endpoints, called from real network namespaces: no header says where a call comes from.

A bridge-less star: this namespace has one interface to each of two others, `near` and `far`.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from tests.conftest import IRIS, Server

NEAR, FAR = "10.231.1", "10.231.2"  # the first three numbers of each network
NAMES = {"near": NEAR, "far": FAR}
ROW = {"inputs": {"data": {
    "sepal length (cm)": [5.1], "sepal width (cm)": [3.5],
    "petal length (cm)": [1.4], "petal width (cm)": [0.2],
}}}  # fmt: skip
ASK = """
import sys, urllib.error, urllib.request
url, body, *claims = sys.argv[1:]
headers = {"content-type": "application/json"}
for claim in claims: headers["x-forwarded-for"] = claim
try:
    request = urllib.request.Request(url, body.encode(), headers)
    print(urllib.request.urlopen(request, timeout=60).status)
except urllib.error.HTTPError as error:
    print(error.code)
except OSError as error:
    print(0)
"""


@dataclass(frozen=True)
class Net:
    """A server on all interfaces, and callers in namespaces of their own."""

    server: Server

    def ask(self, place: str, name: str, at: str | None = None, *extra: str) -> int:
        """The status of a call from `place`, to the server's address there or to another one."""
        import sys

        address = at or (f"{NAMES[place]}.1" if place in NAMES else "127.0.0.1")
        url = f"http://{address}:{self.server.port}/endpoints/{name}"
        inside = ["ip", "netns", "exec", f"tgl-{place}"] if place in NAMES else []
        command = [*inside, sys.executable, "-c", ASK, url, json.dumps(ROW), *extra]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return int(done.stdout)


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=30)


@pytest.fixture(scope="module")
def namespaces() -> Iterator[None]:
    if os.geteuid() or not shutil.which("ip"):
        pytest.skip("network namespaces need root and the program ip")
    try:
        for name, net in NAMES.items():
            take_down(name)
            put_up(name, net)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this kernel makes no network namespace: {error.stderr.decode()[:200]}")
    yield
    for name in NAMES:
        take_down(name)


def put_up(name: str, net: str) -> None:
    space, here, there = f"tgl-{name}", f"tgl-{name}-a", f"tgl-{name}-b"
    run("ip", "netns", "add", space)
    run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", space)
    run("ip", "addr", "add", f"{net}.1/24", "dev", here)
    run("ip", "link", "set", here, "up")
    run("ip", "-n", space, "addr", "add", f"{net}.2/24", "dev", there)
    run("ip", "-n", space, "link", "set", there, "up")
    run("ip", "-n", space, "route", "add", "default", "via", f"{net}.1")


def take_down(name: str) -> None:
    for command in (("netns", "del", f"tgl-{name}"), ("link", "del", f"tgl-{name}-a")):
        with suppress(subprocess.CalledProcessError):
            run("ip", *command)


@pytest.fixture(scope="module")
def net(namespaces: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    home = tmp_path_factory.mktemp("net")
    server = Server(home, "--level", "public", "--host", "0.0.0.0", TAGLINE_RATE_LIMIT="off")
    try:
        make(server.wait(), home)
        yield Net(server)
    finally:
        server.stop()


def make(server: Server, home: object) -> None:
    """Three private endpoints: for this machine, for one network, for one interface."""
    import httpx

    from store.database import connect
    from store.tokens import Tokens
    from tests.api.wire import SECONDS

    engine = connect(f"sqlite:///{home}/home/tagline.db")
    secret, _ = Tokens(engine).create("operator", "admin")
    engine.dispose()
    levels = {
        "here": {"level": "private"},
        "listed": {"level": "private", "networks": [f"{NEAR}.0/24"]},
        "faced": {"level": "private", "interface": f"{FAR}.1"},
        "open": {"level": "public"},
    }
    for name, access in levels.items():
        body = {"name": name, "tagline": {"model": IRIS, "access": access}}
        answer = httpx.post(
            f"{server.url}/v2/endpoint/here", json=body, timeout=SECONDS,
            headers={"authorization": f"Bearer {secret}"},
        )  # fmt: skip
        assert answer.status_code == 201, json.dumps(answer.json())


def test_who_reaches_which(net: Net) -> None:
    found = {
        (place, name): net.ask(place, name)
        for place in ("here", "near", "far")
        for name in ("here", "listed", "faced", "open")
    }
    assert found == {
        ("here", "here"): 200, ("here", "listed"): 200, ("here", "faced"): 200,
        ("here", "open"): 200,
        ("near", "here"): 403, ("near", "listed"): 200, ("near", "faced"): 403,
        ("near", "open"): 200,
        ("far", "here"): 403, ("far", "listed"): 403, ("far", "faced"): 200,
        ("far", "open"): 200,
    }  # fmt: skip


def test_the_address_that_is_called_brings_nobody_in(net: Net) -> None:
    """This machine takes calls to any of its addresses from each of its interfaces."""
    assert net.ask("near", "open", f"{FAR}.1") == 200
    assert net.ask("near", "faced", f"{FAR}.1") == 403
    assert net.ask("far", "listed", f"{NEAR}.1") == 403


@pytest.mark.parametrize("claim", ["127.0.0.1", f"{NEAR}.2", "::1"])
def test_a_header_brings_nobody_in(net: Net, claim: str) -> None:
    assert net.ask("far", "here", None, claim) == 403
    assert net.ask("far", "listed", None, claim) == 403


def test_whoever_says_that_he_passes_on_is_not_inside(net: Net) -> None:
    assert net.ask("near", "listed", None, "203.0.113.1") == 403
    assert net.ask("near", "listed", None, f"{NEAR}.2") == 200
