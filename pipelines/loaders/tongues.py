"""How a tokenizer and a decoder are told of languages that are tokens of their own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pipelines.loaders.codes import resolve, unsaid
from pipelines.loaders.generation import Generator
from pipelines.loaders.languages import Languages

Opening = tuple[dict[str, Any], frozenset[int]]


@contextmanager
def speaking(tokenizer: Any, source: str) -> Iterator[None]:
    """Reads texts as of the language `source` inside, and as before afterwards."""
    before = getattr(tokenizer, "src_lang", None)
    if before is None:  # a tokenizer that marks no language
        yield
        return
    tokenizer.src_lang = source
    try:
        yield
    finally:
        tokenizer.src_lang = before


def opening(pipe: Generator, known: Languages, target: str | None) -> Opening:
    """The argument of `generate` that makes an answer begin with its language, and the ids of
    languages, which are no words. Raises InvalidInput if the model needs to be told the target.

    mBART-25 begins its decoder with the language, all others write it first.
    """
    ids = language_ids(pipe.tokenizer, known.targets)
    target = resolve(target, tuple(ids), "tgt_lang") if target else default(pipe.tokenizer)
    config, silent = pipe.model.generation_config, frozenset(ids.values())
    starts = config.forced_bos_token_id is None and config.decoder_start_token_id in silent
    if target in ids:
        name = "decoder_start_token_id" if starts else "forced_bos_token_id"
        return {name: ids[target]}, silent
    if starts or config.forced_bos_token_id in silent:
        return {}, silent
    raise unsaid(known.targets)


def default(tokenizer: Any) -> str | None:
    """The target that the model's own file names."""
    return getattr(tokenizer, "tgt_lang", None)


def language_ids(tokenizer: Any, codes: Sequence[str]) -> dict[str, int]:
    """The id of each language's token; a code that the tokenizer does not have is left out."""
    named = getattr(tokenizer, "get_lang_id", tokenizer.convert_tokens_to_ids)  # M2M100's own way
    ids = {code: named(code) for code in codes}
    return {code: id for code, id in ids.items() if id not in (None, tokenizer.unk_token_id)}
