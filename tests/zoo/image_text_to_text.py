"""Chat about pictures: models of three kinds."""

from pathlib import Path
from typing import Any

import torch
import transformers

from tests.zoo import talkers
from tests.zoo.talkers import CAT, asked, by_hand, by_processor, image, opened, text
from tests.zoo.tiny import Tiny

BODY = asked(image(), text("What is it?"))
PARTS = [{"type": "image", "image": opened(CAT)}, text("What is it?")]


def in_patches(folder: Path) -> Any:
    """Qwen2-VL by the parts of its processor, which as a whole wants torchvision."""
    seen = transformers.Qwen2VLImageProcessorPil.from_pretrained(folder)(
        opened(CAT), return_tensors="pt"
    )
    count = int(seen["image_grid_thw"].prod()) // 4
    pads = "<|image_pad|>" * count
    prompt = f"user: <|vision_start|>{pads}<|vision_end|>What is it?assistant:"
    words = transformers.AutoTokenizer.from_pretrained(folder)
    marks = words(prompt, return_tensors="pt")["input_ids"]
    kinds = (marks == words.convert_tokens_to_ids("<|image_pad|>")).to(torch.int)
    kind = transformers.Qwen2VLForConditionalGeneration
    return by_hand(folder, kind, prompt, mm_token_type_ids=kinds, **seen)


TINY = [
    Tiny(
        "image-text-to-text",
        "llava",
        talkers.llava,
        BODY,
        lambda folder: by_processor(folder, transformers.LlavaForConditionalGeneration, *PARTS),
    ),
    Tiny(
        "image-text-to-text",
        "idefics3",
        talkers.idefics3,
        BODY,
        lambda folder: by_processor(folder, transformers.Idefics3ForConditionalGeneration, *PARTS),
    ),
    Tiny("image-text-to-text", "qwen2-vl", talkers.qwen2_vl, BODY, in_patches),
]
