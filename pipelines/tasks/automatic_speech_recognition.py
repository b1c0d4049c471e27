"""Write down what is said in a recording."""

from typing import Annotated, Any, Literal

from pydantic import Field

from pipelines.errors import InvalidInput
from pipelines.kinds import Audio, Transcribed
from pipelines.loaders.generation import GenerationParameters
from pipelines.loaders.safety import first_line
from pipelines.loaders.transformers import Pipeline
from pipelines.media import Sound
from pipelines.task import Inputs, Params, Task

WINDOW = 30  # seconds that Whisper hears at a time


class Speech(Inputs):
    audio: Annotated[Audio, Field(description="A recording of speech", examples=["speech.flac"])]


class SpeechOptions(Params):
    return_timestamps: bool | Literal["word", "char"] = Field(
        False, description="When each part was said"
    )
    generation_parameters: GenerationParameters | None = Field(
        None, description="Options of the Hub's generation parameters"
    )


def run(pipe: Any, inputs: list[Speech], params: SpeechOptions) -> list[Transcribed]:
    return [transcribe(pipe, each.audio, params) for each in inputs]


def transcribe(pipe: Any, sound: Sound, params: SpeechOptions) -> Transcribed:
    rate = pipe.feature_extractor.sampling_rate
    samples = sound.decode(rate)
    given = arguments(pipe, samples, params)
    try:
        found = pipe({"raw": samples, "sampling_rate": rate}, **given)
    except ValueError as error:
        if "generate_kwargs" not in given:
            raise
        why = first_line(error)
        raise InvalidInput(f"parameters.generation_parameters: the model says: {why}") from error
    whole: Transcribed = {"text": found["text"].strip()}
    if params.return_timestamps:
        whole["chunks"] = found["chunks"]
    return whole


def arguments(pipe: Any, samples: Any, params: SpeechOptions) -> dict[str, Any]:
    long = len(samples) > WINDOW * pipe.feature_extractor.sampling_rate
    when = timestamps(pipe.type, params.return_timestamps, long)
    given: dict[str, Any] = {"return_timestamps": when} if when else {}
    if params.generation_parameters:
        given["generate_kwargs"] = params.generation_parameters.model_dump(exclude_none=True)
    return given


def timestamps(kind: str, asked: bool | str, long: bool) -> bool | str:
    """What is asked for in the terms of this kind of model: of phrases, words or letters."""
    if kind == "seq2seq_whisper":
        if asked == "char":
            raise InvalidInput(
                "parameters.return_timestamps: this model knows when a word was said, not a "
                "letter. Send 'word' or true."
            )
        return asked or long  # it finds its way through a long recording by timestamps
    return "word" if asked is True else asked


TASK = Task(
    tag="automatic-speech-recognition",
    summary="Write down what is said in a recording",
    inputs=Speech,
    params=SpeechOptions,
    output=Transcribed,
    load={"transformers": Pipeline("automatic-speech-recognition")},
    run=run,
    default_model="openai/whisper-large-v3",
)
