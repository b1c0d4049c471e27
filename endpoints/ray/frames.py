"""What travels between this server and a replica: one msgpack body there, frames of it back.

A body says `op` (`run`, `stream` or `ping`) and the call. Back come any number of `chunk` frames
and at last one of `value` or `error`; a frame is a 4-byte length and its msgpack
(`pipelines.engine.wire`).
"""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Literal

import msgspec

from pipelines.engine import wire
from pipelines.engine.call import Answer, Call
from pipelines.errors import InvalidInput, ModelFailed, WorkerDied

Op = Literal["run", "stream", "ping"]
TYPE = "application/vnd.tagline.frames"  # what tells a replica's answer from one of Ray's own


def path(application: str) -> str:
    return f"/{application}/"


def body(op: Op, call: Call | None = None) -> bytes:
    """Raises InvalidInput for what msgpack cannot hold."""
    what = given(call) if call else {}
    return wire.pack({"op": op, **what})[wire.HEAD.size :]


def given(call: Call) -> dict[str, Any]:
    return {
        "task": call.task.tag,
        "inputs": [row.model_dump() for row in call.inputs],
        "params": call.params.model_dump(exclude_unset=True),
        "request": call.request,
    }


def read(data: bytes) -> wire.Frame:
    """A body as its frame. Raises InvalidInput for what is none."""
    try:
        return wire.unpack(data)
    except (msgspec.DecodeError, ValueError) as error:
        raise InvalidInput(f"This is no call of Tagline: {error}.") from error


async def frames(pieces: AsyncIterator[bytes]) -> AsyncGenerator[wire.Frame, None]:
    """The frames in a stream of bytes. Raises WorkerDied where it ends within one."""
    held = bytearray()
    async for piece in pieces:
        held += piece
        while len(held) >= wire.HEAD.size:
            end = wire.HEAD.size + wire.size(bytes(held[: wire.HEAD.size]))
            if len(held) < end:
                break
            yield wire.unpack(bytes(held[wire.HEAD.size : end]))
            del held[:end]
    if held:
        raise WorkerDied("The replica ended while it answered. Send the call again.")


def conclusion(call: Call, answer: Answer | None = None) -> wire.Frame:
    """The last frame of a call that went well; a stream has no answer but its chunks."""
    frame: wire.Frame = {"value": None, "notices": call.notices, "seconds": 0.0, "device": ""}
    counts = {"read": sum(call.read), "written": sum(call.written)}
    if answer:
        frame |= {"value": answer.values, "seconds": answer.seconds, "device": answer.device}
    return frame | counts


def conclude(call: Call, frame: wire.Frame) -> Answer:
    """The answer in a last frame; what is told of it goes to the call too. Raises its error."""
    if "error" in frame:
        raise wire.error_from_wire(frame["error"])
    if "value" not in frame:
        raise ModelFailed("The replica answered in a form that this server does not know.")
    call.notices.extend(frame["notices"])
    call.read.append(frame["read"])
    call.written.append(frame["written"])
    notices = tuple(frame["notices"])
    return Answer(frame["value"] or [], frame["seconds"], frame["device"], notices, frame["read"])
