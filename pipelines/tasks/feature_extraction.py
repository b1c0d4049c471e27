"""Turn a text into a vector (an embedding)."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from pipelines.errors import InvalidInput
from pipelines.kinds.inputs import Text
from pipelines.kinds.outputs import Vector
from pipelines.loaders import sentence_transformers
from pipelines.loaders.sentence_transformers import Embedder, embeds
from pipelines.notices import tell
from pipelines.reading import Body, with_parameters
from pipelines.task import Inputs, Params, Task


class TextToVector(Inputs):
    text: Annotated[
        Text,
        Field(
            description="Text to embed",
            examples=["Today is a sunny day and I will get some ice cream."],
        ),
    ]


def lower(value: Any) -> Any:
    """text-embeddings-inference writes `Right`, the Hub's clients write `right`."""
    return value.lower() if isinstance(value, str) else value


class VectorOptions(Params):
    normalize: bool = Field(True, description="Scale the vector to length 1")
    prompt_name: str | None = Field(None, description="One of the model's own prompts")
    truncate: bool | None = Field(
        None, description="If off, refuse a text that the model would cut"
    )
    truncation_direction: Annotated[Literal["left", "right"], BeforeValidator(lower)] = Field(
        "right", description="Where a text that is too long is cut"
    )
    dimensions: int | None = Field(None, ge=1, description="Keep only the first so many numbers")
    encoding_format: Literal["float"] | None = Field(None, description="How numbers are sent")


OPTIONS = frozenset(VectorOptions.model_fields)


def tidy(body: Body) -> Body:
    """Clients send the options at the root of the body, not under `parameters`."""
    rest = {key: value for key, value in body.items() if key not in OPTIONS}
    return with_parameters(rest, {key: body[key] for key in OPTIONS & body.keys()})


def run(pipe: Embedder, inputs: list[TextToVector], params: VectorOptions) -> list[Vector]:
    texts = [each.text for each in inputs]
    if params.truncate is False and (cut := pipe.overlong(texts)):
        raise InvalidInput(
            f"inputs: text {cut[0]} is longer than the {pipe.model.max_seq_length} tokens that "
            "this model reads. Shorten it, or leave out truncate=false."
        )
    if pipe.pooled:
        tell(f"This model names no pooling: a text's vector is {pipe.pooled} of its tokens.")
    left = params.truncation_direction == "left"
    vectors = pipe.encode(texts, params.normalize, params.prompt_name, params.dimensions, left)
    return [vector.tolist() for vector in vectors]


TASK = Task(
    tag="feature-extraction",
    summary="Turn a text into a vector (an embedding)",
    inputs=TextToVector,
    params=VectorOptions,
    output=Vector,
    load={
        "sentence-transformers": sentence_transformers.load,
        "transformers": sentence_transformers.load,
    },
    fits=embeds,
    tidy=tidy,
    run=run,
    batch=True,
    together=32,
    default_model="sentence-transformers/all-MiniLM-L6-v2",
    more_models=("BAAI/bge-small-en-v1.5", "intfloat/multilingual-e5-small"),
)
