"""OpenAI's routes of sound: speech to text as a form, text to speech as JSON.

Source: the OpenAI API reference.
"""

import base64
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api import bodies, headers, streams
from api.problems import JSON, RESPONSES, Route
from api.waiting import while_there
from api.ways import Adder, Asked, Exchange, given, json_of, schema
from pipelines.encode import encode
from pipelines.engine.call import Call
from pipelines.errors import InvalidInput
from pipelines.finding import HEAR, SAY
from pipelines.formats import convert
from pipelines.inference import Predictor
from pipelines.media import Sound
from pipelines.reading import explain

# The names of OpenAI's own voices: its client sends one always, so the model's own voice is meant.
VOICES = frozenset(
    {"alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer",
     "verse", "marin", "cedar"}
)  # fmt: skip
FILES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
}
ENDLESS = 1e6  # seconds: what a model said, or what was checked before
PCM_RATE = 24_000  # Hz, mono, 16 bits: what OpenAI calls pcm


class Say(Asked):
    input: str
    voice: str | None = None
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: float | None = Field(None, ge=0.25, le=4)
    instructions: Literal[""] | None = None
    stream_format: Literal["audio"] | None = None


class Hear(BaseModel):
    """The fields of the form beside `file`."""

    model_config = ConfigDict(extra="forbid")
    file: bytes
    model: str | None = None
    language: str | None = None
    prompt: Literal[""] | None = None
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] = "json"
    temperature: float | None = Field(None, ge=0, le=1)
    timestamp_granularities: list[Literal["word", "segment"]] = Field(
        [], alias="timestamp_granularities[]"
    )
    stream: bool = False
    chunking_strategy: Literal["auto"] | None = None


def router(inference: Predictor, max_body: float) -> APIRouter:
    """Routes of the protocol. `max_body` in MB."""
    routes = APIRouter(route_class=Route, tags=["OpenAI"], responses=RESPONSES)
    add = Adder(routes, inference, max_body)
    add("/audio/speech", json_of(Say), say, schema(Say), "A text, said aloud.")
    form = schema(Hear, "multipart/form-data")
    add("/audio/transcriptions", take_form, hear, form, "What is said in a recording.")
    return routes


async def take_form(request: Request, most: float) -> Hear:
    """Raises InvalidInput for what is no such form."""
    fields = await bodies.form(request, most)
    try:
        return Hear.model_validate(fields)
    except ValidationError as error:
        wanted = 'Send a form with the recording as "file", and "model".'
        raise explain(error, Hear, "form", wanted) from None


# Speech -----------------------------------------------------------------------------------------


async def say(exchange: Exchange, name: str | None, asked: Say) -> Response:
    own = asked.voice in (None, "", "default") or asked.voice in VOICES
    options = {
        "voice": None if own else asked.voice,
        "speed": asked.speed if asked.speed != 1 else None,
    }
    _, media, answer = await exchange.ask(name, SAY, asked.input, options)
    told = headers.computed(answer)
    notices = list(answer.notices)
    if own and asked.voice in VOICES:
        notices.append(f"voice {asked.voice} is OpenAI's; this is the model's own voice.")
    if asked.response_format == "pcm":
        made = Response(samples(media["content"]), media_type="audio/pcm", headers=told)
    else:
        file = convert(media, FILES[asked.response_format])
        made = Response(file["content"], media_type=file["mime"], headers=told)
    return headers.warn(made, notices)


def samples(file: bytes) -> bytes:
    """16-bit little-endian samples of one channel, which a WAV file holds behind its head."""
    wav = encode(Sound(file, ENDLESS).decode(PCM_RATE), PCM_RATE, "audio/wav")["content"]
    return wav[wav.index(b"data") + 8 :]


# Transcripts ------------------------------------------------------------------------------------


