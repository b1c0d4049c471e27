"""Readers of pages (LayoutLM): models that point at the words of a page that answer a question.

They see each word with its place, and some of them the page itself. A long page goes through in
windows, as a long text does (`reader`).
"""

from collections.abc import Sequence
from typing import Any

from PIL import Image

from pipelines.errors import InvalidInput, MissingPackage
from pipelines.hardware import Hardware
from pipelines.kinds.shapes import Box, Place
from pipelines.loaders.answers import LEAST, SPANS, likeliest, place_of
from pipelines.loaders.encoder import Encoder, Row
from pipelines.loaders.ocr import FINE, Word
from pipelines.loaders.pieces import Pieces
from pipelines.loaders.reader import Limits, Reading, parts_of, reading, shortened, window_of
from pipelines.loaders.sight import Seer, Sight
from pipelines.model import Model

Size = tuple[int, int]  # width and height in pixels


def load(model: Model, hardware: Hardware) -> Seer:
    """A reader that leaves finding the words to us. Raises MissingPackage."""
    from importlib.util import find_spec

    if model.config.get("model_type") == "layoutlmv2" and not find_spec("detectron2"):
        raise MissingPackage(
            f"{model.id} is a LayoutLMv2 or LayoutXLM, which sees pages by detectron2; that is not "
            "installed. Install detectron2, or choose a LayoutLM of version 1 or 3."
        )
    writes = model.is_a("VisionEncoderDecoderModel")
    seer = Sight("ImageTextToText" if writes else "DocumentQuestionAnswering")(model, hardware)
    if hasattr(seer.images, "apply_ocr"):
        seer.images.apply_ocr = False
    return seer


def read(
    seer: Seer, question: str, words: Sequence[Word], picture: Image.Image, limits: Limits
) -> Reading:
    """What the model says of each token of the words; places count words."""
    encoder = Encoder(seer.model, seer.tokenizer)
    asked, pieces = pieces_of(encoder, question, words)
    pieces = shortened(pieces, asked, min(limits.question, window_of(encoder, limits) // 2))
    parts = parts_of(encoder, pieces, limits)
    seen = {} if seer.images is None else seer.see(picture)
    values = [edges(encoder, pieces.window(part), seen) for part in parts]
    return reading(encoder, pieces, parts, iter(values))


def pieces_of(encoder: Encoder, question: str, words: Sequence[Word]) -> tuple[range, Pieces]:
    """Where the question's tokens stand, and all tokens, each with its box."""
    texts, boxes = [word.text for word in words], [list(word.box) for word in words]
    # Version 1 has BERT's tokenizer, which knows nothing of boxes.
    plain = encoder.model.config.model_type == "layoutlm"
    row = encoder.tokenizer(
        *((question.split(), texts) if plain else (question, texts)),
        **({"is_split_into_words": True} if plain else {"boxes": boxes}),
        return_attention_mask=True,
        return_token_type_ids=True,
        verbose=False,
    )
    whose, numbers = row.sequence_ids(0), row.word_ids(0)
    own = [at for at, which in enumerate(whose) if which == 1]
    if not own:
        raise InvalidInput("parameters.word_boxes: the model's tokenizer finds no token in them.")
    asked = [at for at, which in enumerate(whose) if which == 0]
    made = dict(row)
    if plain:
        made["bbox"] = placed(encoder.tokenizer.sep_token_id, row, boxes)
    places = tuple((numbers[at], numbers[at] + 1) for at in own)
    pieces = Pieces(made, own[0], own[-1] + 1, places)
    return range(asked[0], asked[-1] + 1) if asked else range(0), pieces


def placed(end: int, row: Any, boxes: Sequence[list[int]]) -> list[list[int]]:
    """The box of each token as version 1 was trained: a corner for what is of no word."""
    triples = zip(row["input_ids"], row.sequence_ids(0), row.word_ids(0), strict=True)
    return [
        boxes[word] if whose == 1 else [FINE if id == end else 0] * 4 for id, whose, word in triples
    ]


def edges(encoder: Encoder, row: Row, seen: dict[str, Any]) -> Any:
    """The scores of start and end of a window's tokens, an array of shape (tokens, 2)."""
    import torch

    device, count = encoder.model.device, len(row["input_ids"])
    given = {name: torch.tensor([values], device=device) for name, values in row.items()} | seen
    with torch.inference_mode():
        out = encoder.model(**{k: v for k, v in given.items() if k in encoder.takes})
    # Version 3 scores the parts of the picture too, behind the words.
    both = torch.stack([out.start_logits[0, :count], out.end_logits[0, :count]], -1)
    return both.float().cpu().numpy()


def answers(
    found: Reading, words: Sequence[Word], longest: int, count: int, nothing: bool, size: Size
) -> list[Place]:
    """The likeliest `count` answers of at most `longest` tokens, best first; `nothing` lets "" be
    one of them."""
    made: list[Place] = []
    known: set[tuple[int, int]] = set()
    for score, first, last in likeliest(found, longest, max(SPANS * count, LEAST)):
        if len(made) == count:
            break
        start, end = place_of(found.places, first, last)
        if (start, end) not in known:
            known.add((start, end))
            made.append(place(words, start, end, score, size))
    if nothing:
        made.append(none(found))
    return sorted(made, key=lambda each: -(each["score"] or 0))[:count]


def place(words: Sequence[Word], start: int, end: int, score: float, size: Size) -> Place:
    """The answer of the words from `start` up to `end`; over the wire the last one counts too."""
    part = words[start:end]
    return {
        "answer": " ".join(word.text for word in part),
        "score": score,
        "start": start,
        "end": end - 1,
        "boxes": [pixels(word, size) for word in part],
    }


def pixels(word: Word, size: Size) -> Box:
    """Where a word stands in a picture of this size."""
    (left, top, right, bottom), (width, height) = word.box, size
    return {
        "xmin": pixel(left, width),
        "ymin": pixel(top, height),
        "xmax": pixel(right, width),
        "ymax": pixel(bottom, height),
    }


def pixel(at: int, side: int) -> int:
    """The pixel at so many thousandths of a side."""
    return min(round(at * side / FINE), side - 1)


def none(found: Reading) -> Place:
    if found.nothing is None:
        raise InvalidInput(
            "parameters.handle_impossible_answer: this model has no token that stands for 'no "
            "answer'. Leave it out."
        )
    return {"answer": "", "score": found.nothing, "start": 0, "end": 0, "boxes": []}
