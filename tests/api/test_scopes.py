"""What a token may do by its scope, on a protected server that could ask a Hub."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from store.database import connect
from store.tokens import PREFIX, Tokens
from tests.api.wire import FLOWERS, SECONDS, error_of
from tests.conftest import IRIS, STARTERS, Server
from tests.pipelines.models.fake_hub import Hub

UNLISTED, GATED, ALICE = "someone/flowers", "someone/gated", "hf_alice"
BODY = {"inputs": {"data": FLOWERS}}


@dataclass(frozen=True)
class Protected:
    """A server at that level, its Hub, and a token of each scope."""

    server: Server
    hub: Hub
    tokens: Tokens
    read: str
    admin: str

    def post(self, path: str, token: str | None = None, body: Any = None, **more: str) -> Any:
        sent = {"authorization": f"Bearer {token}"} if token else {}
        url = self.server.url + path
        return httpx.post(url, json=body or {}, headers=sent | more, timeout=SECONDS)


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Protected]:
    home, hub = tmp_path_factory.mktemp("scopes"), Hub()
    files = {p.name: p.read_bytes() for p in (STARTERS / IRIS).iterdir() if p.is_file()}
    hub.add(UNLISTED, files, tag="tabular-classification")
    hub.add(GATED, files, tag="tabular-classification", gated="auto", readers={ALICE})
    database = f"sqlite:///{home / 'tokens.db'}"
    online = {"TAGLINE_OFFLINE": "0", "TAGLINE_HUB": hub.url, "TAGLINE_MODELS": GATED}
    here = ("--level", "protected", "--host", "127.0.0.1")
    server = Server(home, *here, TAGLINE_DATABASE=database, **online).wait()
    tokens = Tokens(connect(database))
    secrets = [tokens.create(scope, scope)[0] for scope in ("read", "admin")]
    yield Protected(server, hub, tokens, *secrets)
    server.stop()
    tokens.engine.dispose()
    hub.close()


# Who am I ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["read", "admin"])
def test_the_real_client_is_told_whose_token_it_has(protected: Protected, scope: str) -> None:
    told = HfApi(protected.server.url, token=getattr(protected, scope)).whoami()
    assert (told["type"], told["name"]) == ("user", scope)
    assert told["auth"]["accessToken"]["role"] == scope
    assert told["auth"]["accessToken"]["displayName"] == scope


def test_a_token_that_is_none_is_refused(protected: Protected) -> None:
    for wrong in (f"{PREFIX}1_{'0' * 64}", ALICE):
        with pytest.raises(HfHubHTTPError, match="Invalid user token") as caught:
            HfApi(protected.server.url, token=wrong).whoami()
        assert caught.value.response.status_code == 401
        assert list(caught.value.response.json()) == ["error"]


def test_an_expired_token_is_refused(protected: Protected) -> None:
    secret, _ = protected.tokens.create("late", "admin", expires=datetime.now(UTC))
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        HfApi(protected.server.url, token=secret).whoami()


def test_where_no_token_is_asked_for_none_is_known(server: Server) -> None:
    with pytest.raises(HfHubHTTPError, match="Invalid user token") as caught:
        HfApi(server.url, token=ALICE).whoami()
    assert "asks for none" in error_of(httpx.get(f"{server.url}/api/whoami-v2"), 401)
    assert caught.value.response.status_code == 401


# By hand ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["load", "pin", "unload"])
def test_only_admins_load_unload_and_pin(protected: Protected, what: str) -> None:
    body = {"model": IRIS}
    error_of(protected.post(f"/admin/{what}", None, body), 401)
    error_of(protected.post(f"/admin/{what}", protected.read, body), 403, "scope admin")
    answer = protected.post(f"/admin/{what}", protected.admin, body)
    assert answer.status_code == 200
    assert answer.json()["model"] == IRIS


def test_a_button_that_is_hidden_is_closed_too(protected: Protected) -> None:
    """Nothing is named, so that whoever may is told that."""
    seen = drawn(protected, protected.read, "reader")["ids"]
    assert "run" in seen
    assert "load" not in seen
    page = drawn(protected, protected.admin, "admin")
    for button in ("load", "unload", "pin"):
        assert "Only a token of scope admin" in press(protected, protected.read, page, button)
        assert "not a model id" in press(protected, protected.admin, page, button)


def drawn(protected: Protected, token: str, session: str) -> dict[str, Any]:
    """What the pages draw for whoever opens them: the ids of what has a name, and what is called
    by which."""
    ids: dict[str, int] = {}
    calls: list[Any] = []
    with client_of(protected, token) as client:
        page = client.get("/config").json()
        opened = [e for e in page["dependencies"] if "load" in {t[1] for t in e["targets"]}]
        for each in opened:
            asked = {"data": [None] * len(each["inputs"]), "fn_index": each["id"]}
            told = client.post("/gradio_api/run/predict", json=asked | {"session_hash": session})
            if made := told.json().get("render_config"):
                ids |= {e["props"].get("elem_id"): e["id"] for e in made["components"]}
                calls += made["dependencies"]
    return {"ids": ids, "calls": calls, "session": session}


def press(protected: Protected, token: str, page: dict[str, Any], button: str) -> str:
    """What Gradio's queue answers whoever presses a button of an open page by program."""
    with client_of(protected, token) as client:
        click = [page["ids"][button], "click"]
        pressed = next(each for each in page["calls"] if click in each["targets"])
        asked = {
            "data": [None] * len(pressed["inputs"]),
            "fn_index": pressed["id"],
            "session_hash": page["session"],
        }
        client.post("/gradio_api/queue/join", json=asked).raise_for_status()
        query = {"session_hash": asked["session_hash"]}
        with client.stream("GET", "/gradio_api/queue/data", params=query) as events:
            for line in events.iter_lines():
                if '"process_completed"' in line:
                    return json.dumps(json.loads(line.removeprefix("data: "))["output"])
    raise AssertionError("The stream ended early")


def client_of(protected: Protected, token: str) -> httpx.Client:
    mine = {"authorization": f"Bearer {token}"}
    return httpx.Client(base_url=protected.server.url, headers=mine, timeout=SECONDS)


# The Hub ----------------------------------------------------------------------------------------


def test_an_admin_brings_a_model_that_is_not_listed(protected: Protected) -> None:
    call = f"/models/{UNLISTED}"
    error_of(protected.post(call, protected.read, BODY), 403, "TAGLINE_MODELS")
    error_of(protected.post(call, protected.admin, BODY), 403, "TAGLINE_MODELS")
    body = {"model": UNLISTED}
    error_of(protected.post("/admin/load", protected.read, body), 403, "scope admin")
    assert protected.post("/admin/load", protected.admin, body).status_code == 200
    assert protected.post(call, protected.read, BODY).status_code == 200  # now it is here


def test_the_hub_never_sees_our_token_and_still_sees_the_visitors_own(protected: Protected) -> None:
    call = f"/models/{GATED}"
    error_of(protected.post(call, protected.read, BODY), 403, GATED)
    both = {"x-hf-authorization": f"Bearer {protected.read}"}
    assert protected.post(call, ALICE, BODY, **both).status_code == 200
    swapped = {"x-hf-authorization": f"Bearer {ALICE}"}
    assert protected.post(call, protected.read, BODY, **swapped).status_code == 200
    error_of(protected.post(call, protected.admin, BODY), 403, GATED)  # another's files
    shown = {seen.token for seen in protected.hub.seen}
    assert shown == {None, ALICE}
