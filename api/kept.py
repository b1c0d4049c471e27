"""Answers kept from before, as the classic Inference API kept them (`X-Use-Cache`).

Off unless settings say otherwise: whoever measures would measure memory, and whoever shares an
address with another could tell by the time of an answer what that one had asked. So a caller only
ever gets an answer of his own calls, and nothing of a model that is one token's alone is kept.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from api.headers import CACHE
from pipelines.engine.call import Answer, Call
from pipelines.engine.wire import decoder, encoder, pack
from pipelines.kinds.outputs import output_kind
from pipelines.model import HANDLER


@dataclass(frozen=True)
class Entry:
    value: bytes
    notices: tuple[str, ...]
    tokens: int


class Kept:
    """At most so many bytes of answers; those that were not asked for the longest go first."""

    def __init__(self, most: float) -> None:
        self.most, self.held = most, 0
        self.entries: OrderedDict[bytes, Entry] = OrderedDict()

    def get(self, key: bytes) -> tuple[Any, Answer] | None:
        """The value and its Answer, which took no time."""
        if (found := self.entries.get(key)) is None:
            return None
        self.entries.move_to_end(key)
        return decoder.decode(found.value), Answer([], 0, CACHE, found.notices, found.tokens)

    def put(self, key: bytes, value: Any, answer: Answer) -> None:
        entry = Entry(encoder.encode(value), answer.notices, answer.tokens)
        self.forget(key)
        if len(entry.value) > self.most:
            return
        self.entries[key] = entry
        self.held += len(entry.value)
        while self.held > self.most:
            self.forget(next(iter(self.entries)))

    def forget(self, key: bytes) -> None:
        if gone := self.entries.pop(key, None):
            self.held -= len(gone.value)

    def key(self, caller: str, call: Call, many: bool) -> bytes | None:
        """What names a call of a caller; None for one whose answer may not be kept."""
        return digest(caller, call, many) if self.most and may_stay(call) else None


def may_stay(call: Call) -> bool:
    """Whether the same call has the same answer for good. A model's own code may do anything."""
    model = call.model
    exact = output_kind(call.task.output).exact
    return exact and model.owner is None and model.library != HANDLER


def digest(caller: str, call: Call, many: bool) -> bytes:
    model, rows = call.model, [row.model_dump() for row in call.inputs]
    named: Sequence[Any] = (caller, model.id, model.revision, call.task.tag, many, rows)
    return sha256(pack({"call": named, "params": call.params.model_dump()})).digest()
