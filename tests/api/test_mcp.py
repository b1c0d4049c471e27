"""Tools for language models, through the real client of the Model Context Protocol."""

import asyncio
import base64
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent, Tool

from api.fields import fields_of
from api.mcp import PATHS
from pipelines import registry, samples
from pipelines.kinds.outputs import output_kind
from pipelines.slots import slots
from pipelines.task import Task
from tests.api.local import Writer, writing
from tests.api.wire import CAT, SECONDS, check_sentence, error_of, on_board
from tests.conftest import CHATTER, EMBEDDER, SEER, Server
from tests.docs.pages import Snippet, snippets

TASKS = list(registry.TASKS.values())
every_task = pytest.mark.parametrize("task", TASKS, ids=[task.tag for task in TASKS])
BRIEF = {
    "max_new_tokens": 4,
    "max_tokens": 4,
    "num_inference_steps": 2,
    "seed": 0,
    "do_sample": False,
}
BRIEF |= {"temperature": 0}
SAME = 1e-4
MEDIA = ("image", "audio", "resource")


@asynccontextmanager
async def session(url: str) -> AsyncIterator[ClientSession]:
    async with (
        streamable_http_client(url) as (reads, writes, _),
        ClientSession(reads, writes) as opened,
    ):
        await opened.initialize()
        yield opened


