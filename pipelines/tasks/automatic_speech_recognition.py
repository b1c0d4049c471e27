"""Write down what is said in a recording."""

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from pipelines.kinds.files import Audio
from pipelines.kinds.inputs import Name
from pipelines.kinds.outputs import Transcribed, transcribed_join
from pipelines.kinds.shapes import Transcript
from pipelines.loaders import listening, loose
from pipelines.loaders.generation import GenerationParameters
from pipelines.loaders.listening import Listener
from pipelines.loaders.wishes import Hearing
from pipelines.task import Inputs, Params, Task


class Speech(Inputs):
    audio: Annotated[Audio, Field(description="A recording of speech", examples=["speech.flac"])]


def as_choice(value: Any) -> Any:
    """The protocol says true for the timestamps a model has by itself, of phrases or words."""
    answers: dict[Any, str | None] = {"true": "phrase", "false": None}
    return answers.get(str(value).lower(), value)


class SpeechOptions(Params):
    return_timestamps: Annotated[
        Literal["phrase", "word", "char"] | None, BeforeValidator(as_choice)
    ] = Field(None, description="When each phrase, word or letter was said; true for phrases")
    language: Name | None = Field(
        None, description="Spoken language, such as de or german; unset, the model finds it out"
    )
    task: Literal["transcribe", "translate"] | None = Field(
        None, description="Write down what is said, or translate it into English"
    )
    generation_parameters: GenerationParameters | None = Field(
        None, description="Options of the Hub's generation parameters"
    )

    def hearing(self) -> Hearing:
        given = self.generation_parameters
        options = given.model_dump(exclude_none=True) if given else {}
        return Hearing(self.return_timestamps, self.language, self.task, options)


def run(pipe: Listener, inputs: list[Speech], params: SpeechOptions) -> list[Transcribed]:
    return [transcribed_join(list(stream(pipe, each, params))) for each in inputs]


def stream(pipe: Listener, inputs: Speech, params: SpeechOptions) -> Iterator[dict[str, Any]]:
    """What each part of the recording adds to the text; the last chunk has the whole transcript."""
    told, found = "", Transcript(text="")
    with closing(pipe.hear(inputs.audio, params.hearing())) as parts:
        for found in parts:
            text = found["text"].strip()
            if text.startswith(told) and text != told:
                yield {"text": text.removeprefix(told)}
                told = text
    whole = Transcript(text=found["text"].strip())
    if params.return_timestamps is not None and "chunks" in found:
        whole["chunks"] = found["chunks"]
    yield {"text": "", "transcript": whole}


TASK = Task(
    tag="automatic-speech-recognition",
    summary="Write down what is said in a recording",
    inputs=Speech,
    params=SpeechOptions,
    output=Transcribed,
    load={"transformers": listening.load},
    tidy=loose.gather,
    run=run,
    stream=stream,
    default_model="openai/whisper-large-v3",
    more_models=(
        "openai/whisper-small",
        "facebook/wav2vec2-base-960h",
        "distil-whisper/distil-large-v3",
    ),
)