async def hear(exchange: Exchange, name: str | None, asked: Hear) -> Response:
    model = await exchange.model(name, HEAR)
    task = HEAR.task(model)
    parameters = options_of(asked)
    read = exchange.inference.read_as(task, model, {"inputs": base64.b64encode(asked.file).decode(),
                                                    "parameters": parameters}, {})  # fmt: skip
    headers.asked(exchange.request, model, task, read.inputs)
    if asked.stream:
        if asked.response_format not in ("json", "text"):
            raise InvalidInput("stream: goes with response_format json or text alone.")
        call = Call(task, model, read.inputs, read.params, exchange.client)
        told = headers.compute(exchange.inference.engine.hardware.device)
        events = heard(exchange.inference.engine.stream(call))
        return await streams.respond(exchange.request, events, told, call.notices)
    value, answer = await while_there(
        exchange.request, exchange.inference.predict(model, task, read, exchange.client)
    )
    told = headers.computed(answer)
    if asked.response_format in ("json", "verbose_json"):
        whole = asked.response_format == "verbose_json"
        body = verbose(asked, value) if whole else {"text": value["text"]}
        return headers.warn(JSON(body, headers=told), answer.notices)
    text = WRITTEN[asked.response_format](value)
    return headers.warn(
        Response(text, media_type="text/plain; charset=utf-8", headers=told), answer.notices
    )


def options_of(asked: Hear) -> dict[str, Any]:
    timed = asked.response_format in ("srt", "vtt", "verbose_json")
    words = "word" in asked.timestamp_granularities
    drawn = {"temperature": asked.temperature, "do_sample": True} if asked.temperature else None
    return given(
        {
            "language": asked.language or None,
            "return_timestamps": "word" if words else "phrase" if timed else None,
            "generation_parameters": drawn,
        }
    )


def verbose(asked: Hear, value: Any) -> dict[str, Any]:
    """Segments, or words where these were asked for, each with its times in seconds."""
    words = "word" in asked.timestamp_granularities
    rows = list(map(timed, value.get("chunks", [])))
    body = {
        "task": "transcribe",
        "language": asked.language or "",
        "duration": Sound(asked.file, ENDLESS).length,
        "text": value["text"],
    }
    if words:
        return body | {"words": [{"word": t.strip(), "start": a, "end": b} for a, b, t in rows]}
    return body | {
        "segments": [
            {"id": at, "start": start, "end": end, "text": text}
            for at, (start, end, text) in enumerate(rows)
        ]
    }


def timed(chunk: Any) -> tuple[float, float, str]:
    """Start, end and text; an end that the model does not know is its start."""
    start, end = chunk["timestamp"]
    return start or 0.0, end if end is not None else start or 0.0, chunk["text"]


def clock(seconds: float, point: str) -> str:
    whole = round(seconds * 1000)
    hours, rest = divmod(whole, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def subtitles(chunks: Sequence[Any], point: str) -> list[str]:
    rows = map(timed, chunks)
    return [f"{clock(a, point)} --> {clock(b, point)}\n{text.strip()}\n" for a, b, text in rows]


def srt(value: Any) -> str:
    rows = subtitles(value.get("chunks", []), ",")
    return "\n".join(f"{at}\n{row}" for at, row in enumerate(rows, 1))


def vtt(value: Any) -> str:
    return "\n".join(["WEBVTT\n", *subtitles(value.get("chunks", []), ".")])


WRITTEN: dict[str, Callable[[Any], str]] = {
    "text": lambda value: f"{value['text']}\n",
    "srt": srt,
    "vtt": vtt,
}


async def heard(chunks: AsyncGenerator[Any, None]) -> AsyncGenerator[dict[str, Any], None]:
    """What each part adds, and at the end the whole."""
    async with aclosing(chunks):
        async for chunk in chunks:
            if chunk["text"]:
                yield {"type": "transcript.text.delta", "delta": chunk["text"]}
            if "transcript" in chunk:
                yield {"type": "transcript.text.done", "text": chunk["transcript"]["text"]}
