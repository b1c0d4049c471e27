"""Token classifiers: the labels of a text's tokens, put together to words and names.

The strategies are those of transformers' token-classification pipeline; places are always those of
the caller's text, and a text that is longer than the model reads goes through it in windows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.errors import InvalidInput
from pipelines.kinds.shapes import Span
from pipelines.loaders.encoder import Encoder, token_logits
from pipelines.loaders.pieces import Pieces, Place, pieces_of
from pipelines.loaders.windows import together, windows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OVERLAP = 4  # windows share one part in so many unless the caller says how many tokens


@dataclass(frozen=True)
class Token:
    """A token, or a word of several: the probability of each label, its number in the row, its
    place in the text, its own text, and whether it goes on the word before."""

    scores: "NDArray[np.float32]"
    index: int
    place: Place
    text: str
    inside: bool = False


def tag(encoder: Encoder, texts: Sequence[str], stride: int | None) -> list[list[Token]]:
    """The tokens of each text with the probabilities of their labels."""
    texts_pieces = [pieces_of(encoder, text) for text in texts]
    parts = [parts_of(encoder, pieces, stride) for pieces in texts_pieces]
    rows = [
        pieces.window(part)
        for pieces, ranges in zip(texts_pieces, parts, strict=True)
        for part in ranges
    ]
    values = iter(encoder.each(rows, token_logits))
    return [
        list(tokens(encoder, text, pieces, probabilities(pieces, ranges, values)))
        for text, pieces, ranges in zip(texts, texts_pieces, parts, strict=True)
    ]


def parts_of(encoder: Encoder, pieces: Pieces, stride: int | None) -> list[range]:
    """The windows of a text. Raises InvalidInput for an overlap of more than half a window: one
    as wide as a window would make a window of every token."""
    count = len(pieces.places)
    room = count if encoder.most is None else max(encoder.most - pieces.around, 1)
    if stride is not None and encoder.most and stride > room // 2:
        raise InvalidInput(
            f"parameters.stride: this model reads {room:,} tokens of a text at once, of which at "
            f"most half can be read twice, not {stride:,}. Send at most {room // 2:,}."
        )
    return windows(count, room, room // OVERLAP if stride is None else stride)


def probabilities(
    pieces: Pieces, parts: Sequence[range], values: Iterator[Any]
) -> "NDArray[np.float32]":
    """Shape (tokens of the text, labels)."""
    import torch

    start = pieces.start
    own = [next(values)[start : start + len(part)] for part in parts]
    merged = together(len(pieces.places), parts, own)
    made: NDArray[np.float32] = torch.from_numpy(merged).softmax(-1).numpy()
    return made


def tokens(
    encoder: Encoder, text: str, pieces: Pieces, scores: "NDArray[np.float32]"
) -> Iterator[Token]:
    """The tokens that stand for something in the text."""
    written = encoder.tokenizer.convert_ids_to_tokens(pieces.ids)
    prefix = continuing(encoder.tokenizer)
    for at, (place, token) in enumerate(zip(pieces.places, written, strict=True)):
        if place is not None and place[0] == place[1]:
            continue  # white space
        unknown = pieces.ids[at] == encoder.tokenizer.unk_token_id
        inside = at > 0 and not unknown and goes_on(text, place, str(token), prefix)
        said = str(token) if place is None else text[slice(*place)]
        yield Token(scores[at], pieces.start + at, place, said, inside)


def continuing(tokenizer: Any) -> str | None:
    """What a tokenizer puts before a piece that goes on a word, such as BERT's ##."""
    model = getattr(getattr(tokenizer, "_tokenizer", None), "model", None)
    return getattr(model, "continuing_subword_prefix", None) or None


def goes_on(text: str, place: Place, token: str, prefix: str | None) -> bool:
    """Whether a token goes on the word before: it says so itself, or no space stands before."""
    if prefix is not None:
        return token.startswith(prefix) and len(token) > len(prefix)
    return place is not None and place[0] > 0 and not text[place[0] - 1].isspace()


# Tokens to spans --------------------------------------------------------------------------------


def spans(found: Sequence[Token], names: Sequence[str], strategy: str, text: str) -> list[Span]:
    """The spans of a text: one per token for "none", else one per run of the same label."""
    if strategy == "none":
        return [single(token, names) for token in found]
    units = found if strategy == "simple" else [word(each, strategy) for each in words(found)]
    return [run_of(each, names, text) for each in runs(units, names)]


def single(token: Token, names: Sequence[str]) -> Span:
    best = int(token.scores.argmax())
    start, end = token.place or (None, None)
    return {
        "entity": names[best],
        "score": float(token.scores[best]),
        "index": token.index,
        "word": token.text,
        "start": start,
        "end": end,
    }


def words(found: Iterable[Token]) -> list[list[Token]]:
    """Tokens of the same word together."""
    made: list[list[Token]] = []
    for token in found:
        if made and token.inside:
            made[-1].append(token)
        else:
            made.append([token])
    return made


def word(parts: list[Token], strategy: str) -> Token:
    """One token for a word: with the scores of its first piece, of its surest, or their mean."""
    joined = "".join(part.text for part in parts)
    return Token(word_scores(parts, strategy), parts[0].index, place_of(parts), joined)


def word_scores(parts: list[Token], strategy: str) -> "NDArray[np.float32]":
    import numpy as np

    if strategy == "average":
        mean: NDArray[np.float32] = np.mean([part.scores for part in parts], axis=0)
        return mean
    if strategy == "max":
        return max(parts, key=lambda part: float(part.scores.max())).scores
    return parts[0].scores


def runs(units: Iterable[Token], names: Sequence[str]) -> list[list[Token]]:
    """Neighbours of the same label together; `B-` begins a new one."""
    made: list[list[Token]] = []
    for unit in units:
        begins, label = parted(best_name(unit, names))
        if made and not begins and parted(best_name(made[-1][-1], names))[1] == label:
            made[-1].append(unit)
        else:
            made.append([unit])
    return made


def run_of(units: list[Token], names: Sequence[str], text: str) -> Span:
    place = place_of(units)
    start, end = place or (None, None)
    return {
        "entity_group": parted(best_name(units[0], names))[1],
        "score": sum(float(unit.scores.max()) for unit in units) / len(units),
        "word": text[slice(*place)] if place else " ".join(unit.text for unit in units),
        "start": start,
        "end": end,
    }


def place_of(parts: Sequence[Token]) -> Place:
    """From the first known start to the last known end."""
    known = [part.place for part in parts if part.place is not None]
    return (known[0][0], known[-1][1]) if known else None


def best_name(token: Token, names: Sequence[str]) -> str:
    return names[int(token.scores.argmax())]


def parted(name: str) -> tuple[bool, str]:
    """Whether a label begins something, and the label without the mark of the BIO, BIOES and
    BILOU schemes that says so."""
    if name[:2] in ("B-", "I-", "E-", "S-", "L-", "U-"):
        return name[0] in "BSU", name[2:]
    return False, name
