"""What a caller should know of an answer comes with it: in a header, and in objects."""

import logging
from pathlib import Path

import httpx
import pytest
from gradio_client import Client
from huggingface_hub import InferenceClient

from tests.conftest import EMBEDDER, Serve, Server
from tests.zoo import time_series_forecasting as forecasters

LONG = "word " * 400
CUT = "inputs is longer than the 256 tokens that this model reads; the rest was left out."


def test_a_list_has_it_in_the_header(server: Server) -> None:
    url = f"{server.url}/models/{EMBEDDER}/pipeline/feature-extraction"
    answer = httpx.post(url, json={"inputs": LONG}, timeout=60)
    assert answer.headers.get_list("x-hf-warning") == [f"inputs; {CUT}"]
    assert "x-hf-warning" in answer.headers["access-control-expose-headers"]
    short = httpx.post(url, json={"inputs": "word"}, timeout=60)
    assert "x-hf-warning" not in short.headers


def test_huggingface_hub_shows_it(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.utils._http._WARNED_TOPICS", set())  # each is shown once
    client = InferenceClient(f"{server.url}/models/{EMBEDDER}", timeout=60)
    logger = logging.getLogger("huggingface_hub")
    logger.addHandler(caplog.handler)
    try:
        client.feature_extraction(LONG)
    finally:
        logger.removeHandler(caplog.handler)
    assert CUT in caplog.text


def test_an_object_has_it_among_its_fields_too(serve: Serve, tmp_path: Path) -> None:
    forecasters.timesfm(tmp_path / "models" / "tiny" / "timesfm")
    server = serve(TAGLINE_MODELS_DIR=str(tmp_path / "models")).wait()
    told = "data is longer than the 32 rows that this model sees; the last ones were taken."
    body = {"inputs": {"data": {"one": forecasters.ONE}}}
    answer = httpx.post(f"{server.url}/models/tiny/timesfm", json=body, timeout=60)
    assert answer.json().keys() == {"forecast", "warnings"}
    assert answer.json()["warnings"] == [told]
    assert answer.headers["x-hf-warning"] == f"data; {told}"
    client = Client(server.url, verbose=False, httpx_kwargs={"timeout": 60})
    job = client.submit("tiny/timesfm", body["inputs"]["data"], api_name="/time_series_forecasting")
    assert job.result(timeout=60) == answer.json()
    client.close()
