"""Which pipelines of diffusers are loaded, which are refused, and where they are put."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import diffusers
import pytest
import safetensors.torch
import torch

from pipelines.errors import BrokenModel, RefusedModel
from pipelines.hardware import Gpu, Hardware
from pipelines.loaders import diffusers as loader
from pipelines.loaders import kinship
from pipelines.loaders.kinship import IMAGE, INPAINT, TEXT
from pipelines.loaders.schedulers import KARRAS
from pipelines.model import Model
from tests.pipelines.fakes import HARDWARE
from tests.zoo.painters import stable_diffusion

TRAP = "raise SystemExit('this code must never run')\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    stable_diffusion(tmp_path)
    return tmp_path


def load(folder: Path, **more: Any) -> Any:
    return loader.load(Model("odd/model", folder, "", None, "diffusers", **more), HARDWARE)


def change(folder: Path, **parts: Any) -> None:
    file = folder / "model_index.json"
    index = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(index | parts), encoding="utf-8")


# What may be loaded ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        {"_class_name": "OwnPipeline"},
        {"_class_name": ["pipeline", "OwnPipeline"]},
        {"_class_name": "AutoencoderKL"},  # a class of diffusers', and no pipeline
        {"_class_name": None},
        {"unet": ["unet", "OwnUNet"]},
        {"unet": ["subprocess", "Popen"]},
        {"unet": ["diffusers", "NoSuchUNet"]},
        {"text_encoder": ["transformers", "NoSuchModel"]},
    ],
)
def test_code_out_of_a_repository_is_refused(folder: Path, parts: dict[str, Any]) -> None:
    for name in ("None.py", "pipeline.py", "unet/unet.py", "OwnPipeline.py"):
        (folder / name).write_text(TRAP, encoding="utf-8")
    change(folder, **parts)
    with pytest.raises(RefusedModel, match=r"odd/model asks for .* no code out of repositories"):
        load(folder)


def test_code_that_nothing_names_does_not_run(folder: Path) -> None:
    (folder / "unet" / "unet.py").write_text(TRAP, encoding="utf-8")
    (folder / "handler.py").write_text(TRAP, encoding="utf-8")
    assert load(folder).base.unet


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_a_part_that_is_a_pickle_is_refused(folder: Path, part: str) -> None:
    (weights,) = (folder / part).glob("*.safetensors")
    torch.save(safetensors.torch.load_file(weights), weights.with_suffix(".bin"))
    weights.unlink()
    with pytest.raises(RefusedModel, match=rf"odd/model holds its weights in {weights.stem}.bin"):
        load(folder)


def test_a_pickle_beside_the_same_weights_is_left_alone(folder: Path) -> None:
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"no pickle at all")
    assert load(folder).base.unet


def test_an_index_that_cannot_be_read(folder: Path) -> None:
    for text, words in (("{", "not valid JSON"), ("[]", "not a JSON object")):
        (folder / "model_index.json").write_text(text, encoding="utf-8")
        with pytest.raises(BrokenModel, match=words):
            load(folder)
    (folder / "model_index.json").unlink()
    with pytest.raises(BrokenModel, match=r"odd/model has no model_index.json"):
        load(folder)


def test_weights_in_nothing_but_a_variant(folder: Path) -> None:
    plain = load(folder).base.unet.conv_in.weight
    for file in [*folder.rglob("*.safetensors")]:
        file.rename(file.with_suffix(".fp16.safetensors"))
    assert torch.equal(load(folder).base.unet.conv_in.weight, plain)


def test_the_number_format_of_the_hardware(folder: Path) -> None:
    model = Model("odd/model", folder, "", None, "diffusers")
    made = loader.load(model, replace(HARDWARE, dtype="bfloat16"))
    assert made.base.unet.dtype == made.base.vae.dtype == torch.bfloat16


# Where it is put -------------------------------------------------------------------------------


class Pipe:
    """In place of a pipeline of a gigabyte: writes down what is asked of it."""

    def __init__(self) -> None:
        self.diary: list[str] = []
        weight = SimpleNamespace(numel=lambda: 1 << 28, element_size=lambda: 4)
        self.components = {"unet": SimpleNamespace(parameters=lambda: [weight]), "scheduler": None}
        self.vae = SimpleNamespace(
            enable_slicing=lambda: self.diary.append("slices"),
            enable_tiling=lambda: self.diary.append("tiles"),
        )

    def to(self, device: str) -> None:
        self.diary.append(device)

    def enable_model_cpu_offload(self, device: str) -> None:
        self.diary.append(f"offload to {device}")

    def enable_attention_slicing(self) -> None:
        self.diary.append("attention")


def on(device: Any, memory: int = 1 << 33, gpu: int = 0) -> Hardware:
    gpus = (Gpu("GPU", gpu, (8, 0), "GPU-0"),) if gpu else ()
    return replace(HARDWARE, device=device, memory=memory, gpus=gpus)


@pytest.mark.parametrize(
    ("hardware", "done"),
    [
        (on("cpu"), ["cpu"]),
        (on("cuda", gpu=80 << 30), ["slices", "cuda"]),
        (on("cuda", gpu=8 << 30), ["slices", "tiles", "cuda"]),
        (on("cuda", gpu=(1 << 30) + 1), ["slices", "tiles", "offload to cuda"]),
        (on("cuda", memory=64 << 30), ["slices", "cuda"]),  # a GPU that is lent by the call
        (on("mps", memory=32 << 30), ["slices", "attention", "mps"]),
        (on("mps", memory=96 << 30), ["slices", "mps"]),
    ],
)
def test_what_saves_memory_is_done_where_it_does(hardware: Hardware, done: list[str]) -> None:
    pipe = Pipe()
    loader.place(pipe, hardware)
    assert pipe.diary == done


# What a class can do ---------------------------------------------------------------------------


# Kolors asks torch for what torch advises against.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_table_of_relatives_is_diffusers_own() -> None:
    from diffusers.pipelines import auto_pipeline as auto

    tables = {
        TEXT: auto.AUTO_TEXT2IMAGE_PIPELINES_MAPPING,
        IMAGE: auto.AUTO_IMAGE2IMAGE_PIPELINES_MAPPING,
        INPAINT: auto.AUTO_INPAINT_PIPELINES_MAPPING,
    }
    names = {name for table in tables.values() for name in table}
    for name in names - {"helios", "helios-pyramid"}:  # of videos
        if "control" in name:
            continue
        theirs = {use: table[name].__name__ for use, table in tables.items() if name in table}
        for kind in theirs.values():
            known = kinship.family(kind)
            assert known is not None, kind
            assert known.items() <= theirs.items(), kind
            # A network for a part alone may draw from nothing but a picture.
            assert theirs.keys() - known.keys() <= ({TEXT} if "Inpaint" in kind else set()), kind


def test_every_class_of_the_table_is_there() -> None:
    for stem in (*kinship.DRAW, *kinship.RELATED, *kinship.CHANGE):
        assert hasattr(diffusers, f"{stem}Pipeline"), stem


@pytest.mark.parametrize(
    ("name", "tag", "able"),
    [
        ("StableDiffusionPipeline", "text-to-image", {TEXT, IMAGE}),
        ("StableDiffusionPipeline", "image-to-image", {TEXT, IMAGE}),  # whatever the card says
        ("StableDiffusionInpaintPipeline", "text-to-image", {IMAGE}),
        ("PixArtAlphaPipeline", "text-to-image", {TEXT}),
        ("FluxKontextPipeline", "image-to-image", {TEXT, IMAGE}),
        ("QwenImageEditPipeline", "text-to-image", {IMAGE}),
        ("StableDiffusionInstructPix2PixPipeline", "image-to-image", {IMAGE}),
        ("WanPipeline", "text-to-video", set()),
        (None, "text-to-image", set()),  # an adapter
    ],
)
def test_what_a_model_can_do_follows_from_its_class(
    name: str | None, tag: str, able: set[str]
) -> None:
    model = Model("a/b", Path(), "", tag, "diffusers", (name,) if name else ())
    uses = {TEXT: "text-to-image", IMAGE: "image-to-image"}
    assert {use for use, task in uses.items() if kinship.able(model, use, task)} == able


def test_the_schedulers_are_diffusers_own() -> None:
    from diffusers.schedulers.scheduling_utils import KarrasDiffusionSchedulers

    theirs = {each.name for each in KarrasDiffusionSchedulers}
    assert set(KARRAS) == theirs - {"EDMEulerScheduler", "DPMSolverSDEScheduler"}
