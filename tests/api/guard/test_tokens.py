"""Tokens as real clients send them, and tokens that are none."""

import time
from datetime import UTC, datetime, timedelta

import httpx
import openai
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AuthenticationError
from huggingface_hub import AsyncInferenceClient, InferenceClient
from huggingface_hub.errors import HfHubHTTPError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from tests.api.guard.servers import Guarded, at, bearer
from tests.api.wire import SECONDS, error_of
from tests.conftest import EMBEDDER, SAMPLES, SEER

CALL = f"/models/{EMBEDDER}/pipeline/feature-extraction"
BODY = {"inputs": "Hello"}


@pytest.mark.parametrize("name", ["Authorization", "X-HF-Authorization", "authorization"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_either_header(protected: Guarded, name: str, scheme: str) -> None:
    headers = {name: f"{scheme} {protected.secret}"}
    assert len(protected.ask(CALL, "POST", json=BODY, headers=headers).json()) == 384


def test_beside_a_token_for_the_hub(protected: Guarded) -> None:
    both = {"authorization": "Bearer hf_mine", "x-hf-authorization": f"Bearer {protected.secret}"}
    assert protected.ask("/v1/models", headers=both).status_code == 200


@pytest.mark.parametrize(
    "value", ["{}", "Basic {}", "Token {}", "Bearer", "Bearer x{}", "bearer{}"]
)
def test_another_scheme(protected: Guarded, value: str) -> None:
    headers = {"authorization": value.format(protected.secret)}
    error_of(protected.ask("/v1/models", headers=headers), 401, "asks for one of its own tokens")


def test_not_in_the_address(protected: Guarded) -> None:
    """Addresses are logged."""
    for name in ("token", "access_token", "api_key", "authorization"):
        assert protected.ask(f"/v1/models?{name}={protected.secret}").status_code == 401


def test_wrong_tokens(protected: Guarded) -> None:
    good = protected.secret
    for number, wrong in enumerate(
        (good[:-1], f"{good}0", good.upper(), good.replace("tgl_1", "tgl_2"), "tgl_", "tgl_1_",
         f"tgl_1_{'0' * 64}", f"tgl_999_{'0' * 64}", "tgl_1_\u00e9", f"tgl_{'9' * 40}_x")
    ):  # fmt: skip
        headers = {"authorization": f"Bearer {wrong}".encode()} | bytes_of(at(f"192.0.2.{number}"))
        answer = protected.ask("/v1/models", headers=headers)
        if wrong.startswith("tgl_"):
            error_of(answer, 401, "not known here", "expired or was revoked", "new one")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].endswith('error="invalid_token"')


def bytes_of(headers: dict[str, str]) -> dict[str, bytes]:
    return {name: value.encode() for name, value in headers.items()}


def test_expired_and_revoked(protected: Guarded) -> None:
    moment = datetime.now(UTC)
    late, _ = protected.tokens.create("late", "read", moment - timedelta(seconds=1))
    soon, _ = protected.tokens.create("soon", "read", moment + timedelta(hours=1))
    there = at("192.0.2.50")
    assert protected.ask("/v1/models", headers=bearer(late) | there).status_code == 401
    assert protected.ask("/v1/models", headers=bearer(soon) | there).status_code == 200
    protected.tokens.revoke("soon")
    until = time.monotonic() + 30
    while protected.ask("/v1/models", headers=bearer(soon) | there).status_code != 401:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_the_wrong_scope(protected: Guarded) -> None:
    body = {"model": "no/model"}
    answer = protected.ask("/admin/load", "POST", json=body, headers=bearer(protected.secret))
    error_of(answer, 403, "admin")
    answer = protected.ask("/admin/load", "POST", json=body, headers=bearer(protected.admin))
    assert answer.status_code == 404  # there is no such model


# Clients ---------------------------------------------------------------------------------------


def test_gradio_client(protected: Guarded) -> None:
    given = {"model": EMBEDDER, "text": "A", "candidate_labels": ["b", "c"]}
    for how in ({"token": protected.secret}, {"headers": bearer(protected.secret)}):
        client = Client(protected.url, verbose=False, **how)
        job = client.submit(api_name="/zero_shot_classification", **given)
        assert len(job.result(timeout=SECONDS)) == 2


def test_gradio_client_sends_and_gets_files(protected: Guarded) -> None:
    client = Client(protected.url, verbose=False, token=protected.secret)
    picture = handle_file(str(SAMPLES / "cat.jpg"))
    job = client.submit(model=SEER, image=picture, api_name="/image_classification")
    assert job.result(timeout=SECONDS)[0]["label"]


@pytest.mark.parametrize("how", [{}, {"token": "tgl_1_wrong"}])
def test_gradio_client_without_one(protected: Guarded, how: dict[str, str]) -> None:
    with pytest.raises(AuthenticationError, match="credentials were not provided"):
        Client(protected.url, verbose=False, headers=at("192.0.2.60"), **how)


def test_inference_client(protected: Guarded) -> None:
    url = f"{protected.url}/models/{EMBEDDER}"
    client = InferenceClient(url, token=protected.secret, timeout=SECONDS)
    assert client.feature_extraction("Hello").shape == (384,)
    wrong = InferenceClient(url, token="tgl_1_wrong", timeout=SECONDS, headers=at("192.0.2.61"))
    with pytest.raises(HfHubHTTPError, match="not known here"):
        wrong.feature_extraction("Hello")


async def test_async_inference_client(protected: Guarded) -> None:
    url = f"{protected.url}/models/{EMBEDDER}"
    async with AsyncInferenceClient(url, token=protected.secret, timeout=SECONDS) as client:
        assert (await client.feature_extraction("Hello")).shape == (384,)


def test_openai(protected: Guarded) -> None:
    client = openai.OpenAI(
        base_url=f"{protected.url}/v1", api_key=protected.secret, timeout=SECONDS
    )
    found = client.embeddings.create(model=EMBEDDER, input="Hello")
    assert len(found.data[0].embedding) == 384
    stranger = openai.OpenAI(base_url=f"{protected.url}/v1", api_key="sk-nothing", timeout=SECONDS)
    with pytest.raises(openai.AuthenticationError, match="asks for one of its own tokens"):
        stranger.models.list()


@pytest.mark.parametrize("path", ["/mcp", "/gradio_api/mcp/"])
async def test_tools_of_the_model_context_protocol(protected: Guarded, path: str) -> None:
    given = {"model": EMBEDDER, "text": "Hello"}
    async with (
        httpx.AsyncClient(headers=bearer(protected.secret), timeout=SECONDS) as http,
        streamable_http_client(protected.url + path, http_client=http) as (reads, writes, _),
        ClientSession(reads, writes) as session,
    ):
        await session.initialize()
        found = await session.call_tool("feature_extraction", given)
    assert not found.isError
    assert protected.ask(path, "POST", json={}).status_code == 401
