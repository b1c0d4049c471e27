"""The group that a task is in, by the kinds of what goes in and what comes out."""

from pipelines.kinds.outputs import output_kind
from pipelines.slots import slots
from pipelines.task import Task
from pipelines.unserved import Modality

WORDS = {"text", "line", "lines", "messages"}
SEEN = {"image", "images", "video", "mask", "solid"}
HEARD = {"audio", "tracks", "segments"}


def modality(task: Task) -> Modality:
    """Words beside pictures or sounds go into several senses at once; else the file decides, be it
    taken or made, then the table."""
    fields = slots(task.inputs)
    taken = {slot.kind for slot in fields} | {kind for slot in fields for kind in slot.media}
    if taken & WORDS and taken & (SEEN | HEARD):
        return "multimodal"
    kinds = taken | {output_kind(task.output).name}
    if kinds & HEARD:
        return "audio"
    if kinds & SEEN:
        return "vision"
    return "language" if taken & WORDS else "tabular"
