"""Tiny pipelines of diffusers with seeded random weights."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.zoo.parts import byte_level, card

SIDE = 32  # pixels of the pictures they make
WIDE = 32  # numbers that stand for a token


def clip_text(seed: int = 0, **more: Any) -> Any:
    torch.manual_seed(seed)
    kind = transformers.CLIPTextModelWithProjection if more else transformers.CLIPTextModel
    config = transformers.CLIPTextConfig(
        vocab_size=len(byte_level()), hidden_size=WIDE, intermediate_size=37, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=77, bos_token_id=0, eos_token_id=0,
        pad_token_id=1, **more,
    )  # fmt: skip
    return kind(config).eval()


def tokenizer() -> Any:
    made = byte_level()
    made.model_max_length = 77
    return made


def vae(channels: int = 4, **more: Any) -> Any:
    """Brings a picture down to half its size."""
    torch.manual_seed(0)
    return diffusers.AutoencoderKL(
        block_out_channels=(16, 32), latent_channels=channels, sample_size=SIDE,
        norm_num_groups=8, down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2, **more,
    ).eval()  # fmt: skip


def unet(channels: int = 4) -> Any:
    torch.manual_seed(0)
    return diffusers.UNet2DConditionModel(
        block_out_channels=(16, 32), layers_per_block=1, sample_size=SIDE // 2,
        in_channels=channels, out_channels=4, cross_attention_dim=WIDE, attention_head_dim=4,
        norm_num_groups=8, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    ).eval()  # fmt: skip


def scheduler() -> Any:
    return diffusers.DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
        set_alpha_to_one=False, steps_offset=1,
    )  # fmt: skip


def stable_diffusion_parts(channels: int = 4) -> dict[str, Any]:
    return {
        "unet": unet(channels), "vae": vae(), "text_encoder": clip_text(),
        "tokenizer": tokenizer(), "scheduler": scheduler(), "safety_checker": None,
        "feature_extractor": None,
    }  # fmt: skip


def stable_diffusion(folder: Path, tag: str = "text-to-image") -> None:
    """As Stable Diffusion 1.5: a U-Net, and no safety checker."""
    pipe = diffusers.StableDiffusionPipeline(
        **stable_diffusion_parts(), requires_safety_checker=False
    )
    pipe.save_pretrained(card(folder, tag, "diffusers"))


def checked(folder: Path) -> None:
    """With a safety checker that takes everything for unsafe."""
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker

    torch.manual_seed(0)
    config = transformers.CLIPConfig(
        projection_dim=8,
        vision_config={"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1,
                       "num_attention_heads": 2, "image_size": SIDE, "patch_size": 8},
    )  # fmt: skip
    checker = StableDiffusionSafetyChecker(config)
    checker.concept_embeds_weights.fill_(-2)  # thresholds that every likeness is above
    seen = transformers.CLIPImageProcessorPil(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    )
    parts = stable_diffusion_parts() | {"safety_checker": checker, "feature_extractor": seen}
    made = diffusers.StableDiffusionPipeline(**parts)
    made.save_pretrained(card(folder, "text-to-image", "diffusers"))
    index = folder / "model_index.json"  # as such models have it, whatever is installed
    about = json.loads(index.read_text(encoding="utf-8"))
    about["feature_extractor"] = ["transformers", "CLIPImageProcessor"]
    index.write_text(json.dumps(about), encoding="utf-8")


def image_to_image(folder: Path) -> None:
    """Saved as the pipeline that changes a picture."""
    made = diffusers.StableDiffusionImg2ImgPipeline(
        **stable_diffusion_parts(), requires_safety_checker=False
    )
    made.save_pretrained(card(folder, "image-to-image", "diffusers"))


def editor(folder: Path, tag: str = "image-to-image") -> None:
    """As InstructPix2Pix: the picture goes in beside the noise, as four channels more."""
    made = diffusers.StableDiffusionInstructPix2PixPipeline(
        **stable_diffusion_parts(8), requires_safety_checker=False
    )
    made.save_pretrained(card(folder, tag, "diffusers"))


def filler(folder: Path) -> None:
    """As Stable Diffusion's inpainting: nine channels, of which one is the mask."""
    made = diffusers.StableDiffusionInpaintPipeline(
        **stable_diffusion_parts(9), requires_safety_checker=False
    )
    made.save_pretrained(card(folder, "image-to-image", "diffusers"))


