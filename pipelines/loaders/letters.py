"""Which characters of a text a model that speaks has letters for."""

import unicodedata
from typing import Any

BLANKS = "\u2581\u0120 "  # spaces, as tokenizers write them
SAID = "LNSM"  # Unicode's letters, numbers, symbols and marks: nobody misses a dash
LEFT_OUT = "Some characters of the text are none that this model knows; they were left out."


def knows(tokenizer: Any, text: str) -> bool:
    """Whether anything of the text is left in the model's own letters."""
    if spells(tokenizer):  # whose padding may be a letter too
        return bool(tokenizer.prepare_for_tokenization(text)[0].strip())
    if not callable(getattr(tokenizer, "tokenize", None)):
        return True
    ids = set(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
    found = tokenizer.convert_ids_to_tokens(sorted(ids - set(tokenizer.all_special_ids)))
    return any(token.strip(BLANKS) for token in found)


def leaves_out(tokenizer: Any, text: str) -> bool:
    """Whether something that would be said, which punctuation is not, is not in those letters."""
    if spells(tokenizer):
        return not turns(tokenizer) and any(
            not spelled(tokenizer, letter) for letter in set(text) if said(letter)
        )
    unknown = getattr(tokenizer, "unk_token_id", None)
    if unknown is None or not callable(getattr(tokenizer, "tokenize", None)):
        return False
    plain = "".join(letter if said(letter) else " " for letter in text)
    return unknown in tokenizer(plain, add_special_tokens=False, verbose=False)["input_ids"]


def said(letter: str) -> bool:
    return unicodedata.category(letter)[0] in SAID


def spells(tokenizer: Any) -> bool:
    """Whether it goes letter by letter and drops those it lacks before it counts: VITS's."""
    return type(tokenizer).__name__ == "VitsTokenizer"


def turns(tokenizer: Any) -> bool:
    """Whether it writes every script in its own letters first."""
    from transformers.utils import is_uroman_available

    return bool(tokenizer.phonemize or (tokenizer.is_uroman and is_uroman_available()))


def spelled(tokenizer: Any, letter: str) -> bool:
    prepared = tokenizer.prepare_for_tokenization(letter)[0]
    return bool(prepared) and all(each in tokenizer.encoder for each in prepared)
