"""Donut: reads a page without finding its words first, and writes what it was asked for."""

from PIL import Image

from pipelines.kinds.shapes import Place
from pipelines.loaders.sight import Seer
from pipelines.loaders.writing import Written, places, write
from pipelines.notices import cut, tell

ASKED, ANSWERED, END = "<s_docvqa><s_question>", "</s_question><s_answer>", "</s_answer>"


def is_donut(seer: Seer) -> bool:
    return bool(seer.model.config.model_type == "vision-encoder-decoder")


def answers(
    seer: Seer, question: str, picture: Image.Image, longest: int | None, count: int, most: int
) -> list[Place]:
    """The likeliest `count` answers, each with its probability; `most` are the tokens of the
    question that count, `longest` those of an answer."""
    import torch

    ids = prompt(seer, question, most)
    before = torch.tensor([ids], device=seer.model.device)
    wishes = {} if longest is None else {"max_new_tokens": longest}
    given = {**seer.see(picture), "decoder_input_ids": before}
    found = write(seer, given, len(ids), count, **wishes)
    return [{"answer": said(seer, each, len(ids)), "score": each.score} for each in found]


def prompt(seer: Seer, question: str, most: int) -> list[int]:
    """The token ids that an answer is written behind. Marks in the question would be taken for the
    model's own."""
    for mark in seer.tokenizer.get_added_vocab():
        question = question.replace(mark, " ")
    around = [seer.tokenizer(each, add_special_tokens=False)["input_ids"]
              for each in (ASKED, ANSWERED)]  # fmt: skip
    room = places(seer.model.config) - sum(map(len, around)) - 1
    whole = seer.tokenizer(ASKED + question, add_special_tokens=False)["input_ids"]
    kept = min(most, room // 2)
    if len(whole) - len(around[0]) > kept:
        tell(cut("inputs.question", kept))
    return [*whole[: len(around[0]) + kept], *around[1]]


def said(seer: Seer, written: Written, before: int) -> str:
    """The words up to the mark of the answer's end."""
    ids, end = written.ids[before:], seer.tokenizer.convert_tokens_to_ids(END)
    return seer.text(ids[: ids.index(end)] if end in ids else ids)
