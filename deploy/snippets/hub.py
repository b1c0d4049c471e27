"""huggingface_hub's InferenceClient, by its method for the task."""

import inspect
from collections.abc import Mapping
from typing import Any

from deploy.snippets import python
from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.files import expression
from deploy.snippets.messages import messages
from deploy.snippets.notation import PYTHON
from deploy.snippets.python import arguments, call
from pipelines.errors import InvalidInput, UnsupportedTask
from pipelines.finding import CHAT, WRITE

# Tasks with a method that the client sends nowhere but to providers of the Hub
UNSENT = ("image-to-video", "tabular-regression", "text-to-video")
NOT_OURS = ("self", "model", "stream")
path = expression('"{}"')
PIECES = {
    "chat": 'print(piece.choices[0].delta.content or "", end="", flush=True)',
    "text": 'print(piece, end="", flush=True)',
}


def snippet(ask: Ask) -> Snippet:
    """Raises UnsupportedTask where the client has no method for the task, InvalidInput where it
    takes no such input or parameter."""
    chats = CHAT.fits(ask.task)
    name = "chat_completion" if chats else ask.endpoint
    made = client(ask, ask.base if chats else ask.url)
    given = {**inputs(ask, name), **parameters(ask, name)}
    if ask.stream:
        given["stream"] = True
    asked = call(f"client.{name}", arguments(given))
    return python.snippet(ask, [IMPORT], f"{made}\n{printed(ask, asked)}")


IMPORT = "from huggingface_hub import InferenceClient"


def streams(ask: Ask) -> bool:
    return CHAT.fits(ask.task) or WRITE.fits(ask.task)


def client(ask: Ask, url: str) -> str:
    """A client of a model's own address, which asks no host of Hugging Face."""
    token = [f"token={python.VARIABLE}"] if ask.token else []
    return call("client = InferenceClient", [PYTHON.write(url), *token])


def signature(tag: str, name: str) -> Mapping[str, inspect.Parameter]:
    from huggingface_hub import InferenceClient

    method = getattr(InferenceClient, name, None)
    if method is None or tag in UNSENT:
        raise UnsupportedTask(f"InferenceClient of huggingface_hub sends no {tag} here.")
    known = inspect.signature(method).parameters
    return {name: each for name, each in known.items() if name not in NOT_OURS}


def inputs(ask: Ask, name: str) -> dict[str, Any]:
    """The inputs under the method's own names: those that it calls otherwise by their order."""
    known = signature(ask.task.tag, name)
    if CHAT.fits(ask.task):
        return {"messages": messages(ask, python.encoded, python.data_url)}
    row = ask.row(path)
    ours = [slot.name for slot in ask.slots if slot.required and slot.name not in known]
    theirs = [n for n, each in known.items() if each.default is each.empty and n not in row]
    renamed = dict(zip(ours, theirs, strict=False))
    given = {renamed.get(slot, slot): value for slot, value in row.items()}
    check(given, known, name)
    return given


def check(given: Mapping[str, Any], known: Mapping[str, inspect.Parameter], name: str) -> None:
    """Raises InvalidInput for what the method does not take."""
    if others := [each for each in given if each not in known]:
        raise InvalidInput(
            f"{name} of huggingface_hub takes no {', '.join(others)}. Choose another client."
        )


def parameters(ask: Ask, name: str) -> dict[str, Any]:
    """Those that the method knows; others in the body beside them, where it lets them."""
    known = signature(ask.task.tag, name)
    if ask.several:
        raise InvalidInput(f"{name} of huggingface_hub takes one file. Choose another client.")
    if any(each.kind is each.VAR_KEYWORD for each in known.values()):
        return dict(ask.parameters)
    own = {n: value for n, value in ask.parameters.items() if n in known}
    rest = {n: value for n, value in ask.parameters.items() if n not in known}
    if rest and "extra_body" not in known:
        check(rest, known, name)
    return {**own, **({"extra_body": rest} if rest else {})}


def printed(ask: Ask, asked: str) -> str:
    if ask.stream:
        each = PIECES["chat" if CHAT.fits(ask.task) else "text"]
        return f"for piece in {asked}:\n    {each}\nprint()"
    if ask.kind.name == "images":
        return f'picture = {asked}\npicture.save("{ask.answer}")'
    if ask.makes_files:
        return f'sound = {asked}\nPath("{ask.answer}").write_bytes(sound)'
    if CHAT.fits(ask.task):
        return f"answer = {asked}\nprint(answer.choices[0].message.content)"
    return f"answer = {asked}\nprint(answer)"
