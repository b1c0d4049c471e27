"""How many calls one caller may send: the headers that clients read, and what each of them shows.

Each test calls from an address of its own, which the server's proxy is trusted to tell.
"""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils._http import parse_ratelimit_headers
from openai import OpenAI, RateLimitError
from playwright.sync_api import expect

from tests.api.wire import SECONDS, error_of, model_url, post
from tests.components.browser import WAIT_MS, chromium
from tests.conftest import CHATTER, EMBEDDER, SAMPLES, Server

MOST = 4
HOUR = 3600
EMBED = f"/models/{EMBEDDER}"
REFUSED = f"You have sent the {MOST} calls that this server takes of one caller in {HOUR} seconds."


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("counting")
    flags = "--level", "public", "--host", "127.0.0.1", "--trusted-proxies", "127.0.0.1"
    server = Server(home, *flags, "--rate-limit", f"{MOST}/hour", "--quota-seconds", "2").wait()
    yield server
    server.stop()


def by(address: str) -> dict[str, str]:
    return {"x-forwarded-for": address}


def call(server: Server, address: str, path: str = EMBED) -> httpx.Response:
    """A call that counts, although there is nothing in it."""
    return post(server, path, headers=by(address))


def gradio(server: Server, address: str) -> Client:
    kwargs = {"timeout": SECONDS}
    return Client(server.url, verbose=False, headers=by(address), httpx_kwargs=kwargs)


def use_up(server: Server, address: str) -> None:
    for _ in range(MOST):
        assert call(server, address).status_code == 400
    assert call(server, address).status_code == 429


def test_a_good_answer_says_where_its_caller_stands(counting: Server) -> None:
    for left in (MOST - 1, MOST - 2):
        answer = post(counting, EMBED, json={"inputs": "Hello"}, headers=by("10.0.0.1"))
        assert len(answer.json()) == 384
        info = parse_ratelimit_headers(answer.headers)
        assert info is not None
        assert (info.resource_type, info.remaining) == ("api", left)
        assert (info.limit, info.window_seconds) == (MOST, HOUR)
        assert 0 < info.reset_in_seconds <= HOUR
        assert "ratelimit-policy" in answer.headers["access-control-expose-headers"]


def test_one_call_too_many(counting: Server) -> None:
    use_up(counting, "10.0.0.2")
    answer = call(counting, "10.0.0.2")
    error_of(answer, 429, REFUSED, f"in {answer.headers['retry-after']} seconds.")
    info = parse_ratelimit_headers(answer.headers)
    assert info is not None
    assert info.remaining == 0
    assert str(info.reset_in_seconds) == answer.headers["retry-after"]
    assert answer.headers["x-request-id"]


def test_what_hugging_faces_client_shows(counting: Server) -> None:
    use_up(counting, "10.0.0.3")
    client = InferenceClient(model_url(counting, EMBEDDER), headers=by("10.0.0.3"))
    with pytest.raises(HfHubHTTPError, match=r"Retry after \d+ seconds \(0/4 requests remaining"):
        client.feature_extraction("Hello")
    with pytest.raises(HfHubHTTPError, match=REFUSED):
        client.feature_extraction("Hello")


def test_what_openais_client_shows(counting: Server) -> None:
    use_up(counting, "10.0.0.4")
    with (
        OpenAI(base_url=f"{counting.url}/v1", api_key="none", max_retries=0) as client,
        pytest.raises(RateLimitError, match=REFUSED),
    ):
        client.embeddings.create(model=EMBEDDER, input="Hi", extra_headers=by("10.0.0.4"))


def test_what_gradios_client_shows(counting: Server) -> None:
    client = gradio(counting, "10.0.0.5")
    shown = []
    for _ in range(MOST + 1):
        job = client.submit(EMBEDDER, "Hello", api_name="/feature_extraction")
        try:
            shown.append(len(job.result(timeout=SECONDS)))
        except AppError as error:
            shown.append(str(error))  # type: ignore[arg-type]
    client.close()
    assert shown[:MOST] == [384] * MOST
    assert str(shown[MOST]).startswith(REFUSED)
    assert call(counting, "10.0.0.5").status_code == 429  # they are counted together


