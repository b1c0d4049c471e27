"""openai's and Gradio's clients of Python: each method of the table, called as users do."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import openai as library
import pytest
from gradio_client import Client
from openai import AsyncOpenAI, OpenAI

from pipelines.registry import TASKS
from tests.clients import table
from tests.clients.table import ASYNC, CALL, OPENAI_NEVER, OPENAI_WORKS, Case, gradio
from tests.conftest import CHATTER, EMBEDDER, LISTENER, SAMPLES, Server

SECONDS = 120
CHAT: dict[str, Any] = {
    "model": CHATTER,
    "messages": [{"role": "user", "content": "What is the capital of France?"}],
    "max_tokens": 12,
    "temperature": 0,
}
WRITE: dict[str, Any] = {
    "model": CHATTER,
    "prompt": "The capital of France is",
    "max_tokens": 6,
    "temperature": 0,
}
DRAWER = "tagline/digits-diffusion"
EDITOR = "tiny/image-to-image-StableDiffusionImg2ImgPipeline"
SPEECH, DIGIT = SAMPLES / "speech.flac", SAMPLES / "digit.png"
ASK: dict[str, Callable[[Any], Any]] = {
    "chat.completions.create": lambda c: c.chat.completions.create(**CHAT),
    "chat.completions.create(stream=True)": lambda c: c.chat.completions.create(
        **CHAT, stream=True
    ),
    "chat.completions.parse": lambda c: c.chat.completions.parse(**CHAT),
    "chat.completions.stream": lambda c: c.chat.completions.stream(**CHAT),
    "completions.create": lambda c: c.completions.create(**WRITE),
    "completions.create(stream=True)": lambda c: c.completions.create(**WRITE, stream=True),
    "embeddings.create": lambda c: c.embeddings.create(model=EMBEDDER, input=["a", "b"]),
    "moderations.create": lambda c: c.moderations.create(
        model="tagline/minilm-sentiment", input="I like it"
    ),
    "audio.speech.create": lambda c: c.audio.speech.create(
        model="tagline/hibari-tts", input="Hi.", voice="alloy"
    ),
    "audio.transcriptions.create": lambda c: c.audio.transcriptions.create(
        model=LISTENER, file=SPEECH
    ),
    "audio.translations.create": lambda c: c.audio.translations.create(model=LISTENER, file=SPEECH),
    "images.generate": lambda c: c.images.generate(model=DRAWER, prompt="the digit seven"),
    "images.edit": lambda c: c.images.edit(
        model=EDITOR, prompt="seven", image=DIGIT, extra_body={"num_inference_steps": 2}
    ),
    "images.create_variation": lambda c: c.images.create_variation(model=DRAWER, image=DIGIT),
    "models.list": lambda c: c.models.list(),
    "models.retrieve": lambda c: c.models.retrieve(EMBEDDER),
    "responses.create": lambda c: c.responses.create(model=CHATTER, input="Hello"),
}
# What each gives of its answer, and what that must be
GIVES: dict[str, Callable[[Any], Any]] = {
    "chat.completions.create": lambda v: "Paris" in v.choices[0].message.content,
    "chat.completions.create(stream=True)": lambda v: (
        "Paris" in "".join(each.choices[0].delta.content or "" for each in v)
    ),
    "chat.completions.parse": lambda v: "Paris" in v.choices[0].message.content,
    "chat.completions.stream": lambda v: (
        "Paris" in "".join(each.delta for each in v if each.type == "content.delta")
    ),
    "completions.create": lambda v: "Paris" in v.choices[0].text,
    "completions.create(stream=True)": lambda v: "Paris" in "".join(x.choices[0].text for x in v),
    "embeddings.create": lambda v: [len(each.embedding) for each in v.data] == [384, 384],
    "moderations.create": lambda v: v.results[0].flagged,
    "audio.speech.create": lambda v: len(v.content) > 1_000,
    "audio.transcriptions.create": lambda v: "Dashwood" in v.text,
    "images.generate": lambda v: v.data[0].b64_json.startswith("iVBOR"),
    "images.edit": lambda v: v.data[0].b64_json.startswith("iVBOR"),
    "models.list": lambda v: EMBEDDER in [each.id for each in v.data],
    "models.retrieve": lambda v: v.id == EMBEDDER,
}
# What has to do with inference in OpenAI's client; the rest keeps files, jobs and accounts
RESOURCES = ("audio", "chat", "completions", "embeddings", "images", "models", "moderations")
STORED = (
    "audio.voice", "chat.completions.delete", "chat.completions.list", "chat.completions.messages",
    "chat.completions.retrieve", "chat.completions.update", "models.delete",
)  # fmt: skip


async def now(made: Any) -> Any:
    """What a call gives in the end, whoever's it is; a stream as the list of its events."""
    value = await made if inspect.isawaitable(made) else made
    if hasattr(value, "__aenter__") and not hasattr(value, "__aiter__"):
        async with value as stream:
            return [each async for each in stream]
    if hasattr(value, "__enter__") and not hasattr(value, "__iter__"):
        with value as stream:
            return list(stream)
    if isinstance(value, library.AsyncStream):
        return [each async for each in value]
    return list(value) if isinstance(value, library.Stream) else value


