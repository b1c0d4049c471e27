"""LoRA: small changes to the weights of a pipeline, for the time of one call.

A LoRA holds two narrow matrices for a layer, whose product times alpha / rank is added to the
layer's weight (Hu et al., 2021). diffusers reads the file and knows the names of others' formats;
the sum is made here, so that the package peft is not needed and the weights come back as they were.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.loaders.own import own_forward
from pipelines.notices import tell

DOWN, UP = "lora_A", "lora_B"
# How older files name the two; what stands in a processor then belongs to the layer beside it
OLD = (
    (".lora_linear_layer.down.", f".{DOWN}."), (".lora_linear_layer.up.", f".{UP}."),
    (".lora.down.", f".{DOWN}."), (".lora.up.", f".{UP}."),
    (".processor.to_q_lora.down.", f".to_q.{DOWN}."), (".processor.to_q_lora.up.", f".to_q.{UP}."),
    (".processor.to_k_lora.down.", f".to_k.{DOWN}."), (".processor.to_k_lora.up.", f".to_k.{UP}."),
    (".processor.to_v_lora.down.", f".to_v.{DOWN}."), (".processor.to_v_lora.up.", f".to_v.{UP}."),
    (".processor.to_out_lora.down.", f".to_out.0.{DOWN}."),
    (".processor.to_out_lora.up.", f".to_out.0.{UP}."),
)  # fmt: skip
ALPHA = "lora_adapter_metadata"  # JSON in the file's header: the alphas, as peft has them


@contextmanager
def adapted(pipe: Any, file: str | None, scale: float) -> Iterator[None]:
    """`pipe` with the adapter in `file`, `scale` times as strong, inside.

    Raises InvalidInput for an adapter that was made for another model.
    """
    if file is None:
        yield
        return
    changes = layers(pipe, Path(file))
    kept: list[tuple[Any, Any]] = []
    with own_forward([part for part in pipe.components.values() if hasattr(part, "forward")]):
        try:
            for weight, (down, up, factor) in changes:
                kept.append((weight, weight.detach().clone()))
                weight.data += product(weight, down, up, factor * scale)
            yield
        finally:
            for weight, before in reversed(kept):  # two names may reach one weight
                weight.data.copy_(before)


def product(weight: Any, down: Any, up: Any, factor: float) -> Any:
    """What is added to `weight`, in its shape and number format."""
    wide = up.flatten(1).to(weight.device).float() @ down.flatten(1).to(weight.device).float()
    return (factor * wide).reshape(weight.shape).to(weight.dtype)


def layers(pipe: Any, file: Path) -> list[tuple[Any, tuple[Any, Any, float]]]:
    """The weights that change, each with its two matrices and their factor."""
    tensors, alphas = read(pipe, file)
    names = sorted(key.partition(f".{DOWN}.")[0] for key in tensors if f".{DOWN}." in key)
    found, foreign = [], []
    for name in names:
        down, up = (tensors.get(f"{name}.{side}.weight") for side in (DOWN, UP))
        weight = weight_of(pipe, name)
        if weight is None or down is None or up is None or not fits(weight, down, up):
            foreign.append(name)
            continue
        found.append((weight, (down, up, alphas.get(name, len(down)) / len(down))))
    if not found:
        raise InvalidInput(
            "parameters.lora: this adapter changes no layer that this model has. Choose one that "
            "was made for it."
        )
    if foreign:
        tell(f"The adapter has {len(foreign)} layers that this model has not; they were left out.")
    return found


def read(pipe: Any, file: Path) -> tuple[Mapping[str, Any], Mapping[str, float]]:
    """Tensors by today's names, and the alphas of layers that name one."""
    from safetensors import safe_open

    if not hasattr(pipe, "lora_state_dict"):
        raise InvalidInput(
            "parameters.lora: diffusers has no adapters for this model. Leave it out."
        )
    got = pipe.lora_state_dict(
        str(file.parent), weight_name=file.name, use_safetensors=True, local_files_only=True
    )
    state, others = got if isinstance(got, tuple) else (got, None)
    with safe_open(file, framework="pt") as opened:
        header = json.loads((opened.metadata() or {}).get(ALPHA, "{}"))
    tensors = {renamed(name): tensor for name, tensor in state.items()}
    alphas = {renamed(k).removesuffix(".alpha"): float(v) for k, v in (others or {}).items()}
    return tensors, spread(header, tensors) | alphas


def renamed(name: str) -> str:
    for old, new in OLD:
        name = name.replace(old, new)
    return name


def spread(header: Mapping[str, Any], tensors: Mapping[str, Any]) -> dict[str, float]:
    """The alpha that the header gives a whole part, such as `unet.lora_alpha`, for its layers."""
    found = {}
    for key in tensors:
        name, middle, _ = key.partition(f".{DOWN}.")
        alpha = header.get(f"{name.partition('.')[0]}.lora_alpha")
        if middle and isinstance(alpha, int | float):
            found[name] = float(alpha)
    return found


def weight_of(pipe: Any, name: str) -> Any:
    """The weight of a layer such as `unet.mid_block.attentions.0.proj_in`, if there is one."""
    part, _, rest = name.partition(".")
    module: Any = getattr(pipe, part, None)
    for each in (rest, rest.removeprefix("text_model."), f"text_model.{rest}"):
        try:
            return module.get_submodule(each).weight
        except AttributeError:
            continue
    return None


def fits(weight: Any, down: Any, up: Any) -> bool:
    inner = down.shape[0] == up.shape[1] and up.shape[0] == weight.shape[0]
    return bool(inner and down[0].numel() == weight[0].numel())
