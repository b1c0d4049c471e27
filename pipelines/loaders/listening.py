"""Speech to text, part by part: a long recording is heard in windows, and what is understood so far
can be read while the rest is heard.

Whisper finds its own way from window to window, and a CTC model hears windows that overlap: both as
transformers' pipeline does it. Any other model gets parts that end where it is most quiet.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.kinds.shapes import Transcript
from pipelines.loaders.hearing import SHORT, long_enough
from pipelines.loaders.safety import first_line
from pipelines.loaders.transformers import Pipeline
from pipelines.loaders.whisper import Windows
from pipelines.loaders.wishes import Hearing, arguments
from pipelines.media import Sound
from pipelines.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOW = 30  # seconds heard at a time
OVERLAP = 5  # seconds at both ends of a window of a CTC model, heard but not written down
QUIET = 10  # seconds before the end of a window in which a quiet place is looked for
HUSH = 0.1  # seconds of one look


@dataclass(frozen=True)
class Listener:
    """`pipe` is transformers' pipeline for speech recognition."""

    pipe: Any

    @property
    def rate(self) -> int:
        return int(self.pipe.feature_extractor.sampling_rate)

    def hear(self, sound: Sound, asked: Hearing) -> Generator[Transcript]:
        """The transcript so far after each window, the last of them with timestamps.

        Raises InvalidInput for what this model cannot do.
        """
        given = arguments(self.pipe, asked)
        samples = sound.decode(self.rate)
        if not samples.any():  # nothing is said, and nothing shall be read
            yield {"text": "", "chunks": []}  # into the silence, as Whisper likes to do
            return
        ways = {"seq2seq_whisper": self.by_whisper, "ctc": self.by_ctc, "ctc_with_lm": self.by_ctc}
        way = ways.get(self.pipe.type, self.by_parts)
        try:
            with long_enough(samples, self.rate):
                yield from way(samples, given)
        except ValueError as error:
            if "generate_kwargs" not in given:
                raise
            why = first_line(error)
            raise InvalidInput(
                f"parameters.generation_parameters: the model says: {why}"
            ) from error

    def by_whisper(
        self, samples: "NDArray[np.float32]", given: dict[str, Any]
    ) -> Iterator[Transcript]:
        if len(samples) > self.pipe.feature_extractor.n_samples:  # where it needs timestamps
            given = {"return_timestamps": True, **given}
        windows = Windows(self.pipe, {"raw": samples, "sampling_rate": self.rate}, given)
        with closing(windows.so_far()) as heard:
            for tokens in heard:
                yield {"text": self.pipe.tokenizer.decode(tokens, skip_special_tokens=True)}
        yield windows.whole()

    def by_ctc(self, samples: "NDArray[np.float32]", given: dict[str, Any]) -> Iterator[Transcript]:
        long = len(samples) > WINDOW * self.rate
        if long or "return_timestamps" in given:
            self.measure()
        if long:
            given = {**given, "chunk_length_s": WINDOW, "stride_length_s": OVERLAP}
        before, during, after = self.pipe._sanitize_parameters(**given)
        heard: list[dict[str, Any]] = []
        for window in self.pipe.preprocess(samples, **before):
            heard.append(self.pipe.forward(window, **during))
            yield self.pipe.postprocess([dict(each) for each in heard], **after)

    def measure(self) -> None:
        """Finds out how many samples make one frame of the output where no config says so: without
        it, the pipeline would cut off all of a window with its overlap, and tell no time."""
        import numpy as np

        if self.pipe._align_to > 1:
            return
        count = 4 * self.rate
        (window,) = self.pipe.preprocess(np.zeros(count, np.float32))
        frames = self.pipe.forward(window)["tokens"].shape[1]
        unit = self.rate / 100  # feature extractors step 10 ms at a time
        self.pipe.model.config.inputs_to_logits_ratio = int(round(count / frames / unit) * unit)

    def by_parts(
        self, samples: "NDArray[np.float32]", given: dict[str, Any]
    ) -> Iterator[Transcript]:
        words: list[str] = []
        chunks: list[Any] = []
        for start, part in parts(samples, self.rate):
            found: Any = {"text": ""}
            if part.min() < part.max():  # some divide by what varies, and there is nothing said
                found = self.pipe({"raw": part, "sampling_rate": self.rate}, **given)
            words += [found["text"].strip()]
            chunks += [moved(chunk, start / self.rate) for chunk in found.get("chunks", ())]
            so_far: Transcript = {"text": " ".join(filter(None, words))}
            yield {**so_far, "chunks": chunks} if "return_timestamps" in given else so_far


def moved(chunk: Any, by: float) -> Any:
    return {**chunk, "timestamp": tuple(time + by for time in chunk["timestamp"])}


def parts(samples: "NDArray[np.float32]", rate: int) -> "Iterator[tuple[int, NDArray[np.float32]]]":
    """Parts of at most a window, each with the index of its first sample."""
    start = 0
    while len(samples) - start > WINDOW * rate:
        last = min(start + WINDOW * rate, len(samples) - int(SHORT * rate))  # leaves some to hear
        end = quietest(samples, last - QUIET * rate, last, rate)
        yield start, samples[start:end]
        start = end
    yield start, samples[start:]


def quietest(samples: "NDArray[np.float32]", first: int, last: int, rate: int) -> int:
    """The middle of the `HUSH` between two indices that has the least energy."""
    import numpy as np

    hush = int(HUSH * rate)
    count = (last - first) // hush
    energy = np.square(samples[first : first + count * hush]).reshape(count, hush).sum(axis=1)
    return first + int(energy.argmin()) * hush + hush // 2


def load(model: Model, hardware: Hardware) -> Listener:
    return Listener(Pipeline("automatic-speech-recognition")(model, hardware))
