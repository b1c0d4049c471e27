"""SegFormer and UperNet, which name every pixel; Mask2Former, MaskFormer, OneFormer and DETR, which
tell things apart."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from PIL import Image
from transformers import AutoImageProcessor

from tests.pipelines.media import saved
from tests.zoo.parts import byte_level
from tests.zoo.sights import INPUT, LABELS, PICTURE, best_first, processed, resnet, seeded, swin
from tests.zoo.tiny import Tiny

TAG = "image-segmentation"
SIDE = {"height": 64, "width": 64}
THINGS: dict[str, Any] = {
    "threshold": 0.25, "mask_threshold": 0.4, "overlap_mask_area_threshold": 0.05,
}  # fmt: skip


def build_segformer(folder: Path) -> None:
    config = transformers.SegformerConfig(
        **LABELS, depths=[1, 1, 1, 1], hidden_sizes=[8, 8, 16, 16], decoder_hidden_size=16,
        num_attention_heads=[1, 1, 2, 2], initializer_range=0.5,
    )  # fmt: skip
    model = seeded(transformers.SegformerForSemanticSegmentation, config)
    processed(folder, TAG, model, transformers.SegformerImageProcessorPil(size=SIDE))


def build_upernet(folder: Path) -> None:
    config = transformers.UperNetConfig(
        **LABELS, backbone_config=swin(), hidden_size=16, auxiliary_in_channels=32,
        auxiliary_channels=8, initializer_range=0.5,
    )  # fmt: skip
    model = seeded(transformers.UperNetForSemanticSegmentation, config)
    processed(folder, TAG, model, transformers.SegformerImageProcessorPil(size=SIDE))


def build_mask2former(folder: Path) -> None:
    config = transformers.Mask2FormerConfig(
        **LABELS, backbone_config=swin(), feature_size=32, mask_feature_size=32, hidden_dim=32,
        encoder_feedforward_dim=16, dim_feedforward=16, encoder_layers=1, decoder_layers=2,
        num_attention_heads=2, num_queries=6, init_std=0.5, init_xavier_std=2.0,
    )  # fmt: skip
    model = seeded(transformers.Mask2FormerForUniversalSegmentation, config)
    processor = transformers.Mask2FormerImageProcessorPil(size=SIDE, num_labels=5)
    processed(folder, TAG, model, processor)


def build_oneformer(folder: Path) -> None:
    """Its classes stand in a file of its own folder, as in its repositories."""
    tokenizer = byte_level()
    tokenizer.model_max_length = 32
    config = transformers.OneFormerConfig(
        **LABELS, backbone_config=swin(), text_encoder_config={}, num_queries=7,
        text_encoder_width=16, text_encoder_context_length=8, text_encoder_num_layers=1,
        text_encoder_vocab_size=len(tokenizer), text_encoder_n_ctx=4, task_seq_len=32,
        max_seq_len=32, conv_dim=32, mask_dim=32, hidden_dim=32, dim_feedforward=16,
        num_attention_heads=2, encoder_feedforward_dim=16, encoder_layers=1, decoder_layers=2,
        query_dec_layers=1, is_training=False, init_std=0.5, init_xavier_std=2.0,
    )  # fmt: skip
    model = seeded(transformers.OneFormerForUniversalSegmentation, config)
    names = LABELS["id2label"]
    about = {str(at): {"name": name, "isthing": at % 2} for at, name in names.items()}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "classes.json").write_text(json.dumps(about), encoding="utf-8")
    made = transformers.OneFormerImageProcessorPil(
        size=SIDE, repo_path=str(folder), class_info_file="classes.json", num_labels=5
    )
    made.repo_path = "somebody/elsewhere"
    processed(folder, TAG, model, made)
    tokenizer.save_pretrained(folder)


def build_detr(folder: Path) -> None:
    config = transformers.DetrConfig(
        **LABELS, use_timm_backbone=False, backbone=None, backbone_config=all_stages(), d_model=128,
        encoder_layers=1, decoder_layers=1, encoder_ffn_dim=16, decoder_ffn_dim=16,
        encoder_attention_heads=8, decoder_attention_heads=8, num_queries=6, init_std=0.5,
        init_xavier_std=2.0,
    )  # fmt: skip
    model = seeded(transformers.DetrForSegmentation, config)
    edges = {"shortest_edge": 64, "longest_edge": 96}
    processed(folder, TAG, model, transformers.DetrImageProcessorPil(size=edges))


def all_stages() -> transformers.ResNetConfig:
    config = resnet()
    config.out_features = ["stage1", "stage2", "stage3", "stage4"]
    return config


def labelled(mask: Any, label: str, **score: float) -> dict[str, Any]:
    drawn = Image.fromarray(np.asarray(mask).astype(np.uint8) * 255)
    return {"label": label, "mask": base64.b64encode(saved(drawn)).decode(), **score}


def seen_by(folder: Path, kind: Any) -> tuple[Any, Any, Any]:
    model, processor = kind.from_pretrained(folder), AutoImageProcessor.from_pretrained(folder)
    with torch.inference_mode():
        return model, processor, model(**processor(PICTURE, return_tensors="pt"))


def semantic(kind: Any) -> Callable[[Path], Any]:
    def direct(folder: Path) -> Any:
        model, processor, seen = seen_by(folder, kind)
        found = processor.post_process_semantic_segmentation(seen, [PICTURE.size[::-1]])[0]
        return [labelled(found == at, model.config.id2label[at]) for at in found.unique().tolist()]

    return direct


def panoptic(kind: Any) -> Callable[[Path], Any]:
    def direct(folder: Path) -> Any:
        model, processor, seen = seen_by(folder, kind)
        found = processor.post_process_panoptic_segmentation(
            seen, **THINGS, target_sizes=[PICTURE.size[::-1]]
        )[0]
        return best_first(
            labelled(
                found["segmentation"] == each["id"],
                model.config.id2label[each["label_id"]],
                score=each["score"],
            )
            for each in found["segments_info"]
        )

    return direct


def direct_oneformer(folder: Path) -> Any:
    model = transformers.OneFormerForUniversalSegmentation.from_pretrained(folder)
    images = AutoImageProcessor.from_pretrained(folder, repo_path=str(folder))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    inputs = images(PICTURE, task_inputs=["semantic"], return_tensors="pt")
    task = tokenizer(
        inputs["task_inputs"], padding="max_length", max_length=32, return_tensors="pt"
    )
    inputs["task_inputs"] = task["input_ids"]
    with torch.inference_mode():
        seen = model(**inputs)
    found = images.post_process_semantic_segmentation(seen, [PICTURE.size[::-1]])[0]
    return [labelled(found == at, model.config.id2label[at]) for at in found.unique().tolist()]


PLAIN = {"inputs": INPUT}
CLASSES = {"inputs": INPUT, "parameters": {"subtask": "semantic"}}
APART = {"inputs": INPUT, "parameters": THINGS}
SEGFORMER = transformers.SegformerForSemanticSegmentation
UPERNET = transformers.UperNetForSemanticSegmentation
MASK2FORMER = transformers.Mask2FormerForUniversalSegmentation
DETR = transformers.DetrForSegmentation
TINY = [
    Tiny(TAG, SEGFORMER.__name__, build_segformer, PLAIN, semantic(SEGFORMER)),
    Tiny(TAG, UPERNET.__name__, build_upernet, PLAIN, semantic(UPERNET)),
    Tiny(TAG, MASK2FORMER.__name__, build_mask2former, APART, panoptic(MASK2FORMER)),
    Tiny(TAG, "OneFormerForUniversalSegmentation", build_oneformer, CLASSES, direct_oneformer),
    Tiny(TAG, DETR.__name__, build_detr, APART, panoptic(DETR)),
]
