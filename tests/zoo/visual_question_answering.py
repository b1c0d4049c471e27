"""ViLT, which chooses among answers; BLIP and GIT, which write one."""

from pathlib import Path
from typing import Any

import torch
import transformers

from tests.zoo.image_to_text import blip, git
from tests.zoo.parts import random, save
from tests.zoo.seen import SIDE, VIT, encoded, eye, names, processor, scene, words
from tests.zoo.tiny import Tiny

TAG = "visual-question-answering"
SCENE = scene()
QUESTION = "What fox?"
POSITIONS = 12  # of BLIP


def build_vilt(folder: Path) -> None:
    tokenizer, text = words()
    config = transformers.ViltConfig(**VIT | text, **names(*"abcdefg"))
    save(folder, TAG, random(transformers.ViltForQuestionAnswering, config), tokenizer)
    eye(folder, "ViltImageProcessor", size={"shortest_edge": SIDE}, size_divisor=8, do_pad=True)


def build_blip(folder: Path) -> None:
    blip(transformers.BlipForQuestionAnswering, folder, TAG, POSITIONS)


def build_git(folder: Path) -> None:
    git(folder, TAG)


def tokens(folder: Path) -> tuple[Any, Any]:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return tokenizer, tokenizer(QUESTION, return_tensors="pt")


def chosen(folder: Path) -> Any:
    model = transformers.ViltForQuestionAnswering.from_pretrained(folder)
    seen = processor(folder)(images=SCENE, return_tensors="pt")
    with torch.inference_mode():
        scores, ids = model(**tokens(folder)[1], **seen).logits[0].sigmoid().topk(5)
    return [
        {"answer": model.config.id2label[at], "score": score}
        for at, score in zip(ids.tolist(), scores.tolist(), strict=True)
    ]


def step_by_step(next_logits: Any, ids: list[int], places: int) -> tuple[list[int], float]:
    """The likeliest token at each step until the end or the last place, and their probability."""
    chance = 1.0
    while len(ids) < places:
        scores = next_logits(torch.tensor([ids])).softmax(-1)
        ids = [*ids, int(scores.argmax())]
        chance *= float(scores.max())
        if ids[-1] == 3:
            break
    return ids, chance


def blip_writes(folder: Path) -> Any:
    model = transformers.BlipForQuestionAnswering.from_pretrained(folder)
    tokenizer, asked = tokens(folder)
    seen = processor(folder)(images=SCENE, return_tensors="pt")
    with torch.inference_mode():
        picture = model.vision_model(**seen)[0]
        read = model.text_encoder(**asked, encoder_hidden_states=picture, return_dict=False)[0]

        def next_logits(ids: Any) -> Any:
            return model.text_decoder(ids, encoder_hidden_states=read).logits[0, -1]

        ids, chance = step_by_step(next_logits, [2], POSITIONS)
    return [{"answer": tokenizer.decode(ids, skip_special_tokens=True).strip(), "score": chance}]


def git_writes(folder: Path) -> Any:
    model = transformers.GitForCausalLM.from_pretrained(folder)
    tokenizer, asked = tokens(folder)
    seen = processor(folder)(images=SCENE, return_tensors="pt")
    start = asked["input_ids"][0, :-1].tolist()
    with torch.inference_mode():
        ids, chance = step_by_step(
            lambda ids: model(input_ids=ids, **seen).logits[0, -1], start, 64
        )
    words = tokenizer.decode(ids[len(start) :], skip_special_tokens=True)
    return [{"answer": words.strip(), "score": chance}]


BODY = {"inputs": {"image": encoded(SCENE), "question": QUESTION}}
TINY = [
    Tiny(TAG, "ViltForQuestionAnswering", build_vilt, BODY, chosen),
    Tiny(TAG, "BlipForQuestionAnswering", build_blip, BODY, blip_writes),
    Tiny(TAG, "GitForCausalLM", build_git, BODY, git_writes),
]
