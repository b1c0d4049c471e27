"""The tokens of a text with the place in the text that each came from."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.loaders.encoder import Encoder, Row

Place = tuple[int, int] | None  # code points of the caller's text; None where nobody knows
DECORATION = ("##", "▁", "Ġ", "@@", "</w>")  # what tokenizers without places put around a piece


@dataclass(frozen=True)
class Pieces:
    """`row` is what the tokenizer made; its tokens from `start` to `stop` are those of the text,
    each with its `places`, and the rest is what the tokenizer puts around it."""

    row: Row
    start: int
    stop: int
    places: tuple[Place, ...]

    @property
    def ids(self) -> list[int]:
        return self.row["input_ids"][self.start : self.stop]

    @property
    def around(self) -> int:
        """How many tokens a window has besides those of the text."""
        return len(self.row["input_ids"]) - len(self.places)

    def window(self, part: range) -> Row:
        """What the model reads of the text's tokens in `part`."""
        first, last = self.start + part.start, self.start + part.stop
        return {k: v[: self.start] + v[first:last] + v[self.stop :] for k, v in self.row.items()}


def pieces_of(encoder: Encoder, text: str) -> Pieces:
    """The tokens of `text`, however long it is: none where the tokenizer drops all of it.

    Raises InvalidInput where it puts nothing around them either.
    """
    fast = encoder.tokenizer.is_fast
    more = {"return_offsets_mapping": True} if fast else {}
    row = dict(encoder.whole(text, return_special_tokens_mask=True, **more))
    own = [at for at, special in enumerate(row.pop("special_tokens_mask")) if not special]
    start, stop = (own[0], own[-1] + 1) if own else (0, 0)
    offsets = row.pop("offset_mapping", None)
    places = neat(text, offsets[start:stop]) if fast else found(encoder.tokenizer, text, row)
    return Pieces(row, start, stop, places if fast else places[start:stop])


def neat(text: str, offsets: Sequence[tuple[int, int]]) -> tuple[Place, ...]:
    """Places without the white space around a word, and with the marks (accents, signs of
    Indian scripts) that belong to its last letter but that the tokenizer dropped.

    A token of white space alone has an empty place.
    """
    if not offsets:
        return ()
    ends = [*(start for start, _ in offsets[1:]), len(text)]
    return tuple(
        stripped(text, start, marked(text, end, following))
        for (start, end), following in zip(offsets, ends, strict=True)
    )


def stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def marked(text: str, end: int, following: int) -> int:
    """`end` moved over the marks up to the next token."""
    while 0 < end < following and unicodedata.category(text[end])[0] == "M":
        end += 1
    return end


def found(tokenizer: Any, text: str, row: Mapping[str, Sequence[int]]) -> tuple[Place, ...]:
    """Places of the tokens of a tokenizer that keeps none, each looked for behind the one before.

    A token that does not stand in the text as it is, in any case, has no place.
    """
    low = lowered(text)
    at = 0
    places: list[Place] = []
    for token in tokenizer.convert_ids_to_tokens(row["input_ids"]):
        piece = lowered(bare(str(token)))
        start = low.find(piece, at) if piece else -1
        skipped = text[at:start] if start >= 0 else "x"
        if skipped.strip():  # something lies between: it is another occurrence further on
            places.append(None)
            continue
        at = start + len(piece)
        places.append(stripped(text, start, at))
    return tuple(places)


def lowered(text: str) -> str:
    """`text` in small letters, letter by letter: as long as before."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def bare(token: str) -> str:
    for mark in DECORATION:
        token = token.removeprefix(mark).removesuffix(mark)
    return token
