"""The address of a widget for Gradio's web component: what is asked below it, and as what."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.types import Scope

from api import embedded, look
from api.embedded import Embedded, address
from tests.conftest import IRIS, Server

SECONDS = 60


def scope_of(path: str, query: str = "", **more: Any) -> Scope:
    headers = [(b"host", b"there:7860")]
    about = {"type": "http", "scheme": "http", "server": ("there", 7860), "headers": headers}
    return {**about, "path": path, "query_string": query.encode(), "root_path": "", **more}


def asked(path: str, query: str = "", **more: Any) -> Scope:
    """What the application behind it is asked."""
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        seen.append(scope)

    unused: Any = None
    asyncio.run(Embedded(app)(scope_of(path, query, **more), unused, unused))
    return seen[0]


@pytest.mark.parametrize("name", ["gpt2", "a/b.c_d-e", "a/b@refs/pr/1", "local/x@main"])
def test_an_address_names_the_model_and_its_task(name: str) -> None:
    place = address("", name, "text-generation")
    scope = asked(f"{place}/gradio_api/queue/join", "session=1&model=other&lang=zh")
    assert scope["path"] == "/gradio_api/queue/join"
    assert scope["raw_path"] == scope["path"].encode()
    assert scope["root_path"] == place
    assert dict(httpx.QueryParams(scope["query_string"].decode())) == {
        "session": "1", "lang": "zh", "model": name, "task": "text-generation", "demo": "1",
    }  # fmt: skip
    assert embedded.server(scope) == "http://there:7860"


@pytest.mark.parametrize(
    "path", ["/", "/embed", "/embed/a~b", "/embed/a~b/T", "/x/embed/a~b/t/config"]
)
def test_other_paths_are_left_as_they_are(path: str) -> None:
    scope = asked(path, "model=m")
    assert scope == scope_of(path, "model=m")
    assert embedded.server(scope) == ""


def test_a_page_is_alone_in_what_gradio_tells_of_it(server: Server) -> None:
    whole = httpx.get(f"{server.url}/config", timeout=SECONDS).json()
    place = address(server.url, IRIS, "tabular-classification")
    config = httpx.get(f"{place}/config", timeout=SECONDS).json()
    assert config["root"] == place
    assert list(config["page"]) == [""]
    assert config["page"][""] == whole["page"][embedded.PAGE]
    assert [len(each) for each in (config["pages"], config["components"])] == [1, 1]
    assert len(whole["page"]) > 5  # and whoever asks otherwise is told of all


def test_what_fails_there_fails_as_elsewhere(server: Server) -> None:
    place = address(server.url, IRIS, "tabular-classification")
    answer = httpx.get(f"{place}/nowhere", timeout=SECONDS)
    assert answer.status_code == 404
    headers = {"origin": "http://elsewhere.example"}
    assert httpx.get(f"{place}/config", headers=headers, timeout=SECONDS).status_code == 403


def test_the_component_has_one_address_in_every_release(server: Server) -> None:
    answer = httpx.get(f"{server.url}{look.COMPONENT}", timeout=SECONDS)
    assert answer.headers["content-type"].startswith("text/javascript")
    script = answer.text.partition('import("')[2].partition('"')[0]
    found = httpx.get(f"{server.url}{script}", timeout=SECONDS)
    assert "gradio-app" in found.text


def test_a_server_that_asks_for_a_token_asks_here_too(serve: Any) -> None:
    running = serve("--level", "protected", "--host", "127.0.0.1").wait()
    place = address(running.url, IRIS, "tabular-classification")
    for path in ("/config", "/gradio_api/info", "/health/../config"):
        answer = httpx.get(f"{place}{path}", timeout=SECONDS)
        assert answer.status_code == 401, path
        assert "token" in json.dumps(answer.json())
