"""Who speaks when: models that label every frame of a recording (transformers'
`ForAudioFrameClassification`), and what becomes of the labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pydantic import Field

from pipelines.hardware import Hardware
from pipelines.kinds.shapes import Segment
from pipelines.loaders.hearing import long_enough, shortened
from pipelines.loaders.transformers import check, options, weights
from pipelines.media import Sound
from pipelines.model import Model
from pipelines.task import Params

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 120  # seconds heard at once: speakers could not be told to be the same in the next part
Span = tuple[float, float]  # start and end in seconds


class SpeechOptions(Params):
    """What counts as speech, in silero's terms."""

    threshold: float = Field(0.5, gt=0, lt=1, description="Probability from which it is speech")
    min_speech_duration_ms: int = Field(
        250, ge=0, le=60_000, description="Shorter stretches of speech are left out, milliseconds"
    )
    min_silence_duration_ms: int = Field(
        100, ge=0, le=60_000, description="Shorter pauses are no pauses, milliseconds"
    )
    speech_pad_ms: int = Field(
        30, ge=0, le=10_000, description="What is added at both ends, milliseconds"
    )


@dataclass(frozen=True)
class FrameLabeller:
    """A model and its feature extractor. Each of its labels, often a speaker, is judged alone."""

    model: Any
    extractor: Any

    def segments(self, sound: Sound, given: SpeechOptions) -> list[Segment]:
        """Where each label's probability is high enough, by time."""
        rate = self.extractor.sampling_rate
        samples = shortened(sound.decode(rate), rate, LONGEST * rate)
        length = len(samples) / rate
        scores = self.scores(samples)
        found = [
            Segment(label=self.model.config.id2label[at], start=start, end=end)
            for at, column in enumerate(scores.T)
            for start, end in spans(column >= given.threshold, length, given)
        ]
        return sorted(found, key=lambda each: (each["start"], each["label"]))

    def scores(self, samples: "NDArray[np.float32]") -> "NDArray[np.float32]":
        """Probabilities of shape (frames, labels)."""
        import torch

        rate = self.extractor.sampling_rate
        with torch.inference_mode(), long_enough(samples, rate):
            inputs = self.extractor(samples, sampling_rate=rate, return_tensors="pt")
            inputs = inputs.to(self.model.device, self.model.dtype)
            scores: NDArray[np.float32] = (
                self.model(**inputs).logits[0].sigmoid().float().cpu().numpy()
            )
        return scores


def spans(frames: "NDArray[np.bool_]", length: float, given: SpeechOptions) -> list[Span]:
    """Stretches of true frames, which last `length` seconds together: joined over short pauses,
    without short ones, padded within the recording."""
    second = len(frames) / length
    joined = join(runs(frames), given.min_silence_duration_ms / 1000 * second)
    least, pad = given.min_speech_duration_ms / 1000, given.speech_pad_ms / 1000
    long = [(a / second, b / second) for a, b in joined if (b - a) / second >= least]
    if not long:
        return []
    middles = [(one[1] + two[0]) / 2 for one, two in pairwise(long)]
    walls = [0.0, *middles, length]  # padding does not run into the next stretch
    return [
        (round(max(a - pad, left), 3), round(min(b + pad, right), 3))
        for (a, b), left, right in zip(long, walls[:-1], walls[1:], strict=True)
    ]


def runs(frames: "NDArray[np.bool_]") -> list[tuple[int, int]]:
    """First index of each stretch of true values, and the one after its last."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate([[0], frames.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def join(stretches: Sequence[tuple[int, int]], least: float) -> list[tuple[int, int]]:
    """Stretches less than `least` frames apart become one."""
    joined: list[tuple[int, int]] = []
    for start, end in stretches:
        if joined and start - joined[-1][1] < least:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def load(model: Model, hardware: Hardware) -> FrameLabeller:
    from transformers import AutoFeatureExtractor, AutoModelForAudioFrameClassification

    check(model)
    extractor = AutoFeatureExtractor.from_pretrained(model.path, **options(model))
    loaded = AutoModelForAudioFrameClassification.from_pretrained(
        model.path, **options(model), **weights(model, hardware)
    )
    return FrameLabeller(loaded.to(hardware.device).eval(), extractor)


def labels_frames(model: Model) -> bool:
    """Whether `model` labels frames; Nemotron's streaming head answers in another form."""
    return model.is_a("ForAudioFrameClassification") and not model.is_a(
        "Nemotron3DiarizationForAudioFrameClassification"
    )
