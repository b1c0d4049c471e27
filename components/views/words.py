"""Text and conversations."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from components import files, texts
from components.views.view import Component
from pipelines.kinds.messages import Message, Part
from pipelines.kinds.outputs import OutputKind
from pipelines.task import Inputs


def textbox() -> Component:
    say = texts.here()
    return gr.Textbox(
        label=say("views.result"),
        lines=8,
        max_lines=24,
        interactive=False,
        buttons=["copy"],
        elem_id="result",
        placeholder=say("views.waiting"),
    )


def chatbot() -> Component:
    # In a box of its own: when the panel changes, the browser hands the new values to what stood
    # in the same place before, and a Chatbot breaks on any that is no conversation.
    say = texts.here()
    with gr.Group():
        return gr.Chatbot(
            label=say("views.conversation"),
            height=420,
            buttons=["copy", "copy_all"],
            elem_id="result",
            feedback_options=None,
            placeholder=say("views.conversation_waiting"),
        )


def text(value: Any, inputs: Inputs, kind: OutputKind) -> str:
    """The words; line by line with their times, where the result has some."""
    chunks = value.get("chunks") if isinstance(value, dict) else None
    return "\n".join(map(timed, chunks)) if chunks else kind.text(value)


def timed(chunk: Any) -> str:
    start, end = (f"{x:.2f}" if x is not None else "…" for x in chunk["timestamp"])
    return f"{start} – {end}  {chunk['text'].strip()}"


def message(value: Any, inputs: Inputs, kind: OutputKind) -> list[dict[str, Any]]:
    """The conversation with the answer: its words, and the functions that it wants called."""
    calls = value["choices"][0]["message"].get("tool_calls") or []
    written = [kind.text(value), *(call_text(each["function"]) for each in calls)]
    return said("\n".join(filter(None, written)), inputs)


def call_text(function: Any) -> str:
    return f"`{function['name']}({function['arguments']})`"


def growing(chunks: list[Any], inputs: Inputs, kind: OutputKind) -> list[dict[str, Any]]:
    """The conversation with the answer so far."""
    return said("".join(map(kind.delta, chunks)), inputs)


def said(written: str, inputs: Inputs) -> list[dict[str, Any]]:
    """The conversation so far, ending with an answer."""
    return [*turns(inputs), {"role": "assistant", "content": written}]


def turns(inputs: Inputs) -> list[dict[str, Any]]:
    """The messages that were sent, as a Chatbot shows them."""
    messages: list[Message] = next(
        value
        for name in type(inputs).model_fields
        if isinstance(value := getattr(inputs, name), list)
    )
    return [{"role": each.role, "content": content(each)} for each in messages]


def content(message: Message) -> Any:
    """Words as they are; with files a list of both."""
    if not message.files():
        return message.text()
    return [
        part.text or "" if part.type == "text" else {"path": kept(part)} for part in message.parts()
    ]


def kept(part: Part) -> str:
    """The path of a copy of a file in gradio's own cache, the only place it serves files from. It
    is written once: a growing answer shows the same conversation again and again."""
    data = part.file.data
    folder = Path(get_upload_folder()) / sha256(data).hexdigest()
    path = folder / f"{part.type}.{files.ending(part.file)}"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return str(path)


def past(shown: Any) -> list[dict[str, Any]]:
    """The turns that a Chatbot shows, as messages."""
    return [{"role": turn["role"], "content": plain(turn["content"])} for turn in shown or []]


def plain(content: Any) -> Any:
    """The content of a message: words, or a list of parts if there are files."""
    if not isinstance(content, list):
        return str(content)
    made = [made for part in content if isinstance(part, dict) and (made := part_of(part))]
    if any(each["type"] != "text" for each in made):
        return made
    return "".join(each["text"] for each in made)


def part_of(shown: dict[str, Any]) -> dict[str, Any] | None:
    """A piece of a turn in a Chatbot; None for what is no part of the conversation."""
    if path := (shown.get("file") or {}).get("path"):
        kind = Path(path).stem
        return {"type": kind, kind: files.read(path)}
    return {"type": "text", "text": str(shown["text"])} if shown.get("text") else None
