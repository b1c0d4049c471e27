"""ConSE: a picture sorted into labels of your own, by what a classifier and a text model know."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import (
    AutoImageProcessor,
    AutoModel,
    AutoModelForImageClassification,
    AutoTokenizer,
)

BEST = 10  # classes of the picture that count
SHARPNESS = 20.0  # of the softmax over cosines
TEMPLATE = "This is a photo of {}."
BATCH = 64  # labels at a time


class EndpointHandler:
    def __init__(self, path: str = "") -> None:
        folder = Path(path or Path(__file__).parent)
        self.processor = AutoImageProcessor.from_pretrained(folder / "vision")
        self.eye = AutoModelForImageClassification.from_pretrained(folder / "vision").eval()
        self.tokenizer = AutoTokenizer.from_pretrained(folder / "text")
        self.text = AutoModel.from_pretrained(folder / "text").eval()
        self.classes = load_file(folder / "classes.safetensors")["classes"]
        self.longest = json.loads((folder / "config.json").read_text())["max_tokens"]

    def __call__(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """How well each of the `candidate_labels` fits the picture, best first."""
        labels = data["inputs"]["candidate_labels"]
        template = template_of(**(data.get("parameters") or {}))
        texts = [template.replace("{}", label) for label in labels]
        cosines = self.vectors(texts) @ self.meaning(data["inputs"]["image"])
        scores = (cosines * SHARPNESS).softmax(0).tolist()
        ranked = sorted(zip(scores, labels, strict=True), key=lambda pair: -pair[0])
        return [{"label": label, "score": score} for score, label in ranked]

    def meaning(self, picture: Any) -> Tensor:
        """Norouzi et al. 2014: the mean of the likeliest classes' vectors, by their chances."""
        pixels = self.processor(picture.convert("RGB"), return_tensors="pt")
        with torch.inference_mode():
            chances, best = self.eye(**pixels).logits[0].softmax(0).topk(BEST)
        return unit((chances[:, None] * self.classes[best]).sum(0))

    def vectors(self, texts: list[str]) -> Tensor:
        """One vector of length 1 for each text: the mean over its tokens."""
        found = [self.encoded(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        return torch.cat(found)

    def encoded(self, texts: list[str]) -> Tensor:
        given = self.tokenizer(texts, padding=True, return_tensors="pt")
        if given["input_ids"].shape[1] > self.longest:
            raise ValueError(f"candidate_labels: none may have more than {self.longest} tokens.")
        with torch.inference_mode():
            states = self.text(**given).last_hidden_state
        mask = given["attention_mask"][..., None]
        return unit((states * mask).sum(1) / mask.sum(1))


def unit(vectors: Tensor) -> Tensor:
    return torch.nn.functional.normalize(vectors, dim=-1)


def template_of(hypothesis_template: str = TEMPLATE, **others: Any) -> str:
    """The sentence around a label, checked."""
    if others:
        raise ValueError(f"{', '.join(others)}: this model takes hypothesis_template alone.")
    if "{}" not in hypothesis_template:
        raise ValueError("hypothesis_template needs {} where the label goes.")
    return hypothesis_template