async def asked(url: str, case: Case) -> Any:
    kind: Any = OpenAI if case.way == CALL else AsyncOpenAI
    client = kind(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=SECONDS)
    try:
        return await now(ASK[case.method](client))
    finally:
        closed = client.close()
        await closed if case.way == ASYNC else None


def methods(resource: Any, name: str) -> Iterator[str]:
    """Every method below a resource of OpenAI's client."""
    for part, found in inspect.getmembers(type(resource)):
        if part.startswith(("_", "with_")):
            continue
        if isinstance(found, cached_property):
            yield from methods(getattr(resource, part), f"{name}.{part}")
        elif inspect.isfunction(found):
            yield f"{name}.{part}"


def test_every_method_of_inference_stands_in_the_table() -> None:
    client = OpenAI(api_key="none")
    found = [name for each in RESOURCES for name in methods(getattr(client, each), each)]
    theirs = {name for name in found if not name.startswith(STORED)} | {"responses.create"}
    assert {name.partition("(")[0] for name in ASK} == theirs
    assert ASK.keys() == {*OPENAI_WORKS, *OPENAI_NEVER}
    assert GIVES.keys() == set(OPENAI_WORKS)


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # OpenAI's word on two methods
@pytest.mark.parametrize("case", table.openai(), ids=str)
def test_a_method_of_openai_s_client(menagerie: Server, case: Case) -> None:
    if case.words:
        with pytest.raises(library.NotFoundError, match=case.words):
            asyncio.run(asked(menagerie.url, case))
    else:
        assert GIVES[case.method](asyncio.run(asked(menagerie.url, case)))


@pytest.fixture(scope="module")
def page(menagerie: Server) -> Iterator[Client]:
    client = Client(menagerie.url, verbose=False, httpx_kwargs={"timeout": SECONDS})
    yield client
    client.close()


@pytest.mark.parametrize("case", gradio(), ids=str)
def test_a_method_of_gradio_s_client(page: Client, case: Case) -> None:
    given = {"model": "tagline/minilm-sentiment", "text": "I like it"}
    name = "/text_classification"
    if case.method == "view_api":
        told: Any = page.view_api(return_format="dict", print_info=False)
        assert {f"/{tag.replace('-', '_')}" for tag in TASKS} <= told["named_endpoints"].keys()
    elif case.method == "submit":
        job = page.submit(**given, api_name=name)
        assert job.result(timeout=SECONDS)[0][0]["label"] == "POSITIVE"
    else:
        assert page.predict(**given, api_name=name)[0][0]["label"] == "POSITIVE"