def with_session(url: str, work: Callable[[ClientSession], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with asyncio.timeout(SECONDS), session(url) as opened:
            return await work(opened)

    return asyncio.run(run())


def call(server: Server, name: str, **arguments: Any) -> CallToolResult:
    """The answer of a tool, which may be an error."""

    async def work(opened: ClientSession) -> CallToolResult:
        return await opened.call_tool(name, arguments)

    found: CallToolResult = with_session(f"{server.url}/mcp", work)
    return found


def listed(url: str) -> dict[str, Tool]:
    async def work(opened: ClientSession) -> list[Tool]:
        return (await opened.list_tools()).tools

    return {tool.name: tool for tool in with_session(url, work)}


def name_of(task: Task) -> str:
    return task.tag.replace("-", "_")


# What there is ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tools(server: Server) -> dict[str, Tool]:
    return listed(f"{server.url}/mcp")


def test_one_tool_for_each_task(tools: dict[str, Tool]) -> None:
    assert list(tools) == [name_of(task) for task in TASKS]


def test_both_addresses_have_them(server: Server, tools: dict[str, Tool]) -> None:
    for path in (*PATHS, *(f"{path}/" for path in PATHS)):
        assert listed(server.url + path) == tools


def test_some_by_name(server: Server) -> None:
    assert list(listed(f"{server.url}/mcp?tools=translation,depth_estimation")) == [
        "depth_estimation",
        "translation",
    ]


@every_task
def test_a_tool_is_its_record(tools: dict[str, Tool], task: Task) -> None:
    tool = tools[name_of(task)]
    assert tool.description
    assert tool.description.startswith(task.summary)
    schema = tool.inputSchema
    Draft202012Validator.check_schema(schema)
    assert list(schema["properties"]) == ["model", *(slot.name for slot in fields_of(task))]
    assert schema["required"] == [slot.name for slot in slots(task.inputs) if slot.required]
    for slot in fields_of(task):
        field = schema["properties"][slot.name]
        assert slot.description in field["description"]
        assert field.get("default") == slot.default
        assert {"type", "anyOf", "$ref"} & field.keys()
        forms = [field, *field.get("anyOf", ())]
        assert slot.choices in [tuple(form.get("enum", ())) for form in forms]
    assert "x-kind" not in json.dumps(schema)


def test_what_a_model_may_fill_in_is_exact(tools: dict[str, Tool]) -> None:
    found = tools["image_classification"].inputSchema["properties"]
    assert found["model"]["default"] == SEER
    assert found["top_k"] == {
        "type": "integer", "minimum": 1, "maximum": 1000, "default": 5,
        "description": "How many labels to return",
    }  # fmt: skip
    assert found["function_to_apply"]["enum"] == ["sigmoid", "softmax", "none"]
    assert "base64" in found["image"]["description"]
    assert SEER in str(tools["image_classification"].description)


def test_what_a_model_writes_for_an_example_fits(tools: dict[str, Tool]) -> None:
    for task in TASKS:
        for sample in samples.of_task(task):
            check = Draft202012Validator(tools[name_of(task)].inputSchema)
            check.validate(plain(sample.inputs) | {"model": "org/name"})


# Good calls -------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    if isinstance(value, list):
        return list(map(plain, value))
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return base64.b64encode(value.read_bytes()).decode() if isinstance(value, Path) else value


def one_of_each_kind() -> list[Task]:
    """Tasks with a model on board that bring a kind of input or output that none before has;
    tracks, which come in another form, have a test of their own."""
    here, seen, found = on_board().list(), {"tracks", "in audio"}, []
    for task in TASKS:
        kinds = {f"in {s.kind}" for s in slots(task.inputs)} | {output_kind(task.output).name}
        if any(task.accepts(model) for model in here) and kinds - seen:
            seen |= kinds
            found.append(task)
    return found


SOME = one_of_each_kind()


@pytest.mark.parametrize("task", SOME, ids=[task.tag for task in SOME])
def test_a_tool_answers_as_the_http_route_does(server: Server, task: Task) -> None:
    model = next(model for model in on_board().list() if task.accepts(model))
    sample = samples.of_model(task, model)[0]
    known = {slot.name for slot in slots(task.params)} if model.library != "handler" else set()
    options = {name: value for name, value in BRIEF.items() if name in known}
    if "do_sample" in options:
        options.pop("temperature")
    inputs, parameters = plain(sample.inputs), {**options, **sample.parameters}
    found = call(server, name_of(task), model=model.id, **inputs, **parameters)
    assert not found.isError, found.content
    path = f"{server.url}/models/{model.id}/pipeline/{task.tag}"
    body = {"inputs": inputs, "parameters": parameters}
    answer = httpx.post(path, json=body, timeout=SECONDS).raise_for_status()
    first = found.content[0]
    if isinstance(first, TextContent):
        wire, told = answer.json(), json.loads(first.text)
        one, other = (told[0], wire[0]) if task.listed else (told, wire)
        assert output_kind(task.output).distance(one, other) <= SAME
    else:
        assert first.type in MEDIA
        data, mime = as_file(first)
        assert mime == answer.headers["content-type"]
        assert abs(len(data) - len(answer.content)) < 0.2 * len(
            data
        )  # without a seed, not the same


def as_file(block: Any) -> tuple[bytes, str]:
    if block.type == "resource":
        return base64.b64decode(block.resource.blob), block.resource.mimeType
    return base64.b64decode(block.data), block.mimeType


def test_tracks_are_sounds_to_hear(server: Server) -> None:
    task = registry.get("audio-to-audio")
    found = call(server, name_of(task), **plain(samples.of_task(task)[0].inputs))
    kinds = [block.type for block in found.content]
    assert kinds == ["text", "audio"]
    data, mime = as_file(found.content[1])
    assert mime == "audio/flac"
    assert data.startswith(b"fLaC")


def test_data_urls_null_and_notices(server: Server) -> None:
    url = "data:image/jpeg;base64," + plain(CAT)
    found = call(server, "image_classification", image=url, top_k=1, function_to_apply=None)
    assert len(json.loads(text_of(found))) == 1
    found = call(server, "feature_extraction", model=EMBEDDER, text="word " * 2_000)
    assert [block.type for block in found.content] == ["text", "text"]
    assert str(getattr(found.content[1], "text", "")).startswith("Note: ")


def text_of(found: CallToolResult) -> str:
    block = found.content[0]
    assert isinstance(block, TextContent)
    return block.text


def test_how_far_a_call_is(server: Server) -> None:
    told: list[tuple[float, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message))

    async def work(opened: ClientSession) -> CallToolResult:
        messages = [{"role": "user", "content": "Count to a hundred."}]
        given = {"model": CHATTER, "messages": messages, "max_tokens": 16}
        return await opened.call_tool("conversational", given, progress_callback=note)

    assert not with_session(f"{server.url}/mcp", work).isError
    assert told
    assert [count for count, _ in told] == list(range(1, len(told) + 1))
    assert all(message and message.startswith(("Running", "Loading")) for _, message in told)


# Bad calls --------------------------------------------------------------------------------------


class Ear(BaseHTTPRequestHandler):
    """Hears what is fetched, which should be nothing."""

    heard: list[str]

    def do_GET(self) -> None:
        self.heard.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_HEAD = do_GET


@pytest.fixture
def ear() -> Iterator[tuple[str, list[str]]]:
    heard: list[str] = []
    listening = HTTPServer(("127.0.0.1", 0), type("Ear", (Ear,), {"heard": heard}))
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}", heard
    listening.shutdown()
    thread.join()
    listening.server_close()


def test_no_address_is_fetched_and_no_file_of_the_server_read(
    server: Server, ear: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, heard = ear
    own = tmp_path / "cat.jpg"
    own.write_bytes(CAT.read_bytes())
    places: list[Any] = [
        f"{url}/cat.jpg", url.replace("127.0.0.1", "localhost"), "http://169.254.169.254/latest",
        "https://[::1]/", "ftp://127.0.0.1/cat.jpg", f"file://{own}", str(own), "/etc/passwd",
        f"{server.url}/gradio_api/file={own}", "../../../etc/passwd", "data:image/jpeg,/etc/passwd",
        {"path": str(own), "meta": {"_type": "gradio.FileData"}},
        {"path": f"{url}/cat.jpg", "url": f"{url}/x", "meta": {"_type": "gradio.FileData"}},
    ]  # fmt: skip
    for place in places:
        found = call(server, "image_classification", model=SEER, image=place)
        assert found.isError, place
        check_sentence(text_of(found), ["inputs.image"])
    part = {"type": "image_url", "image_url": {"url": f"{url}/cat.jpg"}}
    messages = [{"role": "user", "content": [part]}]
    assert call(server, "image_text_to_text", model=CHATTER, messages=messages).isError
    assert heard == []


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("nonesuch", {}, ["no tool 'nonesuch'", "image_classification"]),
        ("image_classification", {}, ["lacks image"]),
        ("zero_shot_classification", {"text": "A goal!"}, ["lacks candidate_labels"]),
        ("image_classification", {"image": "AAAA"}, ["not a picture"]),
        ("image_classification", {"image": 7}, ["inputs.image"]),
        ("feature_extraction", {"text": ""}, ["inputs.text: is empty"]),
        ("feature_extraction", {"text": "A dog", "dimensions": -1}, ["parameters.dimensions"]),
        ("feature_extraction", {"text": "A dog", "frobnicate": 1}, ["does not know frobnicate"]),
        ("feature_extraction", {"text": "A dog", "model": "no/such"}, ["no/such is not on this"]),
        ("feature_extraction", {"text": "A dog", "model": "/etc/passwd"}, ["is not a model id"]),
        ("feature_extraction", {"text": "A dog", "model": SEER}, ["cannot do feature-extraction"]),
        ("conversational", {"messages": "Hello"}, ["inputs.messages"]),
    ],
)
def test_errors_are_sentences(
    server: Server, name: str, given: dict[str, Any], words: list[str]
) -> None:
    found = call(server, name, **given)
    assert found.isError
    check_sentence(text_of(found), words)


