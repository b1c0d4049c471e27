"""Masked language models: which tokens may stand where a text has a mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.errors import InvalidInput, UnsupportedTask
from pipelines.kinds.outputs import Fills
from pipelines.kinds.shapes import Fill
from pipelines.loaders.encoder import Encoder, Row, Take, own
from pipelines.notices import cut, tell

MASKS = ("<mask>", "[MASK]")  # what people write, whichever model they ask
MOST_MASKS = 512  # in all texts of a request together
MOST_FOUND = 20_000  # tokens found for them
MOST_WRITTEN = 50_000_000  # characters, since each token found comes with its whole text
Best = tuple[list[float], list[int]]  # chances of tokens, the likeliest first, and the tokens


@dataclass(frozen=True)
class Masked:
    """A text's tokens, the numbers of its masks among them, and the row that the model reads, in
    which a mask's number is less by `start`."""

    ids: list[int]
    masks: list[int]
    row: Row
    start: int


def masked(encoder: Encoder, text: str) -> Masked:
    """The tokens of `text`, in which any usual mask may stand. Raises InvalidInput without one."""
    tokenizer = encoder.tokenizer
    if tokenizer.mask_token_id is None:
        raise UnsupportedTask("The tokenizer of this model has no mask token, so it fills none.")
    for mask in MASKS:
        text = text.replace(mask, tokenizer.mask_token)
    row = dict(encoder.whole(text, return_special_tokens_mask=True))
    special = row.pop("special_tokens_mask")
    masks = [at for at, token in enumerate(row["input_ids"]) if token == tokenizer.mask_token_id]
    if not masks:
        raise InvalidInput(
            f"inputs: has no mask. Write {tokenizer.mask_token} where a word is missing."
        )
    return part(encoder, row, special, masks)


def part(encoder: Encoder, row: Row, special: Sequence[int], masks: list[int]) -> Masked:
    """All of a text, or as much around its masks as the model reads, which is told."""
    ids, most = row["input_ids"], encoder.most
    if most is None or len(ids) <= most:
        return Masked(ids, masks, row, 0)
    before, after = led(special), led(special[::-1])
    room = most - before - after
    if masks[-1] - masks[0] >= room:
        raise InvalidInput(
            f"inputs: its masks are further apart than the {most:,} tokens that this model reads. "
            "Send them one by one."
        )
    tell(cut("inputs", most))
    middle = (masks[0] + masks[-1]) // 2
    first = min(max(middle - room // 2, before), len(ids) - after - room)
    read = {
        name: each[:before] + each[first : first + room] + each[len(ids) - after :]
        for name, each in row.items()
    }
    return Masked(ids, masks, read, first - before)


def led(special: Sequence[int]) -> int:
    """How many of the tokenizer's own tokens stand first."""
    return next((at for at, own in enumerate(special) if not own), 0)


def fill(
    encoder: Encoder, texts: Sequence[str], count: int, targets: Sequence[int] | None
) -> list[Fills]:
    """The likeliest `count` tokens, of `targets` if there are any, for each mask of each text."""
    found = [masked(encoder, text) for text in texts]
    each_mask = min(count, len(encoder.tokenizer) if targets is None else len(targets))
    check_size([len(each.masks) for each in found], [len(text) for text in texts], each_mask)
    masks = [[at - each.start for at in each.masks] for each in found]
    taken = encoder.each([each.row for each in found], best_at(masks, count, targets))
    return [fills(encoder, each, best) for each, best in zip(found, taken, strict=True)]


def check_size(masks: Sequence[int], lengths: Sequence[int], count: int) -> None:
    """Raises InvalidInput for more masks, or a larger answer, than one request may have; `masks`
    and `lengths` (characters) are those of each text, `count` is of each mask."""
    if (many := sum(masks)) > MOST_MASKS:
        raise InvalidInput(
            f"inputs: {many:,} masks in all, but at most {MOST_MASKS:,} are filled at once. Send "
            "fewer texts, or fewer masks in each."
        )
    if many * count > MOST_FOUND:
        raise InvalidInput(
            f"parameters.top_k: {count:,} words for each of {many:,} masks are {many * count:,}, "
            f"but at most {MOST_FOUND:,} are sent at once. Send a lower top_k, or fewer masks."
        )
    written = count * sum(each * size for each, size in zip(masks, lengths, strict=True))
    if written > MOST_WRITTEN:
        raise InvalidInput(
            f"inputs: each word found comes with its whole text, {written:,} characters in all, "
            f"but at most {MOST_WRITTEN:,} are sent at once. Send shorter texts, fewer masks, or "
            "a lower top_k."
        )


def best_at(masks: Sequence[Sequence[int]], count: int, targets: Sequence[int] | None) -> Take:
    """Takes the likeliest tokens at each mask of a row: the chances of all of them would be large
    where there are many masks."""

    def take(output: Any, at: int, real: Any, row: int) -> list[Best]:
        import torch

        chances = own(output.logits[at], real)[masks[row]].float().softmax(-1).cpu()
        among = torch.arange(chances.shape[1]) if targets is None else torch.tensor(targets)
        best = chances[:, among].topk(min(count, len(among)))
        tokens = among[best.indices]
        return list(zip(best.values.tolist(), tokens.tolist(), strict=True))

    return take


def fills(encoder: Encoder, found: Masked, best: Sequence[Best]) -> Fills:
    """One list per mask; the list itself where there is one mask."""
    rows: list[list[Fill]] = [
        [filled(encoder, found, mask, token, score)
         for score, token in zip(scores, tokens, strict=True)]
        for mask, (scores, tokens) in zip(found.masks, best, strict=True)
    ]  # fmt: skip
    return rows if len(rows) > 1 else rows[0]


def filled(encoder: Encoder, found: Masked, mask: int, token: int, score: float) -> Fill:
    """The whole text with `token` for one mask; other masks stay, so that one sees them."""
    ids = [*found.ids[:mask], token, *found.ids[mask + 1 :]]
    alone = len(found.masks) == 1
    return {
        "score": score,
        "token": token,
        "token_str": encoder.tokenizer.decode([token]),
        "sequence": encoder.tokenizer.decode(ids, skip_special_tokens=alone),
    }


def token_ids(encoder: Encoder, targets: Sequence[str]) -> list[int]:
    """The tokens of target words; of one that the model has only in pieces the first, which is
    told. Raises InvalidInput for one of which it has none."""
    vocabulary = encoder.tokenizer.get_vocab()
    return list(dict.fromkeys(token_id(encoder, vocabulary, target) for target in targets))


def token_id(encoder: Encoder, vocabulary: dict[str, int], target: str) -> int:
    if target in vocabulary:
        return vocabulary[target]
    tokenizer = encoder.tokenizer
    pieces = tokenizer(target, add_special_tokens=False)["input_ids"]
    ids = [piece for piece in pieces if tokenizer.decode([piece]).strip()]  # no space before it
    if not ids or ids[0] == tokenizer.unk_token_id:
        raise InvalidInput(f"parameters.targets: the model has no token for {target!r}.")
    if len(ids) > 1:
        piece = tokenizer.convert_ids_to_tokens(ids[0])
        tell(f"The model has no one token for the target {target!r}; its first piece, {piece!r}, "
             "was scored.")  # fmt: skip
    return int(ids[0])
