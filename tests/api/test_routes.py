"""Which paths are ours, which are Gradio's, and that each side answers in its own way."""

import json
import subprocess
import sys

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from api.app import OURS, build
from api.sign_in import METHODS
from tests.api.local import SETTINGS, inference
from tests.api.wire import SECONDS, error_of, post
from tests.conftest import CHATTER, EMBEDDER, ROOT, Server

# The Model Context Protocol where Gradio's own server of it would be, which is not served
TOOLS = "/gradio_api/mcp"
DOCUMENTS = ("/docs", "/docs-assets", "/openapi.json")  # ours too, before Gradio's of that name
GATEWAY = "/endpoints/{name}"  # lies below a page
GRADIO = {
    "assets", "clients", "compare", "config", "dataset", "favicon.ico", "gradio_api", "history",
    "deploy", "embed", "endpoints", "login", "logout", "machine", "manifest.json", "tasks",
    "monitoring", "pwa_icon", "robots.txt", "static", "svelte", "theme.css",
}  # fmt: skip


def first(path: str) -> str:
    return path.split("/")[1]


def ours() -> set[str]:
    routes = iter_route_contexts(build(inference(None), SETTINGS).routes)
    paths = {route.path for route in routes if route.path}
    return {first(path) for path in paths if path != TOOLS and not path.startswith(GATEWAY)}


def test_our_names() -> None:
    assert ours() == {first(path) for path in (*OURS, *DOCUMENTS)}


@pytest.fixture(scope="module")
def page() -> dict[str, list[str]]:
    """The paths that Gradio serves for our page, and the names of its pages.

    Seen from a process of its own: Blocks leave event loops open, which pytest would report.
    """
    done = subprocess.run([sys.executable, "-c", SHOW], cwd=ROOT, capture_output=True, check=True)
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


SHOW = """
import json
from gradio.routes import App
from components.app import build
from tests.api.local import SETTINGS, inference
made = []
create = App.create_app
App.create_app = staticmethod(lambda *given, **named: made.append("app") or create(*given, **named))
page = build(inference(None), SETTINGS)
pages = [name for name, _, _ in page.pages]
paths = [getattr(route, "path", "/") for route in create(page).routes]
print(json.dumps({"paths": paths, "pages": pages, "made": made}))
"""


def test_no_name_of_ours_is_gradios(page: dict[str, list[str]]) -> None:
    """A route of ours comes first, so one that is called as Gradio's would break its clients."""
    names = {first(path) for path in page["paths"]} - {"", "openapi.json"}
    assert not [path for path in page["paths"] if path.startswith(TOOLS)]
    assert names <= GRADIO  # a new one of Gradio's belongs in the list
    assert not GRADIO & ours()


def test_the_sign_in_hides_nothing(page: dict[str, list[str]]) -> None:
    """The guard answers it before any route."""
    assert not {first(path) for path in METHODS} & (GRADIO | ours() | set(page["pages"]))


def test_no_page_is_hidden_by_a_route(page: dict[str, list[str]]) -> None:
    assert page["pages"] == [
        "", "compare", "dataset", "history", "tasks", "deploy", "machine", "endpoints", "embed",
        "clients",
    ]  # fmt: skip
    assert not set(page["pages"]) & ours()


def test_all_pages_are_one_block(page: dict[str, list[str]]) -> None:
    """Gradio makes its application with the blocks, and once more at the end of each."""
    assert page["made"] == ["app", "app"]


