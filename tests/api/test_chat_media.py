"""Conversations with pictures, sounds and videos through the real clients, on tiny models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from gradio_client import Client
from huggingface_hub import InferenceClient
from openai import OpenAI

from tests.api.wire import SECONDS, check_sentence, error_of, post
from tests.conftest import CHATTER, SAMPLES, Server
from tests.zoo import talkers
from tests.zoo.talkers import CAT, WALK, asked, audio, encoded, image, text, video

SEER, VIEWER, LISTENER = "tiny/idefics3", "tiny/qwen2-vl", "tiny/qwen2-audio"
COFFEE = SAMPLES / "coffee.jpg"
BRIEF: dict[str, Any] = {"max_tokens": 6, "temperature": 0}
CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("seeing")
    folder = home / "models" / "tiny"
    talkers.idefics3(folder / "idefics3")
    talkers.qwen2_vl(folder / "qwen2-vl")
    talkers.qwen2_audio(folder / "qwen2-audio")
    server = Server(home, TAGLINE_MODELS_DIR=str(home / "models")).wait()
    yield server
    server.stop()


@pytest.fixture
def client(seeing: Server) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=f"{seeing.url}/v1", api_key="none", timeout=SECONDS, max_retries=0
    ) as made:
        yield made


def user(*content: Any) -> Any:
    return {"role": "user", "content": list(content)}


def say(client: OpenAI, *messages: Any, model: str = SEER, **options: Any) -> Any:
    given: Any = {"model": model, "messages": list(messages), **BRIEF, **options}
    return client.chat.completions.create(**given)


def words(answer: Any) -> str:
    return answer.choices[0].message.content or ""


def test_a_picture_whole_and_streamed(client: OpenAI) -> None:
    question = user(image(), text("What is it?"))
    whole = say(client, question)
    assert whole.model == SEER
    assert whole.usage.completion_tokens == 6
    bare = say(client, user(text("What is it?")))
    assert whole.usage.prompt_tokens > bare.usage.prompt_tokens
    *chunks, last = list(say(client, question, stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == words(whole)
    assert last.usage == whole.usage


def test_two_pictures_and_one_of_an_earlier_turn(client: OpenAI) -> None:
    one = say(client, user(image(), text("What?")))
    two = say(client, user(image(), image(COFFEE), text("What?")))
    assert two.usage.prompt_tokens > one.usage.prompt_tokens
    answer = {"role": "assistant", "content": words(one)}
    later = [say(client, user(image(p), text("What?")), answer, user(text("Sure?")))
             for p in (CAT, COFFEE)]  # fmt: skip
    assert words(later[0]) != words(later[1])


def test_what_a_conversation_holds_decides_how_a_model_reads_it(client: OpenAI) -> None:
    film = video(WALK.read_bytes())
    seen = say(client, user(image(), text("What?")), model=VIEWER)
    watched = say(client, user(film, text("What?")), model=VIEWER, extra_body={"num_frames": 4})
    assert watched.usage.prompt_tokens > seen.usage.prompt_tokens
    heard = say(client, user(audio(), text("What?")), model=LISTENER)
    assert heard.usage.prompt_tokens > 100


def test_the_hubs_own_client(seeing: Server) -> None:
    client = InferenceClient(model=f"{seeing.url}/models/{SEER}", timeout=SECONDS)
    messages = [user(image(), text("What?"))]
    whole = client.chat_completion(messages, **BRIEF)
    chunks = list(client.chat_completion(messages, stream=True, **BRIEF))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == words(whole) != ""


def test_a_body_of_the_hosted_api(seeing: Server) -> None:
    inner = {"image": encoded(CAT), "text": "What?"}
    body = {"inputs": inner, "parameters": BRIEF}
    found = post(seeing, f"/models/{SEER}", json=body).json()
    same = post(seeing, f"/models/{SEER}", json=asked(image(), text("What?"), **BRIEF)).json()
    assert found["choices"] == same["choices"]


def test_the_gradio_client(seeing: Server) -> None:
    client = Client(seeing.url, verbose=False, httpx_kwargs={"timeout": 60})
    part = {"type": "image", "image": encoded(CAT)}
    found = client.predict(
        SEER, [user(part, text("What?"))], api_name="/image_text_to_text", **BRIEF
    )
    client.close()
    same = post(seeing, f"/models/{SEER}", json=asked(image(), text("What?"), **BRIEF)).json()
    assert found["choices"] == same["choices"]


@pytest.mark.parametrize(
    ("model", "part", "sentences"),
    [
        (CHATTER, image(), ["this model reads no pictures; choose an image-text-to-text model"]),
        (SEER, audio(), ["this model reads no sounds; choose an audio-text-to-text model"]),
        (
            SEER,
            {"type": "image_url", "image_url": {"url": "https://e.org/cat.jpg"}},
            ["is a URL; send the file itself"],
        ),
        (
            SEER,
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            ["This is not a picture that can be read"],
        ),
    ],
)
def test_what_is_refused(
    seeing: Server, client: OpenAI, model: str, part: Any, sentences: list[str]
) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        say(client, user(part, text("What?")), model=model)
    check_sentence(caught.value.message, sentences)
    body = {"model": model, "messages": [user(part)], "stream": True}
    error_of(post(seeing, CHAT, json=body), 422, *sentences)


def test_a_picture_that_breaks_off_is_told(seeing: Server, tmp_path: Path) -> None:
    half = tmp_path / "half.jpg"
    half.write_bytes(CAT.read_bytes()[:4000])
    body = {"model": SEER, "messages": [user(image(half), text("What?"))], **BRIEF}
    error_of(post(seeing, CHAT, json=body), 422, "This picture is damaged")
