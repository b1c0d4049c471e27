"""What the Deploy page asks for: folders as ZIP files, an endpoint's call, a Space's push."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from deploy import options, targets
from deploy.plan import plan
from pipelines.errors import InvalidInput
from tests.conftest import CHATTER, EMBEDDER, IRIS, SEER, Serve, Server
from tests.deploy.away import board
from tests.deploy.fake_spaces import Spaces

SECONDS = 240
MODELS = board()


def get(server: Server, path: str, **query: Any) -> httpx.Response:
    return httpx.get(f"{server.url}/exports/{path}", params=query, timeout=SECONDS)


@pytest.mark.parametrize("target", targets.TARGETS)
def test_a_folder_comes_as_a_zip(target: str, server: Server) -> None:
    told = get(server, target, model=IRIS).json()
    answer = get(server, f"{target}.zip", model=IRIS)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{told["name"]}"'
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    names = archive.namelist()
    top = told["name"].removesuffix(".zip")
    assert {name.partition("/")[0] for name in names} == {top}
    assert f"{top}/README.md" in names
    whole = sum(each.file_size for each in archive.infolist())
    assert whole / 2 < told["bytes"] + 20_000 < whole * 2 + 40_000


def test_options_are_heeded(server: Server) -> None:
    answer = get(server, "kubernetes.zip", model=CHATTER, image="team/chat:2", replicas=3)
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    texts = {name.rpartition("/")[2]: archive.read(name).decode() for name in archive.namelist()}
    assert "image: team/chat:2" in texts["deployment.yaml"]
    assert "maxReplicas: 3" in texts["autoscaler.yaml"]


@pytest.mark.parametrize("path", ["{}", "{}.zip"])
@pytest.mark.parametrize(
    ("target", "query", "status", "words"),
    [
        ("moon", {"model": IRIS}, 422, "They are: space, docker, kubernetes, handler."),
        ("space", {}, 422, "model"),
        ("space", {"model": "no/such"}, 404, "is not on this machine"),
        ("space", {"model": "/etc/passwd"}, 422, "is not a model id"),
        ("space", {"model": IRIS, "task": "fill-mask"}, 400, "cannot do fill-mask"),
        ("space", {"model": IRIS, "folder": "/tmp"}, 422, "has no option 'folder'"),
        ("space", {"model": IRIS, "zero": "maybe"}, 422, "zero: 'maybe' is not 1 or 0"),
        ("kubernetes", {"model": IRIS, "replicas": "many"}, 422, "is not a whole number"),
    ],
)
def test_what_cannot_be_written(
    server: Server, path: str, target: str, query: dict[str, str], status: int, words: str
) -> None:
    answer = get(server, path.format(target), **query)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"]


@pytest.mark.parametrize(
    "query", [{"image": "a b"}, {"replicas": "1000"}], ids=["image", "replicas"]
)
def test_what_a_target_itself_refuses(server: Server, query: dict[str, str]) -> None:
    for path in ("kubernetes", "kubernetes.zip"):
        answer = get(server, path, model=IRIS, **query)
        assert answer.status_code == 422
        assert next(iter(query)) in answer.json()["error"]


def test_nothing_is_left_behind(serve: Serve) -> None:
    running = serve().wait()
    assert get(running, "kubernetes.zip", model=IRIS).status_code == 200
    with httpx.stream(
        "GET", f"{running.url}/exports/space.zip", params={"model": EMBEDDER}, timeout=SECONDS
    ) as begun:
        next(begun.iter_raw(1_000))  # and it hangs up
    assert get(running, "handler.zip", model=IRIS).status_code == 200
    assert get(running, "handler.zip", model="no/such").status_code == 404
    assert not any((running.log.parent / "home" / "exports").iterdir())


def test_the_code_of_an_endpoint(server: Server) -> None:
    told = get(
        server, "endpoint", model=SEER, repository="ann/seer", region="eu-west-1", type="public"
    ).json()
    assert told.keys() == {"handler"}
    for words in ('repository="ann/seer"', 'region="eu-west-1"', 'type="public"'):
        assert words in told["handler"]
    refused = get(server, "endpoint", model=SEER, repository='x",evil')
    assert refused.status_code == 422


def test_the_options_of_a_target() -> None:
    assert [each.name for each in options.of("kubernetes")] == ["image", "replicas"]
    assert options.read("docker", {"cuda": "1", "mount": "0"}) == {"cuda": True, "mount": False}
    assert (
        options.command("space", plan(MODELS, SEER), "x") == f"python app.py export space {SEER} x"
    )
    other = plan(MODELS, SEER, "image-feature-extraction")
    assert options.command("space", other, "x").endswith(" --task image-feature-extraction")
    with pytest.raises(InvalidInput, match="has no option"):
        options.read("space", {"plan": "x"})


# The push ---------------------------------------------------------------------------------------


@pytest.fixture
def hub() -> Iterator[Spaces]:
    running = Spaces()
    yield running
    running.close()


def push(server: Server, **about: Any) -> httpx.Response:
    body = {"model": IRIS, "space": "ann/iris", "token": "hf_good"} | about
    return httpx.post(f"{server.url}/exports/push", json=body, timeout=SECONDS)


def test_a_space_is_pushed_with_ones_own_token(serve: Serve, hub: Spaces) -> None:
    running = serve(TAGLINE_OFFLINE="0", HF_ENDPOINT=hub.url).wait()
    refused = push(running, token="hf_wrong_secret")
    assert refused.status_code == 401
    assert "hf_wrong_secret" not in refused.text
    assert push(running, space="bob/iris").status_code == 403
    assert push(running, space="../x").status_code == 422
    assert push(running, token=" ").status_code == 422
    assert hub.spaces == {}
    made = push(running, hardware="t4-small", sleep=3600)
    assert made.status_code == 201, made.text
    assert made.json()["link"] == f"{hub.url}/spaces/ann/iris"
    space = hub.spaces["ann/iris"]
    assert space.about["hardware"] == "t4-small"
    assert "sdk: gradio" in space.files["README.md"].decode()
    assert f"models/{IRIS}/config.json" in space.files
    assert push(running).status_code == 422  # the name is taken
    log = running.log.read_text()
    assert "hf_good" not in log
    assert "hf_wrong_secret" not in log
    kept = running.log.parent / "home"
    assert not [
        path for path in kept.rglob("*") if path.is_file() and b"hf_good" in path.read_bytes()
    ]


def test_who_may_push(serve: Serve, server: Server, hub: Spaces) -> None:
    assert "never asks the Hub" in push(server).json()["error"]
    foreign = {"origin": "https://elsewhere.example"}
    body = json.dumps({"model": IRIS, "space": "ann/iris", "token": "hf_good"})
    running = serve(
        "--level", "public", "--host", "127.0.0.1", TAGLINE_OFFLINE="0", HF_ENDPOINT=hub.url
    ).wait()
    told = push(running)
    assert told.status_code == 403
    assert "Only whoever may load models by hand" in told.json()["error"]
    address = f"{server.url}/exports/push"
    answer = httpx.post(address, content=body, headers=foreign, timeout=SECONDS)
    assert answer.status_code == 403
    assert hub.seen == []
