"""How much comes in with a call, as the classic Inference API told it in headers.

Source: `x-compute-characters`, `x-compute-images` and `x-compute-audio-length` of that API.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from pipelines.slots import Slot, slots
from pipelines.task import Task

CHARACTERS, IMAGES, SECONDS = "characters", "images", "audio-length"
Amount = Callable[[Any], dict[str, float]]


def amounts(task: Task, inputs: Iterable[Any]) -> dict[str, str]:
    """The headers of what the rows of a call hold; a sound that does not say its length has none.

    Reads headers of files, nothing else of them.
    """
    found: Counter[str] = Counter()
    for row in inputs:
        for slot in slots(task.inputs):
            found.update(measured(slot, getattr(row, slot.name)))
    return {f"x-compute-{name}": f"{round(value, 3):g}" for name, value in found.items() if value}


def measured(slot: Slot, value: Any) -> dict[str, float]:
    """What a value of one kind counts as; one that is not given, or of another kind, as nothing."""
    amount = AMOUNTS.get(slot.kind)
    return amount(value) if amount and value is not None else {}


def words(value: Any) -> dict[str, float]:
    """A text, or a list of them."""
    texts = [value] if isinstance(value, str) else value
    return {CHARACTERS: sum(len(text) for text in texts if isinstance(text, str))}


def talk(messages: Any) -> dict[str, float]:
    found: Counter[str] = Counter()
    for message in messages:
        found.update(words(message.text()))
        for part in message.files():
            if amount := AMOUNTS.get(part.type):
                found.update(amount(part.file))
    return dict(found)


AMOUNTS: dict[str, Amount] = {
    **dict.fromkeys(("text", "line", "lines", "names"), words),
    "image": lambda picture: {IMAGES: 1},
    "images": lambda pictures: {IMAGES: len(pictures)},
    "audio": lambda sound: {SECONDS: sound.length},
    "messages": talk,
}
