"""How short and how long an answer may be."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.loaders.generation import Generator

USUAL = 256  # tokens of an answer where neither the model nor the caller says how many
MOST = 8192  # tokens of any answer
WHERE = "parameters.generate_parameters"


def lengths(
    pipe: Generator, row: list[int], given: Mapping[str, Any], own: Mapping[str, Any]
) -> dict[str, Any]:
    """The bounds of an answer as `generate` counts them: with the prompt, or the decoder's start.

    Raises InvalidInput if the caller's shortest is longer than the longest.
    """
    start = 1 if pipe.encodes else len(row)
    most = start + min(pipe.room(row), MOST)
    longest = min(most, next(said(pipe, start, given, own), start + USUAL))
    if longest <= start:
        raise InvalidInput(f"{WHERE}.max_length: must be more than {start:,}, what stands before "
                           "the answer. Raise it, or send max_new_tokens.")  # fmt: skip
    least = {**own, **given}.get("min_length", pipe.model.generation_config.min_length) or 0
    if "min_new_tokens" in given:
        least = start + given["min_new_tokens"]
    if least > longest and given.keys() & {"min_length", "min_new_tokens"}:
        raise InvalidInput(f"{WHERE}: the shortest answer is longer than the longest, of "
                           f"{longest - start:,} tokens. Change one of them.")  # fmt: skip
    return {
        "max_length": longest,
        "max_new_tokens": None,
        "min_length": min(least, longest),
        "min_new_tokens": None,
    }


def said(
    pipe: Generator, start: int, given: Mapping[str, Any], own: Mapping[str, Any]
) -> Iterator[int]:
    """How long an answer may be at most, by whoever says it first: caller, task, model."""
    file = pipe.model.generation_config.to_dict() if pipe.encodes else {}
    for each in (given, own, file):
        if new := each.get("max_new_tokens"):
            yield start + new
        if whole := each.get("max_length"):
            yield whole
