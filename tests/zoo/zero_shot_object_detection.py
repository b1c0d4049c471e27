"""OWL-ViT, which reads each label alone, and Grounding DINO, which reads all as one caption."""

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor

from tests.zoo.parts import byte_level, word_pieces
from tests.zoo.sights import INPUT, PICTURE, best_first, corners, processed, seeded, swin
from tests.zoo.tiny import Tiny

TAG = "zero-shot-object-detection"
LABELS = ["fox", "lazy dog", "a cup"]
OWL_BODY: dict[str, Any] = {
    "inputs": INPUT, "parameters": {"candidate_labels": LABELS, "threshold": 0.5}
}  # fmt: skip
DINO_BODY: dict[str, Any] = {
    "inputs": INPUT, "parameters": {"candidate_labels": LABELS, "threshold": 0.03}
}  # fmt: skip
POSITIONS = 16


def build_owlvit(folder: Path) -> None:
    tokenizer = byte_level()
    tokenizer.model_max_length = POSITIONS
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
             "num_attention_heads": 2}  # fmt: skip
    config = transformers.OwlViTConfig(
        text_config={**small, "vocab_size": len(tokenizer), "max_position_embeddings": POSITIONS,
                     "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 1},
        vision_config={**small, "image_size": 64, "patch_size": 16},
        projection_dim=16,
    )  # fmt: skip
    model = seeded(transformers.OwlViTForObjectDetection, config)
    side = {"height": 64, "width": 64}
    processor = transformers.OwlViTProcessor(
        transformers.OwlViTImageProcessorPil(size=side, do_center_crop=False), tokenizer
    )
    processed(folder, TAG, model, processor)


def build_grounding_dino(folder: Path) -> None:
    tokenizer = word_pieces()
    text = transformers.BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, pad_token_id=0,
    )  # fmt: skip
    config = transformers.GroundingDinoConfig(
        backbone_config=swin(), text_config=text, d_model=32, encoder_layers=1, decoder_layers=2,
        encoder_ffn_dim=16, decoder_ffn_dim=16, encoder_attention_heads=2,
        decoder_attention_heads=2, num_queries=8, max_text_len=64, init_std=0.5,
    )  # fmt: skip
    model = seeded(transformers.GroundingDinoForObjectDetection, config)
    edges = {"shortest_edge": 64, "longest_edge": 96}
    processor = transformers.GroundingDinoProcessor(
        transformers.GroundingDinoImageProcessorPil(size=edges), tokenizer
    )
    processed(folder, TAG, model, processor)


def direct_owlvit(folder: Path) -> Any:
    model = AutoModelForZeroShotObjectDetection.from_pretrained(folder)
    processor = AutoProcessor.from_pretrained(folder)
    inputs = processor(text=[LABELS], images=PICTURE, return_tensors="pt")
    with torch.inference_mode():
        seen = model(**inputs)
    found = processor.post_process_grounded_object_detection(
        seen, threshold=0.5, target_sizes=[PICTURE.size[::-1]], text_labels=[LABELS]
    )[0]
    return rows(found["text_labels"], found)


def direct_grounding_dino(folder: Path) -> Any:
    model = AutoModelForZeroShotObjectDetection.from_pretrained(folder)
    processor = AutoProcessor.from_pretrained(folder)
    inputs = processor(text=[LABELS], images=PICTURE, return_tensors="pt")
    with torch.inference_mode():
        seen = model(**inputs)
    words = [processor.tokenizer(each, add_special_tokens=False)["input_ids"] for each in LABELS]
    starts = [1 + sum(len(word) + 1 for word in words[:at]) for at in range(len(words))]
    logits = seen.logits[0]
    best = torch.stack(
        [logits[:, at : at + len(word)].amax(-1) for at, word in zip(starts, words, strict=True)],
        dim=-1,
    )
    seen.logits = best[None]  # the library's own last step, over labels instead of tokens
    found = processor.post_process_grounded_object_detection(
        seen, torch.zeros(1, len(LABELS), dtype=torch.long), threshold=0.03,
        target_sizes=[PICTURE.size[::-1]],
    )[0]  # fmt: skip
    kept = best.sigmoid().amax(-1) > 0.03
    return rows([LABELS[at] for at in best[kept].argmax(-1).tolist()], found)


def rows(labels: list[str], found: Any) -> Any:
    return best_first(
        {"label": label, "score": score, "box": corners(box)}
        for label, score, box in zip(labels, found["scores"].tolist(), found["boxes"], strict=True)
    )


TINY = [
    Tiny(TAG, "OwlViTForObjectDetection", build_owlvit, OWL_BODY, direct_owlvit),
    Tiny(
        TAG, "GroundingDinoForObjectDetection", build_grounding_dino, DINO_BODY,
        direct_grounding_dino,
    ),
]  # fmt: skip
