"""Tiny pipelines of diffusers that make videos, with seeded random weights."""

import base64
import json
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from PIL import Image

from pipelines.films import film
from tests.zoo.painters import (
    SIDE,
    WIDE,
    clip_text,
    photo,
    scheduler,
    tokenizer,
    unet,
    vae,
)
from tests.zoo.parts import byte_level, card

PROMPT = "the quick brown fox"
QUICK = {
    "num_inference_steps": 2, "num_frames": 9, "width": SIDE, "height": SIDE,
    "target_size": {"width": SIDE, "height": SIDE},
}  # fmt: skip


def quick(folder: Path, tag: str, **more: Any) -> Path:
    """A card whose own parameters make a small video of few steps."""
    card(folder, tag, "diffusers")
    parameters = {"parameters": QUICK | more}
    about = {"pipeline_tag": tag, "library_name": "diffusers", "inference": parameters}
    (folder / "README.md").write_text(f"---\n{json.dumps(about)}\n---\n", encoding="utf-8")
    return folder


def animate_diff(folder: Path, tag: str = "text-to-video") -> None:
    """As AnimateDiff: Stable Diffusion with layers of motion between its own."""
    torch.manual_seed(1)
    adapter = diffusers.MotionAdapter(
        block_out_channels=(16, 32), motion_layers_per_block=1, motion_norm_num_groups=8,
        motion_num_attention_heads=4, motion_max_seq_length=16,
    ).eval()  # fmt: skip
    pipe = diffusers.AnimateDiffPipeline(
        vae=vae(), text_encoder=clip_text(), tokenizer=tokenizer(), unet=unet(),
        motion_adapter=adapter, scheduler=scheduler(),
    )  # fmt: skip
    pipe.save_pretrained(quick(folder, tag))


def ltx_parts() -> dict[str, Any]:
    torch.manual_seed(0)
    transformer = diffusers.LTXVideoTransformer3DModel(
        in_channels=8, out_channels=8, num_attention_heads=4, attention_head_dim=8,
        cross_attention_dim=32, num_layers=1, caption_channels=WIDE,
    ).eval()  # fmt: skip
    vae = diffusers.AutoencoderKLLTXVideo(
        latent_channels=8, block_out_channels=(8, 8, 8, 8), decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1), decoder_layers_per_block=(1, 1, 1, 1, 1),
        spatio_temporal_scaling=(True, True, False, False),
        decoder_spatio_temporal_scaling=(True, True, False, False), patch_size=1,
    ).eval()  # fmt: skip
    text = transformers.T5Config(
        vocab_size=len(byte_level()), d_model=WIDE, d_ff=37, d_kv=8, num_layers=1, num_heads=4
    )
    words = byte_level()
    words.model_max_length = 64
    return {
        "transformer": transformer, "vae": vae, "tokenizer": words,
        "text_encoder": transformers.T5EncoderModel(text).eval(),
        "scheduler": diffusers.FlowMatchEulerDiscreteScheduler(),
    }  # fmt: skip


def ltx(folder: Path, tag: str = "text-to-video") -> None:
    """As LTX-Video: a transformer, whose one checkpoint also sets pictures moving."""
    diffusers.LTXPipeline(**ltx_parts()).save_pretrained(quick(folder, tag))


def stable_video(folder: Path) -> None:
    """As Stable Video Diffusion: a picture and no word."""
    torch.manual_seed(0)
    net = diffusers.UNetSpatioTemporalConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, sample_size=SIDE, in_channels=8,
        out_channels=4, cross_attention_dim=WIDE, num_attention_heads=4, num_frames=3,
        down_block_types=("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
        up_block_types=("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
        projection_class_embeddings_input_dim=96, addition_time_embed_dim=32,
    ).eval()  # fmt: skip
    decoder = diffusers.AutoencoderKLTemporalDecoder(
        block_out_channels=(32, 32), latent_channels=4, layers_per_block=1,
        down_block_types=["DownEncoderBlock2D"] * 2,
    ).eval()  # fmt: skip
    eye = transformers.CLIPVisionConfig(
        hidden_size=WIDE, projection_dim=WIDE, num_hidden_layers=1, num_attention_heads=4,
        image_size=224, intermediate_size=37, patch_size=32,
    )  # fmt: skip
    pipe = diffusers.StableVideoDiffusionPipeline(
        vae=decoder, image_encoder=transformers.CLIPVisionModelWithProjection(eye).eval(),
        unet=net, scheduler=diffusers.EulerDiscreteScheduler(
            timestep_spacing="leading", prediction_type="v_prediction", use_karras_sigmas=True,
            timestep_type="continuous", sigma_min=0.002, sigma_max=700.0, steps_offset=1,
        ),
        feature_extractor=transformers.CLIPImageProcessorPil(
            crop_size=224, size={"shortest_edge": 224}  # which the pipeline insists on
        ),
    )  # fmt: skip
    pipe.save_pretrained(quick(folder, "image-to-video"))


# What they are asked ------------------------------------------------------------------------------


def footage(frames: int = 6, side: int = SIDE) -> bytes:
    """A picture that wanders to the right."""
    still = np.asarray(photo(side))
    moved = [Image.fromarray(np.roll(still, 4 * at, axis=1)) for at in range(frames)]
    return film(moved, 8)["content"]


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
