"""Text from token ids as they come."""

from typing import Any

HALF = "\N{REPLACEMENT CHARACTER}"  # what half a character decodes to


class Words:
    """Turns token ids into text as they come, holding back half characters.

    A token decodes differently after another than alone, so each piece is decoded together with
    the piece before it, and only what is new is given out. Source of the idea: the streaming of
    text-generation-inference.
    """

    def __init__(self, tokenizer: Any, before: list[int]) -> None:
        self.tokenizer = tokenizer
        count = 5
        while count < len(before) and self.decode(before[-count:]).startswith(HALF):
            count *= 2
        self.keep(before[-count:])

    def keep(self, ids: list[int]) -> None:
        self.ids, self.old, self.shown = ids, len(ids), self.decode(ids)

    def push(self, token: int, last: bool) -> str:
        self.ids.append(token)
        text = self.decode(self.ids)
        if text.endswith(HALF) and not last:
            return ""
        new = text[len(self.shown) :]
        if new:
            self.keep(self.ids[self.old :])
        return new

    def rest(self) -> str:
        """What was held back and will not be completed any more."""
        return self.decode(self.ids)[len(self.shown) :]

    def decode(self, ids: list[int]) -> str:
        text: str = self.tokenizer.decode(
            ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text
