"""OpenAI's other routes through openai's own client, on the models on board."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from openai import OpenAI

from pipelines.encode import encode
from pipelines.media import Sound
from tests.api.wire import SECONDS
from tests.conftest import CHATTER, EMBEDDER, LISTENER, SAMPLES, SEER, Server

SPEAKER = "tagline/hibari-tts"
JUDGE = "tagline/minilm-sentiment"
SPEECH = (SAMPLES / "speech.flac").read_bytes()
TEXTS = ["A cat sleeps.", "Stock prices fell sharply in the afternoon, and then some more."]


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=f"{server.url}/v1", api_key="none", timeout=SECONDS, max_retries=0
    ) as made:
        yield made


def ask(server: Server, path: str, **body: Any) -> httpx.Response:
    return httpx.post(f"{server.url}{path}", json=body, timeout=SECONDS)


# Embeddings ------------------------------------------------------------------------------------


def test_embeddings_are_those_of_the_task(client: OpenAI, server: Server) -> None:
    found = client.embeddings.create(model=EMBEDDER, input=TEXTS)
    plain = client.embeddings.create(model=EMBEDDER, input=TEXTS, encoding_format="float")
    own = ask(server, f"/models/{EMBEDDER}/pipeline/feature-extraction", inputs=TEXTS).json()
    for at, vector in enumerate(own):
        assert found.data[at].index == at
        assert found.data[at].embedding == pytest.approx(vector, abs=1e-6)
        assert plain.data[at].embedding == pytest.approx(vector, abs=1e-6)
    assert found.model == EMBEDDER


def test_usage_counts_the_tokens_that_were_read(client: OpenAI) -> None:
    one, two, both = (
        client.embeddings.create(model=EMBEDDER, input=texts).usage.prompt_tokens
        for texts in (TEXTS[:1], TEXTS[1:], TEXTS)
    )
    assert one == 6  # [CLS] a cat sleeps . [SEP]
    assert both == one + two
    long = client.embeddings.create(model=EMBEDDER, input="word " * 1000).usage
    assert long.prompt_tokens == long.total_tokens == 256  # as many as the model reads


def test_fewer_dimensions(client: OpenAI) -> None:
    found = client.embeddings.create(model=EMBEDDER, input="a", dimensions=8)
    assert len(found.data[0].embedding) == 8


def test_what_embeddings_refuse(client: OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError, match="check_embedding_ctx_length=False"):
        client.embeddings.create(model=EMBEDDER, input=[1, 2, 3])
    with pytest.raises(openai.UnprocessableEntityError, match="is empty"):
        client.embeddings.create(model=EMBEDDER, input=[])
    with pytest.raises(openai.BadRequestError, match="cannot turn a text into a vector. It can"):
        client.embeddings.create(model=SEER, input="a")
    with pytest.raises(openai.UnprocessableEntityError, match="does not know soul; allowed"):
        client.embeddings.create(model=EMBEDDER, input="a", extra_body={"soul": 1})


def test_without_a_model_the_first_that_can_answers(server: Server) -> None:
    assert ask(server, "/v1/embeddings", input="a").json()["model"] == EMBEDDER
    found = ask(server, f"/models/{EMBEDDER}/v1/embeddings", input="a", model="any")
    assert found.json()["model"] == EMBEDDER


# Labels and rankings ---------------------------------------------------------------------------


def test_moderation_is_a_text_classifier_s_word(client: OpenAI) -> None:
    good, bad = client.moderations.create(model=JUDGE, input=["I love it.", "I hate it."]).results
    scores: dict[str, float] = dict(good.category_scores)
    assert set(scores) >= {"POSITIVE", "NEGATIVE"}
    assert scores["POSITIVE"] > 0.5 > scores["NEGATIVE"]
    assert dict(bad.categories)["NEGATIVE"] is True


def test_rerank(server: Server) -> None:
    texts = ["The weather is mild.", "Choose 'Forgot password'.", {"text": "A cat."}]
    body = {"model": EMBEDDER, "query": "How do I reset my password?", "documents": texts}
    found = ask(server, "/v1/rerank", **body, return_documents=True, top_n=2).json()
    assert [row["index"] for row in found["results"]][0] == 1
    assert len(found["results"]) == 2
    assert found["results"][0]["document"] == {"text": "Choose 'Forgot password'."}
    assert found["usage"]["total_tokens"] > 10
    bad = ask(server, "/v1/rerank", **body | {"documents": [{"title": "x"}]})
    assert bad.status_code == 422
    assert '"text"' in bad.json()["error"]


# Completions -----------------------------------------------------------------------------------

PROMPT = "The capital of France is"


def test_completions(client: OpenAI) -> None:
    found = client.completions.create(model=CHATTER, prompt=PROMPT, max_tokens=8, temperature=0)
    assert "Paris" in found.choices[0].text
    assert not found.choices[0].text.startswith(PROMPT)
    assert found.choices[0].finish_reason == "length"
    assert found.usage is not None
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (5, 8)
    echo = client.completions.create(
        model=CHATTER, prompt=PROMPT, max_tokens=8, temperature=0, echo=True
    )
    assert echo.choices[0].text == PROMPT + found.choices[0].text


def test_a_completion_in_pieces_is_the_whole(client: OpenAI) -> None:
    given: dict[str, Any] = {"model": CHATTER, "prompt": PROMPT, "max_tokens": 12}
    given |= {"temperature": 0, "stop": [","]}
    whole = client.completions.create(**given)
    *parts, last = client.completions.create(
        **given, stream=True, stream_options={"include_usage": True}
    )
    assert "".join(part.choices[0].text for part in parts) == whole.choices[0].text
    assert "," not in whole.choices[0].text
    assert parts[-1].choices[0].finish_reason == whole.choices[0].finish_reason
    assert last.usage == whole.usage


def test_several_prompts(client: OpenAI) -> None:
    given: dict[str, Any] = {"model": CHATTER, "max_tokens": 4, "temperature": 0}
    both = client.completions.create(prompt=[PROMPT, "One, two,"], **given)
    assert [choice.index for choice in both.choices] == [0, 1]
    assert both.choices[0].text == client.completions.create(prompt=PROMPT, **given).choices[0].text


# Sound -----------------------------------------------------------------------------------------

HEADS = {"mp3": (b"ID3", b"\xff"), "opus": (b"OggS",), "aac": (b"\xff\xf1",), "flac": (b"fLaC",),
         "wav": (b"RIFF",)}  # fmt: skip


@pytest.mark.parametrize("kind", HEADS)
def test_speech_in_every_format(client: OpenAI, kind: Any) -> None:
    made = client.audio.speech.create(
        model=SPEAKER, input="Hello there.", voice="alloy", response_format=kind
    ).read()
    assert made.startswith(HEADS[kind])
    assert 0.3 < Sound(made, 60).decode(16_000).shape[0] / 16_000 < 5


def test_speech_as_samples(client: OpenAI) -> None:
    asked: dict[str, Any] = {"model": SPEAKER, "input": "Hello there.", "voice": "alloy"}
    pcm = client.audio.speech.create(**asked, response_format="pcm").read()
    wav = client.audio.speech.create(**asked, response_format="wav").read()
    heard = np.frombuffer(pcm, "<i2") / 32_768
    assert heard == pytest.approx(Sound(wav, 60).decode(24_000), abs=1e-3)


def test_a_voice_that_is_openai_s_is_told(server: Server) -> None:
    made = ask(server, "/v1/audio/speech", model=SPEAKER, input="Hi.", voice="nova")
    assert "model's own voice" in made.headers["x-hf-warning"]
    refused = ask(server, "/v1/audio/speech", model=SPEAKER, input="Hi.", voice="anna")
    assert refused.status_code == 422
    assert "voice" in refused.json()["error"]


def test_what_is_said_is_heard(client: OpenAI) -> None:
    said = client.audio.speech.create(
        model=SPEAKER, input="The sun rose slowly over the quiet harbour.", voice="alloy",
        response_format="wav",
    ).read()  # fmt: skip
    found = client.audio.transcriptions.create(model=LISTENER, file=("speech.wav", said))
    assert "quiet harbor" in found.text.lower().replace("harbour", "harbor")


def test_transcripts_in_every_form(client: OpenAI) -> None:
    def hear(kind: Any) -> Any:
        file = ("speech.flac", io.BytesIO(SPEECH))
        return client.audio.transcriptions.create(model=LISTENER, file=file, response_format=kind)

    text = hear("json").text
    assert "Dashwood" in text
    assert hear("text").strip() == text
    rich = hear("verbose_json")
    assert float(rich.duration) == pytest.approx(7.1, abs=0.1)
    assert rich.segments[0].start == 0
    assert rich.segments[-1].end <= 7.5
    assert "00:00:00,000 --> 00:00:0" in hear("srt")
    assert hear("vtt").startswith("WEBVTT\n\n00:00:00.000 --> ")


def test_words_have_times(client: OpenAI) -> None:
    found = client.audio.transcriptions.create(
        model=LISTENER,
        file=("speech.flac", SPEECH),
        response_format="verbose_json",
        timestamp_granularities=["word"],
    )
    words: list[Any] = found.words or []
    assert len(words) > 15
    assert all(word.start <= word.end for word in words)


def test_a_transcript_in_pieces(client: OpenAI) -> None:
    events = list(
        client.audio.transcriptions.create(
            model=LISTENER, file=("speech.flac", SPEECH), stream=True
        )
    )
    assert events[-1].type == "transcript.text.done"
    assert events[-1].text.startswith("And Mr. John Dashwood")


def test_what_a_form_refuses(client: OpenAI, server: Server) -> None:
    with pytest.raises(openai.UnprocessableEntityError, match="not sound that can be read"):
        client.audio.transcriptions.create(model=LISTENER, file=("x.wav", b"no sound"))
    with pytest.raises(openai.BadRequestError, match="cannot write down what is said"):
        client.audio.transcriptions.create(model=EMBEDDER, file=("x.wav", SPEECH))
    url = f"{server.url}/v1/audio/transcriptions"
    answers = {
        "multipart/form-data": httpx.post(url, json={"file": "x"}, timeout=SECONDS),
        "file": httpx.post(url, files={"model": (None, LISTENER)}, timeout=SECONDS),
        "not a valid form": httpx.post(
            url, content=b"x", headers={"content-type": "multipart/form-data"}, timeout=SECONDS
        ),
        "mood": httpx.post(url, files={"file": SPEECH}, data={"mood": "glad"}, timeout=SECONDS),
    }
    for word, answer in answers.items():
        assert answer.status_code in (400, 422), answer.text
        assert word in answer.json()["error"]


def test_base64_of_vectors_is_little_endian_floats(server: Server) -> None:
    body = {"model": EMBEDDER, "input": "a", "encoding_format": "base64"}
    packed = ask(server, "/v1/embeddings", **body).json()["data"][0]["embedding"]
    plain = ask(server, "/v1/embeddings", **body | {"encoding_format": "float"}).json()
    vector = np.frombuffer(base64.b64decode(packed), "<f4")
    assert vector == pytest.approx(plain["data"][0]["embedding"], abs=1e-7)


def test_a_long_sound_is_refused_by_its_header(serve: Any) -> None:
    short = serve(TAGLINE_MAX_SECONDS="2").wait()
    sound = encode(np.zeros(3 * 8_000), 8_000, "audio/wav")["content"]
    answer = httpx.post(
        f"{short.url}/v1/audio/transcriptions", files={"file": sound}, timeout=SECONDS
    )
    assert answer.status_code == 422
    assert "TAGLINE_MAX_SECONDS" in answer.json()["error"]
