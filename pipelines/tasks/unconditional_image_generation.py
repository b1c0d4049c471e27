"""Draw a picture of the kind that a model knows, from a seed alone."""

import secrets
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from pipelines import pictures
from pipelines.kinds.inputs import Kind
from pipelines.kinds.outputs import Images, drawn
from pipelines.loaders import diffusers
from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.drawing import SEEDS, Seeded, draw
from pipelines.model import Model
from pipelines.notices import tell
from pipelines.reading import Body
from pipelines.task import Inputs, Params, Task

ANY = -1  # a seed that is drawn


def settle(seed: int) -> int:
    """Draws a seed where none was named: every answer has one that can be told."""
    return secrets.randbelow(SEEDS) if seed == ANY else seed


class Seed(Inputs):
    seed: Annotated[
        int,
        Kind("number"),
        Field(
            ge=ANY,
            lt=SEEDS,
            description="The same seed makes the same picture; -1 draws one",
            examples=[1, 2, 3],
        ),
        AfterValidator(settle),
    ]


class SeedOptions(Params):
    num_inference_steps: int | None = Field(
        None, ge=1, le=1000, description="Steps from noise to picture: more are slower, and finer"
    )
    batch_size: int | None = Field(
        None, ge=1, le=8, description="How many pictures: each next one has the next seed"
    )


def tidy(body: Body) -> Body:
    """An empty text for an input, as callers send it who have nothing to say."""
    return {**body, "inputs": ANY} if body.get("inputs") == "" else body


def stream(pipe: Diffusion, row: Seed, params: SeedOptions) -> Iterator[Any]:
    say(row)
    return draw(pipe.base, {}, params, Seeded(row.seed, params.batch_size or 1))


def say(row: Seed) -> None:
    tell(f"Seed {row.seed} made this; send it to get the same again.")


def shape(raw: Any, row: Seed) -> Any:
    """What a model's own code gave."""
    say(row)
    return pictures.media(raw, row)


def fits(model: Model) -> bool:
    return model.tag == TASK.tag and bool(model.architectures)


TASK = Task(
    tag="unconditional-image-generation",
    summary="Draw a picture from nothing but a seed",
    inputs=Seed,
    params=SeedOptions,
    output=Images,
    load={"diffusers": diffusers.load},
    fits=fits,
    tidy=tidy,
    run=drawn(stream),
    stream=stream,
    shape=shape,
    gpu_seconds=120,
    default_model="google/ddpm-celebahq-256",
    more_models=("google/ddpm-cat-256", "google/ddpm-ema-church-256"),
)
