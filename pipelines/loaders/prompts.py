"""A text as the tokens that a model goes on from, or that its encoder reads."""

from pipelines.errors import InvalidInput
from pipelines.loaders.generation import Generator
from pipelines.notices import cut, tell


def prompt(pipe: Generator, text: str, most: int | None = None) -> list[int]:
    """Token ids of `text`; only the last `most`, if given. What is left out is told.

    Raises InvalidInput for a text of no tokens.
    """
    whole = pipe.tokens(text)
    if not whole:
        raise InvalidInput("inputs: this text holds nothing that the model knows. Write words.")
    if most and len(whole) > most:
        tell(f"inputs has {len(whole):,} tokens; as truncate asks, only the last {most:,} count.")
    ids = last(pipe, text, most) if most else whole
    if pipe.encodes and len(ids) > pipe.reads:
        tell(cut("inputs", pipe.reads))
        ids = last(pipe, text, pipe.reads, "right")
    return ids


def last(pipe: Generator, text: str, most: int, away: str = "left") -> list[int]:
    """`most` tokens, cut on the side named `away`. An encoder keeps the marks of both ends."""
    if not pipe.encodes:
        return pipe.tokens(text, most)
    before, pipe.tokenizer.truncation_side = pipe.tokenizer.truncation_side, away
    try:
        short = pipe.tokenizer(text, truncation=True, max_length=most, verbose=False)
    finally:
        pipe.tokenizer.truncation_side = before
    ids: list[int] = short["input_ids"]
    return ids
