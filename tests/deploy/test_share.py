"""A server that serves one model alone, and whose pages may hold a page of ours."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file
from pydantic import ValidationError

from api.frames import ancestors
from api.texts import Texts
from components import embedding
from components.sharing import of
from pipelines.settings import Settings
from tests.conftest import IRIS, SAMPLES, SEER, Server

DIGITS = "tagline/digits-vit"
SECONDS = 120


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("demo")
    running = Server(home, "--demo", "--model", DIGITS).wait()
    yield running
    running.stop()


# What a server of one model refuses -------------------------------------------------------------


def test_a_demo_has_a_model() -> None:
    with pytest.raises(ValidationError, match="--model org/name"):
        Settings(host="127.0.0.1", demo=True)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/health", 200),
        ("GET", f"/api/models/{DIGITS}", 200),
        ("GET", f"/api/models/{IRIS}", 403),
        ("POST", f"/models/{IRIS}", 403),
        ("POST", "/models/nobody/nothing", 403),
        ("POST", f"/models/{DIGITS}@other", 403),
        ("GET", f"/models/{IRIS}/info", 403),
        ("GET", f"/status/{IRIS}", 403),
        *(("GET", f"/{page}", 404) for page in (
            "compare", "dataset", "history", "tasks", "deploy", "machine")),
        ("GET", "/picker/models", 404),
        ("GET", f"/picker/state?model={DIGITS}", 404),
        ("POST", "/admin/load", 404),
        ("POST", "/kept", 404),
        ("POST", "/recent", 404),
        ("GET", f"/exports/space.zip?model={DIGITS}", 404),
        ("POST", "/exports/push", 404),
    ],
)  # fmt: skip
def test_what_a_demo_answers(demo: Server, method: str, path: str, status: int) -> None:
    body = {"inputs": "x"} if method == "POST" else None
    answer = httpx.request(method, f"{demo.url}{path}", json=body, timeout=SECONDS)
    assert answer.status_code == status, answer.text[:300]
    if status == 403:
        assert f"is a demo of {DIGITS} and serves that model alone" in answer.json()["error"]


def test_only_its_model_is_listed_and_answers(demo: Server) -> None:
    listed = httpx.get(f"{demo.url}/v1/models", timeout=SECONDS).json()["data"]
    assert [each["id"] for each in listed] == [DIGITS]
    data = (SAMPLES / "digit.png").read_bytes()
    answer = httpx.post(
        f"{demo.url}/models/{DIGITS}", content=data, headers={"content-type": "image/png"},
        timeout=SECONDS,
    )  # fmt: skip
    assert answer.status_code == 200
    assert answer.json()[0]["label"]


def test_the_gradio_client_gets_no_other_model(demo: Server) -> None:
    client = Client(demo.url, verbose=False)
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == {"/image_classification", "/image_feature_extraction"}
    picture = handle_file(SAMPLES / "digit.png")
    found = client.predict("", picture, api_name="/image_classification")
    assert found == client.predict(DIGITS, picture, api_name="/image_classification")
    with pytest.raises(Exception, match="serves that model alone"):
        client.predict(SEER, picture, api_name="/image_classification")
    client.close()


# Who may hold a page -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "policy", "who"),
    [
        ({}, "'self' http://localhost:* http://127.0.0.1:*", ["near", "near"]),
        ({"level": "public"}, "", ["anybody", "near"]),
        ({"level": "protected"}, "'self'", []),
        ({"level": "private"}, "'self'", []),
        ({"allow_origins": "*"}, "", ["anybody", "anybody"]),
        ({"level": "protected", "allow_origins": "*"}, "'self'", []),
    ],
    ids=["unnamed", "public", "protected", "private", "any", "protected-any"],
)
def test_the_policy_of_a_level(given: dict[str, Any], policy: str, who: list[str]) -> None:
    """Of a frame, and of what the page itself draws."""
    settings = Settings(**given)
    assert ancestors(settings) == policy
    assert [way.who for way in embedding.later(settings)] == who
    dialog = of(settings, None).dialog(Texts())
    assert dialog.count("data-embed") == len(who)
    assert (Texts()("deploy.embed_nobody") in dialog) == (not who)


def test_code_keeps_what_html_would_read() -> None:
    code = embedding.iframe('http://x/?a=1&b="><script>', '"><script>')
    assert "<script>" not in code
    assert "a=1&amp;b=" in code
    assert "<img" not in embedding.element('http://x"><img>', '"><img>', '"><img>')
