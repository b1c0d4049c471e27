"""A replica as it is on a node, with real models, behind the engine that calls it; without Ray."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from endpoints.engines import Deployment
from endpoints.ray import frames, signing
from endpoints.ray.arguments import Arguments, arguments
from endpoints.ray.engine import RayEngine
from endpoints.ray.keys import derive, token
from endpoints.ray.node import environment, find
from endpoints.replica import Replica
from endpoints.spec import read
from pipelines import registry
from pipelines.engine.call import Call, Place
from pipelines.engine.events import Finished
from pipelines.errors import Forbidden, InvalidInput, UnknownModel, UnsupportedTask, WorkerDied
from pipelines.models.resolve import Models
from pipelines.settings import Limits, Settings
from tests.conftest import CHATTER, EMBEDDER, STARTERS, free_port
from tests.endpoints.ray import TOKEN, FakeRay, as_ray_runs, served

pytestmark = pytest.mark.timeout(180)
staying = pytest.mark.asyncio(loop_scope="module")
module = pytest_asyncio.fixture(scope="module", loop_scope="module")  # a replica takes seconds
KEYS = derive(TOKEN)


@pytest.fixture(scope="module", autouse=True)
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The variables of a node."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_TOKEN", TOKEN)
        patch.setenv("TAGLINE_HOME", str(tmp_path_factory.mktemp("node")))
        patch.setenv("TAGLINE_STARTERS_DIR", str(STARTERS))
        yield


def deployment(model: str, **more: Any) -> Deployment:
    name = "chat" if model == CHATTER else "words"
    spec = read({"name": name, "model": model, "engine": "ray", **more})
    return Deployment(
        spec, 1, Models(Settings(host="127.0.0.1", starters_dir=STARTERS)).find(model)
    )


def made(deployment: Deployment, **more: Any) -> Arguments:
    name = f"ep-{deployment.spec.name}"
    return replace(arguments(deployment, name, Limits()), **more)


def call(deployment: Deployment, inputs: Any, tag: str | None = None, **params: Any) -> Call:
    assert deployment.model
    task = registry.get(tag) if tag else registry.choose(deployment.model, deployment.spec.task)
    asked = task.read({"inputs": inputs, "parameters": params}, Limits())
    return Call(task, deployment.model, asked.inputs, asked.params)


class Node:
    """A fake Ray with one proxy, which is the replica itself."""

    def __init__(
        self, deployment: Deployment, replica: Replica, engine: RayEngine, url: str
    ) -> None:
        self.deployment, self.replica, self.engine, self.url = deployment, replica, engine, url


async def stand(stack: AsyncExitStack, deployment: Deployment) -> Node:
    replica = Replica.__new__(Replica)
    await replica.__init__(made(deployment))  # type: ignore[misc]  # as Ray does it
    stack.push_async_callback(replica.engine.close)
    ray = FakeRay()
    ray.running, ray.port = True, free_port()
    ray.proxies = [("127.0.0.1", "HEALTHY")]
    port = await stack.enter_async_context(served(ray))
    await stack.enter_async_context(
        served(as_ray_runs(replica.__serve_build_asgi_app__()), ray.port)
    )
    engine = RayEngine(f"http://127.0.0.1:{port}", TOKEN, Limits())
    stack.push_async_callback(engine.close)
    await engine.apply([deployment])
    await engine.status()
    return Node(deployment, replica, engine, f"http://127.0.0.1:{ray.port}")


@pytest.fixture(scope="module")
def embedder() -> Deployment:
    return deployment(EMBEDDER, task="feature-extraction", max_batch=2)


@module
async def words(embedder: Deployment) -> AsyncIterator[Node]:
    async with AsyncExitStack() as stack:
        yield await stand(stack, embedder)


@module
async def chat() -> AsyncIterator[Node]:
    async with AsyncExitStack() as stack:
        yield await stand(stack, deployment(CHATTER, task="text-generation", timeout=30))


@staying
async def test_it_answers_batch_by_batch_in_order(words: Node) -> None:
    texts = ["one", "two", "three", "four", "five"]
    answer = await words.engine.predict("words", call(words.deployment, texts))
    alone = await words.engine.predict("words", call(words.deployment, ["four"]))
    assert [len(each) for each in answer.values] == [384] * 5
    assert answer.values[3] == pytest.approx(alone.values[0], abs=1e-4)
    assert answer.tokens >= 5 * 3
    assert (await words.engine.metrics("words"))["in_flight"] == 0


@staying
async def test_errors_come_through_with_their_sentences(words: Node) -> None:
    with pytest.raises(UnsupportedTask, match="cannot do text-generation"):
        await words.engine.predict("words", call(words.deployment, "a", "text-generation"))


@staying
async def test_its_model_may_die_and_the_next_call_is_answered(words: Node) -> None:
    stay = words.replica.engine.staying(words.replica.call)
    assert stay
    assert stay.host
    os.kill(stay.host.pid, 9)  # type: ignore[attr-defined]
    answer = await words.engine.predict("words", call(words.deployment, "again"))
    assert len(answer.values[0]) == 384
    await words.replica.check_health()


@staying
async def test_a_stream_comes_word_by_word_and_stops_when_nobody_listens(chat: Node) -> None:
    done: list[Finished] = []
    chat.replica.engine.listeners.append(
        lambda event: done.append(event) if isinstance(event, Finished) else None
    )
    asked = call(chat.deployment, "The sun", max_new_tokens=400, do_sample=False)
    chunks = chat.engine.stream("chat", asked)
    first = [await anext(chunks) for _ in range(3)]
    assert all(first)
    await chunks.aclose()
    short = call(chat.deployment, "The sun", max_new_tokens=3, do_sample=False)
    assert [each async for each in chat.engine.stream("chat", short)]
    assert short.written == [3]
    assert sorted(each.outcome for each in done) == ["answered", "left"]


# Who may call -----------------------------------------------------------------------------------


async def post(node: Node, body: bytes, header: str | None) -> httpx.Response:
    headers = {} if header is None else {signing.HEADER: header}
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        return await client.post(f"{node.url}/ep-words/", content=body, headers=headers)


PATH = "/ep-words/"
BODY = frames.body("ping")


def signed(path: str = PATH, body: bytes = BODY, after: float = 0, token: str = "") -> str:
    """What a header is that was made `after` seconds from now."""
    keys = derive(token) if token else KEYS
    return signing.sign(keys.signing, path, body, time.time() + after)


@pytest.mark.parametrize("header", [None, "", "1.2.3", "x"], ids=["none", "empty", "short", "odd"])
def test_what_is_no_signature_is_refused(header: str | None) -> None:
    with pytest.raises(Forbidden):
        signing.check(KEYS.signing, PATH, header or "")


@pytest.mark.parametrize(
    "given",
    [
        {"path": "/ep-other/"},
        {"token": "another token"},
        {"body": BODY + b"x"},
        {"after": -signing.PAST_SECONDS - 60},
        {"after": signing.FUTURE_SECONDS + 60},
    ],
    ids=["elsewhere", "token", "body", "old", "future"],
)
def test_a_call_that_tagline_did_not_sign_is_refused(given: dict[str, Any]) -> None:
    signing.check_body(signing.check(KEYS.signing, PATH, signed()), BODY)
    with pytest.raises(Forbidden):
        signing.check_body(signing.check(KEYS.signing, PATH, signed(**given)), BODY)


@staying
async def test_over_http_too(words: Node) -> None:
    good = signing.sign(KEYS.signing, PATH, BODY, time.time())
    assert (await post(words, BODY, good)).status_code == 200
    for body, header in [(BODY, None), (BODY + b"x", good), (b"x" * 10_000_000, "1.2.3")]:
        assert (await post(words, body, header)).status_code == 403


@staying
async def test_a_body_that_is_no_call_is_refused(words: Node) -> None:
    body = b"\xc1"
    header = signing.sign(KEYS.signing, PATH, body, time.time())
    assert (await post(words, body, header)).status_code == 422


@staying
async def test_one_whose_model_is_gone_for_good_is_unhealthy(words: Node) -> None:
    """The last of those that use it."""
    await words.replica.check_health()
    await words.replica.engine.release(words.replica.call, "for a test")
    with pytest.raises(RuntimeError, match="ended too often"):
        await words.replica.check_health()


# What a node must have --------------------------------------------------------------------------


def test_a_node_says_what_it_lacks(embedder: Deployment) -> None:
    lacking = made(embedder, model="org/absent", revision="a" * 40)
    with pytest.raises(UnknownModel) as raised:
        find(lacking)
    said = str(raised.value)
    assert f"hf download org/absent --revision {'a' * 40}" in said
    assert str(STARTERS) in said


def test_it_runs_as_its_endpoint_says(embedder: Deployment) -> None:
    asked = replace(
        embedder,
        spec=read({
            "name": "words", "model": EMBEDDER, "engine": "ray", "acceleration": "off",
            "hardware": {"cpus": 1.5},
        }),
    )  # fmt: skip
    place = first_place(asked)
    assert (place.acceleration, place.threads, place.dtype) == ("off", 2, None)
    assert first_place(embedder).acceleration == ""  # as the node is set


def first_place(deployment: Deployment) -> Place:
    replica = Replica.__new__(Replica)
    replica.given = arguments(deployment, "ep-words", Limits())
    replica.keys, replica.name = KEYS, "one"
    assert deployment.model
    return replica.first_call(deployment.model).place


def test_a_folder_is_found_by_its_id_on_every_node(embedder: Deployment) -> None:
    given = made(embedder, stamp="local-of-the-server")
    assert given.revision is None
    assert find(given).id == EMBEDDER


def test_secrets_are_opened_or_taken_from_the_node(
    embedder: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = KEYS.seal({"KEY": "hush"}, "ep-words")
    given = made(embedder, env={"A": "1"}, secrets=("KEY",), sealed=sealed)
    assert environment(given, KEYS) == {"A": "1", "KEY": "hush"}
    exported = replace(given, sealed="")
    with pytest.raises(InvalidInput, match="KEY"):
        environment(exported, KEYS)
    monkeypatch.setenv("KEY", "mine")
    assert environment(exported, KEYS) == {"A": "1", "KEY": "mine"}


def test_the_token_is_looked_for_where_ray_does(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from a file\n")
    assert token({"RAY_AUTH_TOKEN": "said", "RAY_AUTH_TOKEN_PATH": str(file)}) == "said"
    assert token({"RAY_AUTH_TOKEN_PATH": str(file)}) == "from a file"
    with pytest.raises(InvalidInput, match="get-auth-token"):
        token({"RAY_AUTH_TOKEN_PATH": str(tmp_path / "none")})


@staying
async def test_a_frame_that_breaks_off_is_a_death() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"\0\0\0\x09abc"
        await asyncio.sleep(0)

    with pytest.raises(WorkerDied):
        [each async for each in frames.frames(pieces())]
