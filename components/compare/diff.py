"""Where a text differs from another, word by word, as HTML."""

import difflib
import re
from html import escape

# A word, a Chinese or Japanese character (there are no spaces between words), a space, a sign.
WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+|\s+|[^\w\s]")
LEAST = 0.25  # of the words in common; below it everything would be marked


def words(text: str) -> list[str]:
    return WORDS.findall(text)


def marked(reference: str, text: str) -> str:
    """`text` with the words marked that `reference` does not have in their place, and a sign where
    words of it are lacking; unmarked where the two have next to nothing in common."""
    theirs, ours = words(reference), words(text)
    match = difflib.SequenceMatcher(None, theirs, ours, autojunk=False)
    if match.ratio() < LEAST:
        return escape(text)
    return "".join(
        piece(how, "".join(theirs[a:b]), "".join(ours[c:d]))
        for how, a, b, c, d in match.get_opcodes()
    )


def piece(how: str, theirs: str, ours: str) -> str:
    if how == "equal" or not (ours + theirs).strip():
        return escape(ours)
    if how == "delete":
        return f'<del title="{escape(theirs.strip())}">‸</del>'
    return f"<mark>{escape(ours)}</mark>"
