"""A rough picture of what a diffusion model has come to, made of its latents alone."""

from typing import Any

from PIL import Image

from pipelines.kinds.shapes import Media
from pipelines.pictures import picture

MOST = 256  # pixels of a side
JPEG = "image/jpeg"
# Red, green and blue of the four channels of Stable Diffusion's latents, a linear fit that keturn
# published (discuss.huggingface.co, "Decoding latents to RGB without upscaling", 2022)
FIT = (
    (0.298, 0.207, 0.208),
    (0.187, 0.286, 0.173),
    (-0.158, 0.189, 0.264),
    (-0.184, -0.271, -0.473),
)


def rough(pipe: Any, arguments: Any, latents: Any) -> Media | None:
    """The first picture, or the middle one of a video; None where the latents are laid out in a way
    that is not known here."""
    plane = unpacked(pipe, arguments, latents)
    if plane is None:
        return None
    image = Image.fromarray(colours(plane))
    scale = MOST / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return picture(image.resize(size, Image.Resampling.BILINEAR), JPEG)


def unpacked(pipe: Any, arguments: Any, latents: Any) -> Any:
    """One latent picture, shape (channels, height, width)."""
    if latents.ndim == 5:  # a video: batch, channels, frames, height, width
        latents = latents[:, :, latents.shape[2] // 2]
    if latents.ndim == 4:
        return latents[0]
    if latents.ndim != 3 or not hasattr(pipe, "vae_scale_factor"):
        return None
    # A row of patches of 2 x 2, as Flux and its like have it: (batch, patches, channels x 4)
    width, height = sizes(pipe, arguments)
    high, wide = (side // pipe.vae_scale_factor // 2 for side in (height, width))
    if high * wide != latents.shape[1] or latents.shape[2] % 4:
        return None
    patches = latents[0].reshape(high, wide, -1, 2, 2)
    return patches.permute(2, 0, 3, 1, 4).reshape(-1, 2 * high, 2 * wide)


def sizes(pipe: Any, arguments: Any) -> tuple[int, int]:
    """Width and height of the picture that is being made."""
    side = getattr(pipe, "default_sample_size", 0) * pipe.vae_scale_factor
    return arguments.get("width") or side, arguments.get("height") or side


def colours(plane: Any) -> Any:
    """RGB of eight bits, shape (height, width, 3), stretched over the range that is there."""
    import torch

    plane = plane.float().cpu()
    if len(plane) == 4:
        plane = torch.einsum("chw,cr->rhw", plane, torch.tensor(FIT))
    elif len(plane) < 3:
        plane = plane[:1].expand(3, -1, -1)
    flat = plane[:3].flatten(1)
    low, high = flat.min(1, keepdim=True).values, flat.max(1, keepdim=True).values
    even = (flat - low) / (high - low).clamp(min=1e-6)
    return (even.nan_to_num() * 255).byte().view_as(plane[:3]).permute(1, 2, 0).numpy()
