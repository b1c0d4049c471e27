"""Solids by diffusion: Shap-E, from a text or from a picture."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from pipelines.errors import ModelFailed
from pipelines.kinds.shapes import Media
from pipelines.loaders.arguments import arguments_of, check
from pipelines.loaders.diffusers import Diffusion
from pipelines.loaders.drawing import AnySeed, running, seeds_of
from pipelines.loaders.stepping import Chunk
from pipelines.solids import EMPTY, solid
from pipelines.task import Params


class SolidOptions(Params):
    """Of Shap-E, by diffusers' names."""

    num_inference_steps: int | None = Field(
        None, ge=1, le=1000, description="Steps from noise to solid: more are slower, and finer"
    )
    guidance_scale: float | None = Field(
        None, ge=0, le=100, description="How closely to follow what was asked for: 4, or 3"
    )
    seed: AnySeed | None = Field(
        None, description="The same seed makes the same solid; none draws one"
    )


def shape(pipe: Diffusion, given: Mapping[str, Any], params: SolidOptions) -> Iterator[Chunk]:
    """One run, step by step; the result is a GLB."""
    arguments = {**given, **arguments_of(pipe.base, params)}
    check(pipe.base, arguments)
    arguments["output_type"] = "mesh"
    try:
        yield from running(pipe.base, arguments, params, seeds_of(params.seed, 1), meshed)
    except ValueError as error:
        if "non-empty list" not in str(error):  # which diffusers raises where there is no surface
            raise
        raise ModelFailed(EMPTY) from error


def meshed(output: Any) -> Media:
    """The first solid, turned so that y is up, as in glTF; Shap-E has z up."""
    import numpy as np

    mesh = output.images[0]
    x, y, z = mesh.verts.detach().float().cpu().numpy().T
    channels = [mesh.vertex_channels[name].float().cpu().numpy() for name in "RGB"]
    faces = mesh.faces.cpu().numpy().astype(np.uint32)
    return solid(np.stack([x, z, -y], axis=1), faces, np.stack(channels, axis=1))
