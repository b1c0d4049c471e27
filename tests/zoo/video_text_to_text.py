"""Chat about videos: models of two kinds."""

from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from tests.zoo import talkers
from tests.zoo.talkers import PICTURE, WALK, asked, by_hand, frames, text, video
from tests.zoo.tiny import Tiny

BODY = asked(video(WALK.read_bytes()), text("What happens?"))


def in_frames(folder: Path) -> Any:
    """Video-LLaVA sees eight frames, each as a picture of its own."""
    made = transformers.CLIPImageProcessorPil(**PICTURE)(frames(WALK, 8), return_tensors="pt")
    prompt = f"user: {'<video>' * (17 * 8)}What happens?assistant:"
    kind = transformers.VideoLlavaForConditionalGeneration
    return by_hand(folder, kind, prompt, pixel_values_videos=made["pixel_values"][None])


def in_patches(folder: Path) -> Any:
    """Qwen2-VL: patches that span two of four frames, resized by its own picture processor."""
    size = {"size": {"shortest_edge": 32 * 32, "longest_edge": 64 * 64}, "patch_size": 8}
    pictures = transformers.Qwen2VLImageProcessorPil(**size)
    flat = pictures(frames(WALK, 4), return_tensors="pt")
    _, high, wide = flat["image_grid_thw"][0].tolist()
    film = np.stack([upright(each, high, wide) for each in flat["pixel_values"].chunk(4)])
    grid = (2, high, wide)
    pixels = torch.tensor(np.stack(list(patches(film, high, wide))))
    pads = "<|video_pad|>" * (int(np.prod(grid)) // 4)
    prompt = f"user: <|vision_start|>{pads}<|vision_end|>What happens?assistant:"
    words = transformers.AutoTokenizer.from_pretrained(folder)
    marks = words(prompt, return_tensors="pt")["input_ids"]
    kinds = 2 * (marks == words.convert_tokens_to_ids("<|video_pad|>")).to(torch.int)
    return by_hand(
        folder, transformers.Qwen2VLForConditionalGeneration, prompt, mm_token_type_ids=kinds,
        pixel_values_videos=pixels, video_grid_thw=torch.tensor([grid]),
    )  # fmt: skip


def patches(film: Any, high: int, wide: int) -> Any:
    """Each patch of two frames, in the order of the library's video processor: by time, then in
    squares of two by two."""
    for time in range(0, len(film), 2):
        for top, left in product(range(0, high, 2), range(0, wide, 2)):
            for y, x in product((top, top + 1), (left, left + 1)):
                part = film[time : time + 2, :, 8 * y : 8 * y + 8, 8 * x : 8 * x + 8]
                yield part.transpose(1, 0, 2, 3).reshape(-1)


def upright(pixels: Any, high: int, wide: int) -> Any:
    """A picture of shape (channels, height, width) from the patches of one, in squares of two by
    two, each there twice."""
    patches = pixels.view(high // 2, wide // 2, 2, 2, 3, 2, 8, 8)[:, :, :, :, :, 0]
    return patches.permute(4, 0, 2, 5, 1, 3, 6).reshape(3, high * 8, wide * 8).numpy()


TINY = [
    Tiny("video-text-to-text", "video-llava", talkers.video_llava, BODY, in_frames),
    Tiny(
        "video-text-to-text",
        "qwen2-vl",
        partial(talkers.qwen2_vl, tag="video-text-to-text"),
        {**BODY, "num_frames": 4},
        in_patches,
    ),
]
