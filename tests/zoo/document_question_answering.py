"""LayoutLM, which sees words and their places; LayoutLMv3, which sees the page too; Donut, which
sees the page alone. `direct` looks at every span of the words."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForDocumentQuestionAnswering, AutoTokenizer

from tests.zoo.parts import byte_level, random, save
from tests.zoo.seen import SIDE, SQUARE, VIT, encoded, eye, processor, scene, words
from tests.zoo.tiny import Tiny

TAG = "document-question-answering"
SCENE = scene(200, 100)
QUESTION = "What jumps?"
WORD_BOXES: list[tuple[str, list[int]]] = [
    ("The", [50, 100, 150, 200]),
    ("quick", [160, 100, 300, 200]),
    ("fox", [310, 100, 400, 200]),
    ("jumps", [50, 300, 200, 400]),
    ("lazily.", [210, 300, 405, 400]),
]
LONGEST, COUNT = 6, 4


def build_layoutlm(folder: Path) -> None:
    tokenizer, text = words()
    config = transformers.LayoutLMConfig(**text)
    save(folder, TAG, random(transformers.LayoutLMForQuestionAnswering, config), tokenizer)


def build_layoutlmv3(folder: Path) -> None:
    learned = json.loads(byte_level().backend_tokenizer.to_str())["model"]
    vocab = dict(learned["vocab"])
    for mark in ("<s>", "</s>", "<unk>", "<mask>"):
        vocab[mark] = len(vocab)
    merges = [tuple(pair) for pair in learned["merges"]]
    tokenizer = transformers.LayoutLMv3Tokenizer(vocab=vocab, merges=merges, model_max_length=64)
    config = transformers.LayoutLMv3Config(
        **VIT, vocab_size=len(vocab), max_position_embeddings=66, coordinate_size=5, shape_size=6,
        input_size=SIDE, pad_token_id=1, bos_token_id=vocab["<s>"], eos_token_id=vocab["</s>"],
    )  # fmt: skip
    save(folder, TAG, random(transformers.LayoutLMv3ForQuestionAnswering, config), tokenizer)
    eye(folder, "LayoutLMv3ImageProcessor", apply_ocr=True)


def tokens(folder: Path) -> Any:
    """The tokens with their boxes, and what a picture gives."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    texts, boxes = [text for text, _ in WORD_BOXES], [box for _, box in WORD_BOXES]
    if "v3" in type(tokenizer).__name__:
        given = tokenizer(QUESTION, texts, boxes=boxes, return_tensors="pt")
        eyes = processor(folder)
        eyes.apply_ocr = False
        return given, eyes(images=SCENE, return_tensors="pt")
    more = {"return_token_type_ids": True, "return_tensors": "pt"}
    given = tokenizer(QUESTION.split(), texts, is_split_into_words=True, **more)
    corner = {None: [0] * 4, 0: [0] * 4}
    places = [
        boxes[word] if whose == 1 else [1000] * 4 if id == tokenizer.sep_token_id else corner[whose]
        for id, whose, word in zip(
            given["input_ids"][0], given.sequence_ids(0), given.word_ids(0), strict=True
        )
    ]
    given["bbox"] = torch.tensor([places])
    return given, {}


def pointed(folder: Path) -> Any:
    model = AutoModelForDocumentQuestionAnswering.from_pretrained(folder)
    given, seen = tokens(folder)
    with torch.inference_mode():
        out = model(**given, **seen)
    whose, numbers = given.sequence_ids(0), given.word_ids(0)
    own = [at for at, which in enumerate(whose) if which == 1]
    starts, ends = (
        dict(zip([0, *own], logits[0, [0, *own]].softmax(-1).tolist(), strict=True))
        for logits in (out.start_logits, out.end_logits)
    )
    best: dict[tuple[int, int], float] = {}
    for first, last in product(own, own):
        if first <= last < first + LONGEST:
            place = numbers[first], numbers[last]
            best[place] = max(best.get(place, 0), starts[first] * ends[last])
    ranked = sorted(best, key=lambda place: -best[place])[:COUNT]
    return [
        {
            "answer": " ".join(text for text, _ in WORD_BOXES[start : end + 1]),
            "score": best[start, end],
            "start": start,
            "end": end,
            "boxes": [pixels(box) for _, box in WORD_BOXES[start : end + 1]],
        }
        for start, end in ranked
    ]


def pixels(box: Any) -> dict[str, int]:
    """Of the scene of 200 x 100."""
    left, top, right, bottom = box
    return {
        "xmin": round(left / 5), "ymin": round(top / 10),
        "xmax": round(right / 5), "ymax": round(bottom / 10),
    }  # fmt: skip


MARKS = ["<s_docvqa>", "<s_question>", "</s_question>", "<s_answer>", "</s_answer>"]


def build_donut(folder: Path) -> None:
    tokenizer, _ = words()
    tokenizer.add_tokens(MARKS, special_tokens=True)
    seeing = transformers.DonutSwinConfig(
        image_size=[SIDE, SIDE], patch_size=4, embed_dim=8, depths=[1, 1], num_heads=[2, 2],
        window_size=2, initializer_range=0.5,
    )  # fmt: skip
    writing = transformers.MBartConfig(
        vocab_size=len(tokenizer), d_model=16, decoder_layers=1, decoder_attention_heads=2,
        decoder_ffn_dim=32, max_position_embeddings=48, is_decoder=True, add_cross_attention=True,
        eos_token_id=3, pad_token_id=0, bos_token_id=2, forced_eos_token_id=None,
        init_std=0.5, scale_embedding=True,
    )  # fmt: skip
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        seeing, writing, decoder_start_token_id=2, pad_token_id=0, eos_token_id=3
    )
    torch.manual_seed(0)
    model = transformers.VisionEncoderDecoderModel(config).eval()
    for name, weight in model.named_parameters():
        if weight.ndim > 1 and name.startswith("decoder"):
            torch.nn.init.normal_(weight, std=0.7)
    save(folder, TAG, model, tokenizer)
    eye(folder, "DonutImageProcessor", size=SQUARE, do_align_long_axis=False)


def written(folder: Path) -> Any:
    """Two tokens, each the likeliest in its place."""
    model = transformers.VisionEncoderDecoderModel.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    asked = f"<s_docvqa><s_question>{QUESTION}</s_question><s_answer>"
    ids = start = tokenizer(asked, add_special_tokens=False)["input_ids"]
    seen, chance = processor(folder)(images=SCENE, return_tensors="pt"), 1.0
    with torch.inference_mode():
        for _ in range(2):
            out = model(**seen, decoder_input_ids=torch.tensor([ids])).logits[0, -1].softmax(-1)
            ids, chance = [*ids, int(out.argmax())], chance * float(out.max())
    text = tokenizer.decode(ids[len(start) :], skip_special_tokens=True)
    return [{"answer": text.strip(), "score": chance}]


INPUTS = {"question": QUESTION, "image": encoded(SCENE)}
OPTIONS = {"max_answer_len": LONGEST, "top_k": COUNT, "word_boxes": WORD_BOXES}
BODY = {"inputs": INPUTS, "parameters": OPTIONS}
SHORT = {"inputs": INPUTS, "parameters": {"max_answer_len": 2}}
TINY = [
    Tiny(TAG, "LayoutLMForQuestionAnswering", build_layoutlm, BODY, pointed),
    Tiny(TAG, "LayoutLMv3ForQuestionAnswering", build_layoutlmv3, BODY, pointed),
    Tiny(TAG, "VisionEncoderDecoderModel", build_donut, SHORT, written),
]
