"""Readers: models that point at the part of a text that answers a question.

The scores of a start and of an end, each a softmax over all tokens of the text and the one that
stands for "no answer", are multiplied, as SQuAD's models are read. A long text goes through in
windows; each token counts once, in the window where it has the most context.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipelines.errors import InvalidInput
from pipelines.loaders.encoder import Encoder, Row
from pipelines.loaders.pieces import Pieces, Place, found, neat
from pipelines.loaders.windows import together, windows
from pipelines.notices import cut, tell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOW = 384  # tokens of question and text at once, as SQuAD's models were trained


@dataclass(frozen=True)
class Limits:
    """How a text is read: window, overlap and question in tokens, None for what suits the model."""

    window: int | None
    overlap: int | None
    question: int


@dataclass(frozen=True)
class Reading:
    """What a model says of one text: shapes (tokens of the text,), and of "no answer" if there is
    a token for it. `starts` and `ends` are probabilities."""

    places: tuple[Place, ...]
    starts: "NDArray[np.float32]"
    ends: "NDArray[np.float32]"
    nothing: float | None


def read(encoder: Encoder, pairs: Sequence[tuple[str, str]], limits: Limits) -> list[Reading]:
    """What the model says of each (question, text)."""
    asked = [pieces_of(encoder, question, text, limits) for question, text in pairs]
    parts = [parts_of(encoder, pieces, limits) for pieces in asked]
    rows: list[Row] = [
        pieces.window(part) for pieces, ranges in zip(asked, parts, strict=True) for part in ranges
    ]
    values = iter(encoder.each(rows, edges))
    return [
        reading(encoder, pieces, ranges, values)
        for pieces, ranges in zip(asked, parts, strict=True)
    ]


def edges(output: Any, at: int, real: Any, row: int) -> Any:
    """The scores of start and end of one row as an array of shape (tokens, 2)."""
    import torch

    both = torch.stack([output.start_logits[at], output.end_logits[at]], -1)
    return both[real].float().cpu().numpy()


# Tokens -----------------------------------------------------------------------------------------


def pieces_of(encoder: Encoder, question: str, text: str, limits: Limits) -> Pieces:
    """The tokens of a question and a text, of which the text's are those with places."""
    tokenizer = encoder.tokenizer
    made = fast_pieces if tokenizer.is_fast else slow_pieces
    asked, pieces = made(encoder, question, text)
    return shortened(pieces, asked, min(limits.question, window_of(encoder, limits) // 2))


def fast_pieces(encoder: Encoder, question: str, text: str) -> tuple[range, Pieces]:
    """Where the question's tokens stand, and all tokens."""
    # A tokenizer that pads on the left was trained with the text first, as XLNet's was.
    text_first = encoder.tokenizer.padding_side == "left"
    order = (text, question) if text_first else (question, text)
    row = encoder.whole(*order, return_offsets_mapping=True)
    whose = row.sequence_ids(0)
    asked = [at for at, which in enumerate(whose) if which == int(text_first)]
    own = [at for at, which in enumerate(whose) if which == int(not text_first)]
    start, stop = (own[0], own[-1] + 1) if own else (0, 0)
    row = dict(row)
    places = neat(text, row.pop("offset_mapping")[start:stop])
    return range(asked[0], asked[-1] + 1) if asked else range(0), Pieces(row, start, stop, places)


def slow_pieces(encoder: Encoder, question: str, text: str) -> tuple[range, Pieces]:
    """As `fast_pieces`, by a tokenizer that does not say which token is whose."""
    row = dict(encoder.whole(question, text))
    alone = [
        encoder.tokenizer(each, add_special_tokens=False, verbose=False)["input_ids"]
        for each in (question, text)
    ]
    start = last_of(row["input_ids"], alone[1])
    asked = last_of(row["input_ids"][:start], alone[0])
    places = found(encoder.tokenizer, text, {"input_ids": alone[1]})
    stop = start + len(alone[1])
    return range(asked, asked + len(alone[0])), Pieces(row, start, stop, places)


def last_of(ids: list[int], part: list[int]) -> int:
    """Where `part` stands in `ids` for the last time."""
    return next(
        at for at in range(len(ids) - len(part), -1, -1) if ids[at : at + len(part)] == part
    )


def shortened(pieces: Pieces, asked: range, most: int) -> Pieces:
    """The same with at most `most` tokens of the question."""
    if len(asked) <= most:
        return pieces
    tell(cut("inputs.question", most))
    first, last = asked.start + most, asked.stop
    gone = last - first if asked.start < pieces.start else 0
    row = {name: values[:first] + values[last:] for name, values in pieces.row.items()}
    return replace(pieces, row=row, start=pieces.start - gone, stop=pieces.stop - gone)


def window_of(encoder: Encoder, limits: Limits) -> int:
    """Tokens of a window. Raises InvalidInput for more than the model reads."""
    most = encoder.most
    if limits.window and most and limits.window > most:
        raise InvalidInput(
            f"parameters.max_seq_len: this model reads {most:,} tokens at once, not "
            f"{limits.window:,}. Send at most {most:,}."
        )
    return limits.window or min(most or WINDOW, WINDOW)


def parts_of(encoder: Encoder, pieces: Pieces, limits: Limits) -> list[range]:
    """The windows of the text. Raises InvalidInput for an overlap of more than half a window: one
    as wide as a window would make a window of every token."""
    window = window_of(encoder, limits)
    room = window - pieces.around
    if room < 1:
        raise InvalidInput(
            f"parameters.max_seq_len: {window:,} tokens leave no room for the text beside the "
            f"question, which takes {pieces.around:,}. Send more, or a shorter question."
        )
    if limits.overlap is not None and limits.overlap > room // 2:
        raise InvalidInput(
            f"parameters.doc_stride: {room:,} tokens of the text go into a window, of which at "
            f"most half can be read twice, not {limits.overlap:,}. Send at most {room // 2:,}."
        )
    overlap = min(128, room // 2) if limits.overlap is None else limits.overlap
    return windows(len(pieces.places), room, overlap)


# Scores -----------------------------------------------------------------------------------------


def reading(
    encoder: Encoder, pieces: Pieces, parts: Sequence[range], values: Iterator[Any]
) -> Reading:
    """The windows of one text put together."""
    import torch

    scores = [next(values) for _ in parts]
    start = pieces.start
    own = [value[start : start + len(p)] for value, p in zip(scores, parts, strict=True)]
    merged = torch.from_numpy(together(len(pieces.places), parts, own))
    nothing = nothing_of(encoder, pieces, parts, scores)
    if nothing is None:
        made = merged.softmax(0)
        return Reading(pieces.places, made[:, 0].numpy(), made[:, 1].numpy(), None)
    made = torch.cat([merged, torch.from_numpy(nothing)[None]]).softmax(0)
    none = float(made[-1, 0] * made[-1, 1])
    return Reading(pieces.places, made[:-1, 0].numpy(), made[:-1, 1].numpy(), none)


def nothing_of(
    encoder: Encoder, pieces: Pieces, parts: Sequence[range], scores: Sequence[Any]
) -> Any:
    """The scores of "no answer", shape (2,): of the window that is the least sure of it, since the
    answer needs to stand in one only. None without a token for it."""
    token = encoder.tokenizer.cls_token_id
    rows = [pieces.window(part)["input_ids"] for part in parts]
    if token is None or token not in rows[0]:
        return None
    said = [value[row.index(token)] for row, value in zip(rows, scores, strict=True)]
    return min(said, key=lambda both: float(both.sum()))
