"""Find where somebody speaks in a recording."""

from typing import Any

from pipelines.encode import waveform
from pipelines.forms import Recording
from pipelines.kinds.outputs import Speech
from pipelines.kinds.shapes import Segment, Segments
from pipelines.loaders import frames
from pipelines.loaders.frames import FrameLabeller, SpeechOptions
from pipelines.media import Sound
from pipelines.task import Task

DRAWN = 8_000  # Hz; enough for a picture of the loudness


def run(pipe: FrameLabeller, inputs: list[Recording], params: SpeechOptions) -> list[Speech]:
    return [speech(pipe.segments(each.audio, params), each.audio) for each in inputs]


def speech(segments: list[Segment], sound: Sound) -> Segments:
    """The segments with what is drawn under them."""
    samples = sound.decode(DRAWN)
    return {
        "segments": segments,
        "duration": round(len(samples) / DRAWN, 3),
        "waveform": waveform(samples),
    }


def shape(raw: Any, row: Recording) -> Any:
    """A model's own code gives the segments alone, often without a label."""
    if not isinstance(raw, list) or not all(isinstance(each, dict) for each in raw):
        return raw
    named: list[Any] = [{"label": "speech", **each} for each in raw]
    return speech(named, row.audio)


TASK = Task(
    tag="voice-activity-detection",
    summary="Find where somebody speaks in a recording",
    inputs=Recording,
    params=SpeechOptions,
    output=Speech,
    load={"transformers": frames.load},
    fits=frames.labels_frames,
    run=run,
    shape=shape,
    default_model="anton-l/wav2vec2-base-superb-sd",
    more_models=("microsoft/wavlm-base-plus-sd", "microsoft/unispeech-sat-base-plus-sd"),
)