def test_a_page_and_what_lies_below_it(server: Server) -> None:
    page = httpx.get(f"{server.url}/endpoints?name=nonesuch", timeout=SECONDS)
    assert page.headers["content-type"].startswith("text/html")
    answer = httpx.get(f"{server.url}/endpoints/nonesuch", timeout=SECONDS)
    error_of(answer, 404, "no endpoint 'nonesuch'")


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/nonesuch", "/models", "/models/", "/hf-inference",
             "/hf-inference/x", "//v1//nonesuch", "/v1/chat", "/health/nonesuch", "/models%0A"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_nothing_under_our_prefixes(server: Server, method: str, path: str) -> None:
    answer = httpx.request(method, server.url + path, timeout=SECONDS)
    error_of(answer, 404, "nothing at", "/docs")
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", f"/models/{EMBEDDER}", "POST"),
        ("DELETE", f"/models/{EMBEDDER}/", "POST"),
        ("PUT", f"/models/{EMBEDDER}/pipeline/feature-extraction", "POST"),
        ("GET", f"/hf-inference/models/{EMBEDDER}", "POST"),
        ("GET", "/v1/chat/completions", "POST"),
        ("GET", f"/models/{CHATTER}/v1/chat/completions", "POST"),
        ("POST", "/v1/models", "GET"),
        ("DELETE", f"/v1/models/{CHATTER}", "GET"),
        ("POST", "/health", "GET, HEAD"),
        ("OPTIONS", "/health", "GET, HEAD"),
    ],
)
def test_a_method_that_a_path_does_not_take(
    server: Server, method: str, path: str, allowed: str
) -> None:
    answer = httpx.request(method, server.url + path, timeout=SECONDS)
    error_of(answer, 405, f"Send {allowed} to this path")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/nonesuch", "/gradio_api/nonesuch", "/modelsx", "/"])
def test_gradios_own_paths_keep_their_errors(server: Server, path: str) -> None:
    answer = httpx.post(server.url + path, timeout=SECONDS)
    assert answer.status_code in (404, 405)
    assert list(answer.json()) == ["detail"]


def test_gradios_own_paths_answer(server: Server) -> None:
    for path in ("/", "/config", "/clients", "/theme.css", "/robots.txt", "/gradio_api/info"):
        assert httpx.get(server.url + path, timeout=SECONDS).status_code == 200


def test_health(server: Server) -> None:
    for path in ("/health", "/health/", "//health"):
        found = httpx.get(server.url + path, timeout=SECONDS).json()
        assert found["status"] == "ok"
        assert found["tier"]
    head = httpx.head(f"{server.url}/health", timeout=SECONDS)
    assert (head.status_code, head.content) == (200, b"")


def test_openai_s_client_gets_its_own_form_of_an_error(server: Server) -> None:
    """It shows `error.message` and nothing else; the form of all others would tell it nothing."""
    for agent in ("OpenAI/Python 3.54.0", "AsyncOpenAI/Python 3.54.0", "OpenAI/JS 6.0.0"):
        headers = {"user-agent": agent}
        answer = httpx.get(f"{server.url}/v1/nonesuch", headers=headers, timeout=SECONDS)
        assert "nothing at /v1/nonesuch" in answer.json()["error"]["message"]


# Pages of other sites --------------------------------------------------------------------------

EMBED = f"/models/{EMBEDDER}/pipeline/feature-extraction"


@pytest.mark.parametrize(
    "origin", ["https://example.org", "null", "http://127.0.0.1.example.org", "http://[", ""]
)
def test_a_page_of_another_site_may_not_call(server: Server, origin: str) -> None:
    """What a browser sends for it without asking the server first."""
    headers = {"origin": origin, "content-type": "text/plain"}
    answer = post(server, EMBED, content=b'{"inputs": "Hello"}', headers=headers)
    error_of(answer, 403, "Pages of other sites")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://localhost:3000"},
        {"origin": "http://127.0.0.1:7860"},
        {"origin": "http://[::1]:8000"},
        {"origin": "https://example.org", "host": "example.org"},  # behind a proxy
        {"origin": "https://app.example.org", "host": "api.example.org"},
    ],
    ids=str,
)
def test_other_callers_may(server: Server, headers: dict[str, str]) -> None:
    answer = post(server, EMBED, json={"inputs": "Hello"}, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("host", ["[", "", "a b", "x" * 3_000, "\x7f", "@", "[::1", "127.0.0.1:x"])
def test_odd_hosts(server: Server, host: str) -> None:
    for path in ("/health", "/v1/nonesuch"):
        answer = httpx.get(server.url + path, headers={"host": host, "origin": "http://x"})
        assert answer.status_code in (200, 400, 403, 404)
