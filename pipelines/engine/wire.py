"""What travels between the server and a worker: msgpack frames, media as bytes, no pickle.

A frame is a 4-byte length and that many bytes of msgpack. Requests carry `id` and `op`; each reply
carries the same `id` and one of `progress`, `chunk`, `value` or `error`.
"""

import json
import struct
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from pipelines import errors
from pipelines.errors import InvalidInput, ModelFailed, TaglineError
from pipelines.hardware import Gpu, Hardware
from pipelines.model import Model

Frame = dict[str, Any]
HEAD = struct.Struct("!I")
MOST = 1 << 31  # bytes of one frame; more is a broken stream


def plain(value: Any) -> Any:
    """Numbers of numpy and torch as Python's; paths, and dates of a card, as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


encoder = msgspec.msgpack.Encoder(enc_hook=plain)
decoder = msgspec.msgpack.Decoder()


def pack(frame: Frame) -> bytes:
    """Raises InvalidInput for what msgpack cannot hold: larger integers, halves of characters."""
    try:
        data = encoder.encode(frame)
    except (OverflowError, UnicodeEncodeError) as error:
        raise InvalidInput(f"A value here cannot be passed to the model: {error}.") from error
    return HEAD.pack(len(data)) + data


def unpack(data: bytes) -> Frame:
    frame: Frame = decoder.decode(data)
    return frame


def size(head: bytes) -> int:
    """Length of the frame that `head` announces. Raises ValueError if it cannot be one."""
    (length,) = HEAD.unpack(head)
    if length > MOST:
        raise ValueError(f"a frame of {length} bytes")
    return int(length)


def model_to_wire(model: Model) -> Frame:
    """Card and config as JSON, whose integers have no bound."""
    frame = asdict(model)
    return frame | {name: json.dumps(frame[name], default=str) for name in ("card", "config")}


def model_from_wire(frame: Frame) -> Model:
    lists = {name: tuple(frame[name]) for name in ("architectures", "notes")}
    files = {name: json.loads(frame[name]) for name in ("card", "config")}
    return Model(**frame | lists | files | {"path": Path(frame["path"])})


def hardware_to_wire(hardware: Hardware) -> Frame:
    return asdict(hardware)


def hardware_from_wire(frame: Frame) -> Hardware:
    gpus = tuple(Gpu(**gpu | {"capability": tuple(gpu["capability"])}) for gpu in frame["gpus"])
    return Hardware(**frame | {"gpus": gpus, "cpu_flags": tuple(frame["cpu_flags"])})


def error_to_wire(error: TaglineError) -> Frame:
    return {"kind": type(error).__name__, "text": str(error), "retry_after": error.retry_after}


def error_from_wire(frame: Frame) -> TaglineError:
    """The same error on this side; one that this side does not know is a ModelFailed."""
    kind = getattr(errors, frame["kind"], ModelFailed)
    error: TaglineError = kind(frame["text"])
    error.retry_after = frame["retry_after"]
    return error
