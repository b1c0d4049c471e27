"""How many tokens a text encoder reads at once, and texts cut to that."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipelines.notices import cut, tell

ENDLESS = 1 << 24  # tokenizers write 1e30 where nobody set a length
TABLES = ("position_embeddings", "embed_positions", "wpe")  # names of learned positions


def reads(model: Any, tokenizer: Any) -> int | None:
    """The most tokens, special ones among them, or None where nothing bounds them."""
    bounds = [tokenizer.model_max_length, *positions(model)]
    return min((int(bound) for bound in bounds if 0 < bound < ENDLESS), default=None)


def positions(model: Any) -> Iterator[int]:
    """What the configuration says, and how many places each table of positions has.

    The configuration alone will not do: RoBERTa's counts places that stand before the first token.
    """
    config = model.config.get_text_config()
    yield getattr(config, "max_position_embeddings", None) or 0
    for name, module in model.named_modules():
        weight = getattr(module, "weight", None)
        if weight is not None and weight.ndim == 2 and name.endswith(TABLES):
            yield len(weight) - before(module)


def before(table: Any) -> int:
    """Places of a table that no token takes: those up to the one of padding, or BART's two."""
    if (offset := getattr(table, "offset", None)) is not None:
        return int(offset)
    padding = getattr(table, "padding_idx", None)
    return 0 if padding is None else int(padding) + 1


def labels_read(
    tokenizer: Any, texts: Sequence[str], most: int | None, padding: bool | str = True
) -> dict[str, Any]:
    """The texts of a caller's labels as tensors of shape (texts, tokens). One of more than `most`
    tokens is cut, and the caller is told."""
    if most and any(len(ids) > most for ids in tokenizer(texts, verbose=False)["input_ids"]):
        tell(cut("candidate_labels", most))
    return dict(
        tokenizer(texts, return_tensors="pt", padding=padding, truncation=True, max_length=most)
    )
