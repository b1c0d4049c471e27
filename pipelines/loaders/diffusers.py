"""diffusers: any pipeline of its own classes, loaded once for all that its parts can do."""

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipelines.errors import BrokenModel, RefusedModel
from pipelines.hardware import Hardware
from pipelines.loaders.kinship import family
from pipelines.loaders.safety import PICKLES, refuse_pickle
from pipelines.loaders.transformers import weights
from pipelines.model import Model

INDEX = "model_index.json"
SHARE = 0.7  # of a GPU's memory for weights; the rest is for what is computed, pictures above all
SMALL = 16 << 30  # bytes of GPU memory below which large pictures are decoded tile by tile
LITTLE = 64 << 30  # bytes of memory shared with Apple's GPU below which attention is sliced
VARIANTS = ("fp16", "bf16", "fp32")  # of weights that a repository has in nothing else


@dataclass
class Diffusion:
    """A loaded pipeline, `base`, and others made of the same parts as they are asked for."""

    base: Any
    name: str
    others: dict[str, Any] = field(default_factory=dict)

    def kin(self, use: str) -> Any:
        """The pipeline for TEXT, IMAGE or INPAINT that shares every part of `base`: its own class
        where diffusers knows no other."""
        if use not in self.others:
            self.others[use] = related(self.base, use)
        return self.others[use]


def related(base: Any, use: str) -> Any:
    """A pipeline for `use` made of the parts of `base` and what its configuration says."""
    import diffusers

    name = (family(type(base).__name__) or {}).get(use)
    if name is None or name == type(base).__name__:
        return base
    kind = getattr(diffusers, name)
    wanted = inspect.signature(kind.__init__).parameters
    given = {**base.config, **base.components}
    made = kind(**{name: given[name] for name in wanted if name in given})
    made.set_progress_bar_config(disable=True)
    return made


def load(model: Model, hardware: Hardware) -> Diffusion:
    """The pipeline that model_index.json names. Raises RefusedModel for code and pickles."""
    import diffusers
    from diffusers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    index = read_index(model)
    kind = check(model, index)
    many = len(hardware.gpus) > 1
    pipe = kind.from_pretrained(
        model.path,
        local_files_only=True,
        variant=variant(model.path),
        # Told outright: not every pipeline knows that a part it can do without may be missing.
        **{part: None for part, value in parts(index) if value[:1] == [None]},
        **weights(model, hardware),
        **({"device_map": "balanced"} if many else {}),
    )
    assert isinstance(pipe, diffusers.DiffusionPipeline)
    pipe.set_progress_bar_config(disable=True)
    if not many:
        place(pipe, hardware)
    return Diffusion(pipe, model.id)


# What may be loaded ------------------------------------------------------------------------------


def check(model: Model, index: Mapping[str, Any]) -> Any:
    """The pipeline's class. Raises RefusedModel where a part is not a class of diffusers' or
    transformers', or has its weights in a pickle."""
    import diffusers

    name = index.get("_class_name")
    kind = getattr(diffusers, name, None) if isinstance(name, str) else None
    if not (isinstance(kind, type) and issubclass(kind, diffusers.DiffusionPipeline)):
        raise own_code(model, f"the pipeline {name}")
    for part, value in parts(index):
        if value[:1] != [None]:
            check_part(model, part, value)
    return kind


def parts(index: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    """The names of a pipeline's parts, each with its library and class."""
    named = ((part, value) for part, value in index.items() if not part.startswith("_"))
    return [(part, value) for part, value in named if isinstance(value, list) and len(value) == 2]


def read_index(model: Model) -> dict[str, Any]:
    """`model_index.json`. Raises BrokenModel where it cannot be read."""
    try:
        index = json.loads((model.path / INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BrokenModel(
            f"{model.id} has no {INDEX}, so it is no whole pipeline of diffusers. Choose a "
            "repository that has one; an adapter is named by the parameter lora."
        ) from None
    except ValueError as error:
        raise BrokenModel(f"{model.id}: {INDEX} is not valid JSON ({error}).") from None
    if not isinstance(index, dict):
        raise BrokenModel(f"{model.id}: {INDEX} is not a JSON object.")
    return index


def check_part(model: Model, part: str, value: list[Any]) -> None:
    """`value` is a pair of library and class, as in ["transformers", "CLIPTextModel"]."""
    from diffusers import pipelines
    from diffusers.pipelines.pipeline_loading_utils import simple_get_class_obj

    library, kind = map(str, value)
    ours = library in ("diffusers", "transformers") or hasattr(pipelines, library)
    try:
        simple_get_class_obj(library if ours else "", kind)
    except (AttributeError, ValueError):
        raise own_code(model, f"{library}.{kind} for its {part}") from None
    folder = model.path / part
    if any(found for each in PICKLES for found in folder.glob(each)):
        refuse_pickle(replace(model, path=folder), "*.safetensors")


def own_code(model: Model, what: str) -> RefusedModel:
    return RefusedModel(
        f"{model.id} asks for {what}, which the installed diffusers and transformers do not have, "
        "and this server runs no code out of repositories. Choose a model of diffusers' own "
        "pipelines, or install a newer diffusers."
    )


def variant(folder: Path) -> str | None:
    """The variant to load, where a part has its weights in no other: "fp16", say."""
    for part in sorted(each for each in folder.iterdir() if each.is_dir()):
        names = [file.name for file in part.glob("*.safetensors")]
        for each in VARIANTS:
            if names and all(f".{each}." in name for name in names):
                return each
    return None


# Where it runs -----------------------------------------------------------------------------------


def place(pipe: Any, hardware: Hardware) -> None:
    """Puts a pipeline where it runs, with what saves memory there.

    | Hardware | What is done, and why |
    | --- | --- |
    | CPU | nothing: weights and pictures share one memory, and all of it only slows |
    | GPU that holds the weights | one picture of several decoded at a time |
    | ... of less than 16 GB | large pictures decoded tile by tile too |
    | GPU that does not | parts wait in main memory for their turn (model CPU offload) |
    | Apple silicon | as a GPU; attention in slices below 64 GB, as diffusers advises |
    """
    if hardware.device == "cpu":
        pipe.to("cpu")
        return
    sparing(pipe, hardware)
    least = min((gpu.memory for gpu in hardware.gpus), default=0)
    if least and size(pipe) > SHARE * least:
        pipe.enable_model_cpu_offload(device=hardware.device)
    else:
        pipe.to(hardware.device)


def sparing(pipe: Any, hardware: Hardware) -> None:
    """Decodes, and attends, with less memory at a time."""
    vae: Any = getattr(pipe, "vae", None)
    least = min((gpu.memory for gpu in hardware.gpus), default=hardware.memory)
    if hasattr(vae, "enable_slicing"):
        vae.enable_slicing()
    if least < SMALL and hasattr(vae, "enable_tiling"):
        vae.enable_tiling()
    if hardware.device == "mps" and hardware.memory < LITTLE:
        pipe.enable_attention_slicing()


def size(pipe: Any) -> int:
    """Bytes of all its weights."""
    parts = [part for part in pipe.components.values() if hasattr(part, "parameters")]
    return sum(each.numel() * each.element_size() for part in parts for each in part.parameters())