def test_a_quota_that_a_gradio_client_has_spent_is_spent_for_all(counting: Server) -> None:
    by_gradio, shown = gradio(counting, "10.0.0.12"), ""
    for _ in range(MOST - 1):
        job = by_gradio.submit(CHATTER, "Once", max_new_tokens=150, api_name="/text_generation")
        try:
            job.result(timeout=SECONDS)
        except AppError as error:
            shown = str(error)
            break
    by_gradio.close()
    assert "the 2 seconds that you have in a day" in shown
    answer = post(counting, EMBED, json={"inputs": "Hello"}, headers=by("10.0.0.12"))
    error_of(answer, 429, "the 2 seconds that you have in a day", "24 hours")


def test_what_the_page_shows(counting: Server) -> None:
    use_up(counting, "10.0.0.6")
    with chromium() as browser:
        page = browser.new_context(extra_http_headers=by("10.0.0.6")).new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{counting.url}/?model={EMBEDDER}&task=feature-extraction")
        page.locator(".examples button").first.click()
        expect(page.get_by_role("alert")).to_contain_text(REFUSED, timeout=WAIT_MS)


def test_what_does_not_count(counting: Server) -> None:
    """Nothing that makes no model work: not the page, its events, nor what is looked up."""
    asked: list[tuple[str, str, Any]] = [
        ("GET", "/", None), ("GET", "/health", None), ("GET", "/v1/models", None),
        ("GET", EMBED, None), ("GET", "/status", None), ("GET", "/openapi.json", None),
        ("POST", "/admin/load", {"model": EMBEDDER}), ("POST", "/nowhere", {}),
        ("POST", "/gradio_api/queue/join", {}), ("POST", "/gradio_api/cancel", {}),
    ]  # fmt: skip
    for method, path, body in asked * 2:
        answer = httpx.request(
            method, counting.url + path, json=body, headers=by("10.0.0.7"), timeout=SECONDS
        )
        assert answer.status_code not in (429, 500), path
        assert "ratelimit" not in answer.headers
    assert "r=3;" in call(counting, "10.0.0.7").headers["ratelimit"]


@pytest.mark.parametrize(
    "path",
    [EMBED, f"/{EMBED}/", f"/hf-inference{EMBED}", f"/pipeline/feature-extraction/{EMBEDDER}",
     "/v1/embeddings", f"{EMBED}/v1/embeddings", "/v1/chat/completions", "//v1/rerank"],
)  # fmt: skip
def test_every_way_to_a_model_counts(counting: Server, path: str) -> None:
    address = f"10.1.0.{len(path)}"
    before = call(counting, address).headers["ratelimit"]
    after = call(counting, address, path).headers["ratelimit"]
    assert ("r=3;" in before, "r=2;" in after) == (True, True)


def test_uploads_count(counting: Server) -> None:
    files = {"files": (SAMPLES / "cat.jpg").open("rb")}
    for status in [200] * MOST + [429]:
        files["files"].seek(0)
        assert (
            post(counting, "/gradio_api/upload", files=files, headers=by("10.0.0.8")).status_code
            == status
        )
    files["files"].close()


def test_callers_are_told_apart(counting: Server) -> None:
    use_up(counting, "2001:db8::1")
    for same in ("2001:db8::1", "2001:db8::2", "2001:db8::ffff:1:2:3"):
        assert call(counting, same).status_code == 429
    for other in ("2001:db8:0:1::1", "10.0.0.9", "::ffff:10.0.0.10"):
        assert call(counting, other).status_code == 400
    assert "r=2;" in call(counting, "10.0.0.10").headers["ratelimit"]


def test_what_a_caller_himself_claims_is_not_believed(counting: Server) -> None:
    """The proxy writes the address that it saw behind whatever its caller sent."""
    for count in range(MOST):
        assert call(counting, f"10.9.9.{count}, 10.0.0.11").status_code == 400
    assert call(counting, "10.9.9.9, 10.0.0.11").status_code == 429