def stable_diffusion_3(folder: Path, tag: str = "text-to-image") -> None:
    """As Stable Diffusion 3 without its T5: a transformer, and flow matching."""
    torch.manual_seed(0)
    transformer = diffusers.SD3Transformer2DModel(
        sample_size=SIDE // 2, patch_size=1, in_channels=4, num_layers=2, attention_head_dim=8,
        num_attention_heads=4, caption_projection_dim=32, joint_attention_dim=32,
        pooled_projection_dim=64, out_channels=4,
    ).eval()  # fmt: skip
    pipe = diffusers.StableDiffusion3Pipeline(
        transformer=transformer, scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=vae(shift_factor=0.0609, scaling_factor=1.5),
        text_encoder=clip_text(projection_dim=32), tokenizer=tokenizer(),
        text_encoder_2=clip_text(1, projection_dim=32), tokenizer_2=tokenizer(),
        text_encoder_3=None, tokenizer_3=None,
    )  # fmt: skip
    pipe.save_pretrained(card(folder, tag, "diffusers"))


def pixels() -> Any:
    torch.manual_seed(0)
    return diffusers.UNet2DModel(
        block_out_channels=(16, 32), layers_per_block=1, sample_size=SIDE, norm_num_groups=8,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
    ).eval()  # fmt: skip


def ddpm(folder: Path) -> None:
    """As the DDPM of faces: pixels, and nothing to go by."""
    made = diffusers.DDPMPipeline(pixels(), diffusers.DDPMScheduler(num_train_timesteps=100))
    made.save_pretrained(card(folder, "unconditional-image-generation", "diffusers"))


def ddim(folder: Path) -> None:
    made = diffusers.DDIMPipeline(pixels(), diffusers.DDIMScheduler(num_train_timesteps=100))
    made.save_pretrained(card(folder, "unconditional-image-generation", "diffusers"))


# What they are asked, and what their own library answers ------------------------------------------


def png(image: Any, **told: Any) -> dict[str, Any]:
    """A picture as it is sent: its file says how it was made."""
    about = PngInfo()
    about.add_text("parameters", json.dumps(told))
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=about)
    return {"content": file.getvalue(), "mime": "image/png"}


def photo(side: int = SIDE) -> Image.Image:
    """A picture of no particular thing."""
    across = np.linspace(0, 255, side, dtype=np.uint8)
    return Image.fromarray(np.stack([*np.meshgrid(across, across), np.full((side,) * 2, 90)], -1)
                           .astype(np.uint8))  # fmt: skip


def half(side: int = SIDE) -> Image.Image:
    """A mask: the right half white."""
    made = np.zeros((side, side), np.uint8)
    made[:, side // 2 :] = 255
    return Image.fromarray(made)


def encoded(image: Image.Image) -> str:
    return base64.b64encode(png(image)["content"]).decode()


def seeded(seed: int) -> Any:
    return torch.Generator().manual_seed(seed)


def lora(folder: Path, target: str = "mid_block.attentions.0.proj_in", alpha: float = 8) -> Path:
    """A LoRA of one layer of the U-Net above, saved as diffusers saves one."""
    torch.manual_seed(1)
    wide = unet().get_submodule(target).weight.shape
    layer = {
        f"{target}.lora_A.weight": torch.randn(4, wide[1]),
        f"{target}.lora_B.weight": torch.randn(wide[0], 4),
    }
    diffusers.StableDiffusionPipeline.save_lora_weights(
        card(folder, "text-to-image", "diffusers"), unet_lora_layers=layer,
        unet_lora_adapter_metadata={"r": 4, "lora_alpha": alpha, "target_modules": [target]},
    )  # fmt: skip
    return folder
