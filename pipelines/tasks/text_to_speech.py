"""Say a text aloud."""

from typing import Annotated

from pydantic import Field

from pipelines.encode import media
from pipelines.kinds.inputs import Text
from pipelines.kinds.outputs import Audio
from pipelines.loaders import loose, speaking
from pipelines.loaders.speaking import Speaker, VoiceOptions, sings
from pipelines.model import Model
from pipelines.task import Inputs, Task


class TextToSay(Inputs):
    text: Annotated[
        Text,
        Field(
            description="Text to say",
            examples=[
                "The sun rose slowly over the quiet harbour.",
                "Hello! How are you today? I hope that everything is well.",
            ],
        ),
    ]


def run(pipe: Speaker, inputs: list[TextToSay], params: VoiceOptions) -> list[Audio]:
    return [pipe.say(each.text, params) for each in inputs]


def fits(model: Model) -> bool:
    """A model that makes music is no speaker, whichever of the Hub's two tags its card has."""
    return model.tag in ("text-to-speech", "text-to-audio") and not sings(model)


TASK = Task(
    tag="text-to-speech",
    summary="Say a text aloud",
    inputs=TextToSay,
    params=VoiceOptions,
    output=Audio,
    load={"transformers": speaking.load},
    fits=fits,
    tidy=loose.gather,
    run=run,
    shape=media,
    default_model="facebook/mms-tts-eng",
    more_models=("kakao-enterprise/vits-vctk", "suno/bark-small", "sesame/csm-1b"),
)
