"""Say in words what a picture shows, or write down the text in it."""

from typing import Any

from pydantic import Field

from pipelines.forms import Picture
from pipelines.kinds.outputs import Generated
from pipelines.loaders.generation import GenerationParameters
from pipelines.loaders.seeds import drawn
from pipelines.loaders.seq2seq import NEUTRAL
from pipelines.loaders.sight import Seer, Sight
from pipelines.loaders.writing import write
from pipelines.model import Model
from pipelines.reading import Body
from pipelines.task import Params, Task

WRITERS = (
    "BlipForConditionalGeneration", "Blip2ForConditionalGeneration", "GitForCausalLM",
    "Pix2StructForConditionalGeneration", "VisionEncoderDecoderModel",
)  # fmt: skip
TAGS = ("image-to-text", "image-text-to-text")


class CaptionOptions(Params):
    max_new_tokens: int | None = Field(None, ge=1, le=8192, description="Longest text, in tokens")
    seed: int | None = Field(None, ge=0, lt=2**63, description="Repeat a draw exactly")
    generation_parameters: GenerationParameters | None = Field(
        None, description="Options of the Hub's generation parameters"
    )

    def wishes(self) -> dict[str, Any]:
        """What goes to `model.generate`."""
        asked = self.generation_parameters
        given = asked.model_dump(exclude_none=True, exclude=NEUTRAL) if asked else {}
        return given | self.model_dump(include={"max_new_tokens"}, exclude_none=True)


def tidy(body: Body) -> Body:
    """Older clients write `generate_kwargs`."""
    parameters = body.get("parameters")
    if not isinstance(parameters, dict) or "generate_kwargs" not in parameters:
        return body
    rest = {key: value for key, value in parameters.items() if key != "generate_kwargs"}
    named = {"generation_parameters": parameters["generate_kwargs"], **rest}
    return {**body, "parameters": named}


def run(pipe: Seer, inputs: list[Picture], params: CaptionOptions) -> list[Generated]:
    return [caption(pipe, each, params) for each in inputs]


def caption(seer: Seer, row: Picture, params: CaptionOptions) -> Generated:
    with drawn(params.seed):
        best = write(seer, seer.see(row.image.decode()), **params.wishes())[0]
    return [{"generated_text": seer.text(best.ids)}]


def fits(model: Model) -> bool:
    return model.tag in TAGS and model.is_a(*WRITERS)


TASK = Task(
    tag="image-to-text",
    summary="Say in words what a picture shows, or write down the text in it",
    inputs=Picture,
    params=CaptionOptions,
    output=Generated,
    load={"transformers": Sight("ImageTextToText")},
    fits=fits,
    tidy=tidy,
    run=run,
    batch=True,
    default_model="Salesforce/blip-image-captioning-large",
    more_models=("microsoft/git-base-coco", "microsoft/trocr-base-printed"),
)