def test_only_messages_are_taken(server: Server) -> None:
    for path in PATHS:
        assert httpx.get(server.url + path, timeout=SECONDS).status_code == 405
        other = {"origin": "https://example.org"}
        error_of(httpx.post(server.url + path, headers=other), 403, "Pages of other sites")


ASK = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {
        "name": "conversational",
        "arguments": {
            "model": CHATTER,
            "messages": [{"role": "user", "content": "Hello"}],
            "max_tokens": 8_000,
        },
    },
}
ACCEPT = {"accept": "application/json, text/event-stream"}


def test_who_hangs_up_stops_the_model() -> None:
    writer = Writer()
    until = time.monotonic() + SECONDS
    with writing(writer) as url:
        with httpx.stream("POST", f"{url}/mcp", json=ASK, headers=ACCEPT) as answer:
            assert answer.status_code == 200
            assert "x-request-id" in answer.headers["access-control-expose-headers"]
            wait_for(writer, "token", until)
        wait_for(writer, "closed", until)
    assert writer.diary[-1] == "closed"
    assert writer.diary.count("token") < 8_000


def wait_for(writer: Writer, word: str, until: float) -> None:
    while word not in writer.diary and time.monotonic() < until:
        time.sleep(0.01)


# What the page of the documentation shows -------------------------------------------------------


def addresses(config: Any) -> Iterator[str]:
    """Every http address in a client's configuration."""
    for each in config.values() if isinstance(config, dict) else config:
        if isinstance(each, dict | list):
            yield from addresses(each)
        elif str(each).startswith("http://"):
            yield each


CONFIGS = [each for each in snippets("json") if each.page.name == "mcp.md"]


@pytest.mark.parametrize("snippet", CONFIGS, ids=str)
def test_a_client_configured_so_finds_the_tools(server: Server, snippet: Snippet) -> None:
    (url,) = addresses(json.loads(snippet.against(server.url)))
    assert set(listed(url)) == {name_of(task) for task in TASKS}
