"""LoRAs: their product is added for one call, and the weights come back as they were."""

from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from pipelines.errors import InvalidInput
from pipelines.loaders import diffusers as loader
from pipelines.loaders.adapters import adapted, weight_of
from pipelines.loaders.own import own_forward
from pipelines.model import Model
from pipelines.notices import heard
from tests.pipelines.fakes import HARDWARE
from tests.zoo.painters import ddpm, lora, stable_diffusion, stable_diffusion_3

NAME = "pytorch_lora_weights.safetensors"
LAYER = "mid_block.attentions.0.proj_in"


def load(folder: Path, build: Any) -> Any:
    build(folder)
    return loader.load(Model("tiny/x", folder, "", None, "diffusers"), HARDWARE).base


@pytest.fixture(scope="module")
def pipe(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load(tmp_path_factory.mktemp("drawer"), stable_diffusion)


def inside(pipe: Any, file: Path, scale: float = 1.0, layer: str = f"unet.{LAYER}") -> Any:
    """How a layer's weight differs with the adapter, and that it does no longer after it."""
    part, _, rest = layer.partition(".")
    weight = getattr(pipe, part).get_submodule(rest).weight
    before = weight.detach().clone()
    with adapted(pipe, str(file), scale):
        change = weight.detach() - before
    assert torch.equal(weight, before)
    return change


def write(folder: Path, tensors: dict[str, Any]) -> Path:
    safetensors.torch.save_file(tensors, folder / NAME, {"format": "pt"})
    return folder / NAME


def narrow(wide: int = 32) -> tuple[Any, Any]:
    torch.manual_seed(2)
    return torch.randn(4, wide), torch.randn(wide, 4)


@pytest.mark.parametrize(("scale", "alpha"), [(1.0, 4.0), (1.0, 8.0), (0.5, 4.0), (-1.0, 2.0)])
def test_the_product_is_added_as_strong_as_asked(
    pipe: Any, tmp_path: Path, scale: float, alpha: float
) -> None:
    file = lora(tmp_path, alpha=alpha) / NAME
    held = safetensors.torch.load_file(file)
    down, up = (held[f"unet.{LAYER}.lora_{side}.weight"] for side in "AB")
    change = inside(pipe, file, scale)
    expected = scale * alpha / 4 * (up @ down).reshape(change.shape)
    assert torch.allclose(change, expected, atol=1e-4)


def test_a_convolution(pipe: Any, tmp_path: Path) -> None:
    torch.manual_seed(1)
    down, up = torch.randn(2, 4, 3, 3), torch.randn(16, 2, 1, 1)
    names = {"unet.conv_in.lora_A.weight": down, "unet.conv_in.lora_B.weight": up}
    change = inside(pipe, write(tmp_path, names), layer="unet.conv_in")
    direct = torch.nn.functional.conv2d(
        torch.nn.functional.conv2d(torch.eye(3).repeat(1, 4, 1, 1), down, padding=1), up
    )
    changed = torch.nn.functional.conv2d(torch.eye(3).repeat(1, 4, 1, 1), change, padding=1)
    assert torch.allclose(direct, changed, atol=1e-4)


@pytest.mark.parametrize(
    ("down", "up", "layer"),
    [
        ("unet.{}.lora.down.weight", "unet.{}.lora.up.weight", f"unet.{LAYER}"),
        ("text_encoder.text_model.{}.lora_A.weight", "text_encoder.text_model.{}.lora_B.weight",
         "text_encoder.encoder.layers.0.self_attn.q_proj"),
        ("text_encoder.text_model.{}.lora_linear_layer.down.weight",
         "text_encoder.text_model.{}.lora_linear_layer.up.weight",
         "text_encoder.encoder.layers.1.self_attn.out_proj"),
    ],
)  # fmt: skip
def test_names_of_older_files(pipe: Any, tmp_path: Path, down: str, up: str, layer: str) -> None:
    part, _, rest = layer.partition(".")
    try:
        pipe.text_encoder.get_submodule("encoder")
    except AttributeError:
        layer = layer.replace("text_encoder.", "text_encoder.text_model.")
    one, two = narrow()
    change = inside(pipe, write(tmp_path, {down.format(rest): one, up.format(rest): two}), 1, layer)
    assert part in ("unet", "text_encoder")
    assert torch.allclose(change.flatten(1), two @ one, atol=1e-4)


def test_the_names_of_kohya_with_an_alpha(pipe: Any, tmp_path: Path) -> None:
    one, two = narrow()
    stem = "lora_unet_mid_block_attentions_0_proj_in"
    file = write(tmp_path, {f"{stem}.lora_down.weight": one, f"{stem}.lora_up.weight": two,
                            f"{stem}.alpha": torch.tensor(2.0)})  # fmt: skip
    assert torch.allclose(inside(pipe, file).flatten(1), two @ one / 2, atol=1e-4)


def fail(unchanged: bool) -> None:
    raise AssertionError if unchanged else KeyError


def test_weights_come_back_when_a_run_fails(pipe: Any, tmp_path: Path) -> None:
    file = lora(tmp_path) / NAME
    weight = pipe.unet.get_submodule(LAYER).weight
    before = weight.detach().clone()
    with pytest.raises(KeyError), adapted(pipe, str(file), 1.0):
        fail(torch.equal(weight, before))
    assert torch.equal(weight, before)


def test_an_adapter_of_another_model(pipe: Any, tmp_path: Path) -> None:
    one, two = narrow(7)
    names = {f"unet.{LAYER}.lora_A.weight": one, f"unet.{LAYER}.lora_B.weight": two}
    with pytest.raises(InvalidInput, match=r"parameters.lora: this adapter changes no layer"):
        inside(pipe, write(tmp_path, names))
    with pytest.raises(InvalidInput, match="this adapter changes no layer"):
        inside(pipe, write(tmp_path, {"unet.no.such.lora_A.weight": one}))


def test_layers_that_a_model_has_not_are_told(pipe: Any, tmp_path: Path) -> None:
    one, two = narrow()
    foreign = {"unet.no.such.lora_A.weight": one, "unet.no.such.lora_B.weight": two}
    names = {name: tensor.clone() for name, tensor in foreign.items()}
    names |= {f"unet.{LAYER}.lora_A.weight": one, f"unet.{LAYER}.lora_B.weight": two}
    told: list[str] = []
    with heard(told.append):
        inside(pipe, write(tmp_path, names))
    assert told == ["The adapter has 1 layers that this model has not; they were left out."]


def test_a_transformer_and_a_model_without_adapters(tmp_path: Path) -> None:
    one, two = narrow()
    layer = "transformer.transformer_blocks.0.attn.to_q"
    names = {f"{layer}.lora_A.weight": one, f"{layer}.lora_B.weight": two}
    file = write(tmp_path, names)
    change = inside(load(tmp_path / "sd3", stable_diffusion_3), file, layer=layer)
    assert torch.allclose(change, two @ one, atol=1e-4)
    pixels = load(tmp_path / "ddpm", ddpm)
    with pytest.raises(InvalidInput, match="no adapters"), adapted(pixels, str(file), 1.0):
        pass


def test_two_names_of_one_weight(pipe: Any, tmp_path: Path) -> None:
    one, two = narrow()
    layer = "text_encoder.encoder.layers.0.self_attn.q_proj"
    longer = layer.replace(".encoder", ".text_model.encoder", 1)
    names = {f"{name}.lora_A.weight": one.clone() for name in (layer, longer)}
    names |= {f"{name}.lora_B.weight": two.clone() for name in (layer, longer)}
    weight = weight_of(pipe, layer)
    assert weight is weight_of(pipe, longer)
    before = weight.detach().clone()
    with adapted(pipe, str(write(tmp_path, names)), 1.0):
        assert torch.allclose(weight - before, 2 * two @ one, atol=1e-4)
    assert torch.equal(weight, before)


def test_what_moves_a_module_between_devices_stays() -> None:
    """accelerate puts its hooks where a graph would stand."""
    moved, quick = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    moved._hf_hook = moved.forward = lambda given: given
    quick.forward = lambda given: given
    given = torch.ones(1, 2)
    with own_forward([moved, quick]):
        assert torch.equal(moved(given), given)
        assert not torch.equal(quick(given), given)
    assert torch.equal(quick(given), given)
