"""What a conversation has beside its box: a system prompt, and turns that are asked again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.views import words
from pipelines import chatting
from pipelines.errors import InvalidInput
from pipelines.model import Model
from pipelines.slots import Slot

Turns = list[dict[str, Any]]
# A field of the page alone: the model gets it as the first turn.
SYSTEM = Slot(name="system_prompt", kind="text", required=True, default="", description="")


@dataclass(frozen=True)
class Said:
    """A turn of the user, and what was said before it."""

    past: Turns
    content: Any


def talks(slots: Sequence[Slot]) -> bool:
    """Whether a run goes on from what is shown, as in a conversation."""
    return any(slot.kind == "messages" for slot in slots)


def extras(slots: Sequence[Slot], model: Model) -> tuple[Slot, ...]:
    """The system prompt, where there is a conversation and the model takes one."""
    return (SYSTEM,) if talks(slots) and chatting.takes_system(model) else ()


def messages(said: Said, system: str) -> Turns:
    """The whole conversation. Of the system prompts the one in the box holds."""
    first = [{"role": "system", "content": system}] if system.strip() else []
    past = [turn for turn in said.past if turn["role"] != "system"]
    return [*first, *past, {"role": "user", "content": said.content or ""}]


def check(name: str, said: Said) -> None:
    """Raises InvalidInput where nothing is said: a model would answer an empty turn too."""
    if not said.content:
        raise InvalidInput(f"inputs.{name}: is empty; write something.")


def again(shown: Any, index: Any) -> Said:
    """The turn of the user at `index` of a Chatbot, or the last one before it."""
    turns = words.past(shown)
    at = index[0] if isinstance(index, list | tuple) else index
    asked = [i for i, turn in enumerate(turns[: at + 1]) if turn["role"] == "user"]
    return Said(turns[: asked[-1]], turns[asked[-1]]["content"]) if asked else Said([], "")


def edited(shown: Any, index: Any, text: Any) -> Said:
    """The same with other words; its files stay."""
    said = again(shown, index)
    files = [p for p in said.content if p["type"] != "text"] if is_parts(said.content) else []
    new = words.plain(text)
    return Said(said.past, [*files, {"type": "text", "text": new}] if files else new)


def is_parts(content: Any) -> bool:
    return isinstance(content, list)


def unanswered(shown: Any) -> tuple[Any, str]:
    """The conversation without a last turn that nobody answered, and the words of that turn."""
    if not shown or shown[-1]["role"] != "user":
        return shown, ""
    content = words.past(shown[-1:])[0]["content"]
    return shown[:-1], content if isinstance(content, str) else said_in(content)


def said_in(parts: Any) -> str:
    return " ".join(part["text"] for part in parts if part["type"] == "text")


def system_of(inputs: Any) -> str:
    """The system prompt of an example, if it has one."""
    turns = next((v for v in inputs.values() if isinstance(v, list)), [])
    found = [t["content"] for t in turns if isinstance(t, dict) and t.get("role") == "system"]
    return str(found[0]) if found else ""
