"""What OpenAI's clients have to call for a task, whatever language they are written in.

A route is found by what goes in and what comes out, as the server finds the task of a route.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.snippets.ask import Ask
from deploy.snippets.files import File
from deploy.snippets.messages import Written, messages
from deploy.snippets.notation import Code
from pipelines.errors import InvalidInput, UnsupportedTask
from pipelines.finding import CHAT, DRAW, EDIT, EMBED, HEAR, REDRAW, SAY, WRITE, Turns

ALOUD = "alloy"  # the client wants a name; of OpenAI's voices any means the model's own
FORMAT = "wav"  # of speech: nothing of it is lost
# What OpenAI's own reference has for a chat and for a text that goes on; the rest is ours
CHATTING = frozenset(
    {"max_tokens", "temperature", "top_p", "stop", "seed", "n", "frequency_penalty",
     "presence_penalty", "logprobs", "top_logprobs", "tools", "tool_choice", "parallel_tool_calls",
     "logit_bias", "response_format", "modalities"}
)  # fmt: skip
WRITING = {
    "max_new_tokens": "max_tokens",
    "return_full_text": "echo",
    **{
        name: name
        for name in ("temperature", "top_p", "stop", "seed", "best_of", "frequency_penalty",
                     "presence_penalty", "logit_bias", "top_k")
    },
}  # fmt: skip
DRAWING = ("negative_prompt", "num_inference_steps", "guidance_scale", "seed", "strength")
SPANS = {"word": "word", "phrase": "segment"}  # return_timestamps in OpenAI's words


@dataclass(frozen=True)
class Writing:
    """How a language writes files: in base64, as an address, and opened for sending."""

    encoded: Written
    data_url: Written
    opened: Callable[[File], Code]


@dataclass(frozen=True)
class Route:
    """A method with its arguments; `more` are those that are not OpenAI's. `gives` is one of
    `message`, `text`, `vector`, `transcript`, `file` and `pictures`."""

    method: str
    gives: str
    given: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)


Make = Callable[[Ask, Writing], Route]


def route(ask: Ask, writing: Writing) -> Route:
    """Raises UnsupportedTask where OpenAI has no such route, InvalidInput where the route takes no
    such input or parameter."""
    turns = turns_of(ask)
    made = ROUTES[turns](ask, writing)
    return Route(made.method, made.gives, {"model": ask.name, **made.given}, made.more)


def turns_of(ask: Ask) -> Turns:
    """EDIT before DRAW: what changes a picture may go without one."""
    picture = any(slot.kind == "image" for slot in ask.slots)
    for turns in ROUTES:
        if turns.fits(ask.task) and (turns is not EDIT or picture):
            return turns
    raise UnsupportedTask(f"OpenAI has no route for {ask.task.tag}.")


def streams(ask: Ask) -> bool:
    try:
        return turns_of(ask) in (CHAT, WRITE, HEAR)
    except UnsupportedTask:
        return False


def only(ask: Ask, method: str, *known: str) -> dict[str, Any]:
    """The parameters. Raises InvalidInput for others than those that are `known`."""
    if others := [name for name in ask.parameters if name not in known]:
        raise InvalidInput(
            f"{method} of OpenAI takes no {', '.join(others)}. Choose another client."
        )
    return dict(ask.parameters)


def chat(ask: Ask, writing: Writing) -> Route:
    given = {n: v for n, v in ask.parameters.items() if n in CHATTING}
    more = {n: v for n, v in ask.parameters.items() if n not in CHATTING}
    said = messages(ask, writing.encoded, writing.data_url)
    return Route("chat.completions.create", "message", {"messages": said, **given}, more)


def write(ask: Ask, writing: Writing) -> Route:
    """OpenAI draws tokens where nothing else is said, and ends after 16 of them."""
    asked = only(ask, "completions.create", *WRITING, "do_sample")
    draws = asked.pop("do_sample", None) or "temperature" in asked
    usual = ask.task.params.model_fields["max_new_tokens"].default
    given = {"max_tokens": usual, **{WRITING[name]: value for name, value in asked.items()}}
    if not draws:
        given["temperature"] = 0
    more = {name: given.pop(name) for name in ("top_k",) if name in given}
    return Route("completions.create", "text", {"prompt": lone(ask), **given}, more)


def embed(ask: Ask, writing: Writing) -> Route:
    given = only(ask, "embeddings.create", "dimensions")
    return Route("embeddings.create", "vector", {"input": lone(ask), **given})


def say(ask: Ask, writing: Writing) -> Route:
    given = only(ask, "audio.speech.create", "voice", "speed")
    fixed = {"voice": ALOUD, "response_format": FORMAT}
    return Route("audio.speech.create", "file", {"input": lone(ask), **fixed, **given})


def hear(ask: Ask, writing: Writing) -> Route:
    asked = only(ask, "audio.transcriptions.create", "language", "return_timestamps")
    spans = asked.pop("return_timestamps", None)
    if spans:
        span = SPANS.get(spans, "segment")
        asked |= {"response_format": "verbose_json", "timestamp_granularities": [span]}
    sound = {"file": writing.opened(ask.files[0])}
    return Route("audio.transcriptions.create", "transcript", {**sound, **asked})


def draw(ask: Ask, writing: Writing) -> Route:
    given, more = drawn(ask, "images.generate", "height", "width")
    return Route("images.generate", "pictures", {"prompt": words(ask), **given}, more)


def edit(ask: Ask, writing: Writing) -> Route:
    given, more = drawn(ask, "images.edit", "prompt", "target_size")
    files = {s.name: writing.opened(file_of(ask, s.name)) for s in ask.slots if s.is_file}
    prompt = ask.parameters.get("prompt") or words(ask)
    if not prompt:
        raise InvalidInput("images.edit of OpenAI wants a prompt. Write one, or choose another.")
    return Route("images.edit", "pictures", {**files, "prompt": prompt, **given}, more)


def drawn(ask: Ask, method: str, *known: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """How a picture is drawn, in OpenAI's words and in diffusion's."""
    asked = only(ask, method, *DRAWING, "num_images_per_prompt", *known)
    given: dict[str, Any] = {}
    if count := asked.get("num_images_per_prompt"):
        given["n"] = count
    size = asked.get("target_size") or asked
    if "width" in size and "height" in size:
        given["size"] = f"{size['width']}x{size['height']}"
    elif "width" in size or "height" in size:
        raise InvalidInput(f"{method} of OpenAI takes width and height together. Set both.")
    return given, {name: asked[name] for name in DRAWING if name in asked}


def lone(ask: Ask) -> str:
    """The one text. Raises InvalidInput where more is given than the route takes."""
    if len(ask.slots) > 1:
        raise InvalidInput("OpenAI's route takes one text. Choose another client.")
    return words(ask)


def words(ask: Ask) -> str:
    texts = (ask.inputs[slot.name] for slot in ask.slots if slot.kind == "text")
    return str(next(texts, ""))


def file_of(ask: Ask, name: str) -> File:
    return next(file for file in ask.files if file.path == ask.inputs[name])


ROUTES: dict[Turns, Make] = {
    CHAT: chat,
    WRITE: write,
    EMBED: embed,
    SAY: say,
    HEAR: hear,
    EDIT: edit,
    DRAW: draw,
    REDRAW: edit,
}
