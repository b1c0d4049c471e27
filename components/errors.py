"""What went wrong, in the reader's language.

Errors are raised in English, whoever asked. Here their sentences are known again by the English
texts of the table `errors`, and said in another language.
"""

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from string import Formatter

from api.texts import Texts, tables

FRAMES = ("lead", "problem", "join")  # of the table, which are no sentences themselves
WHERE = re.compile(r"(?:inputs|parameters)((?:\.\w+)*): (.+)", re.DOTALL)
NEXT = re.compile(r"; (?=(?:inputs|parameters)[.\w]*: )")  # one problem of a field and the next
WANTED = re.compile(r"(.+\.) [\w-]+ takes \{.*\}\.", re.DOTALL)  # what an HTTP body would be


def html(text: str, say: Texts) -> str:
    """`text` for the page, its fields by their labels: translated, or in English and marked as
    such."""
    if say.language == "en":
        text = bare(text)
        return escape(problems(text, say) or text)
    if (found := translated(text, say)) is not None:
        return escape(found)
    return f'{say("errors.lead")} <span lang="en">{escape(text)}</span>'


def translated(text: str, say: Texts) -> str | None:
    """The same in the reader's language; None if it is none of the known sentences."""
    text = bare(text)
    found = sentence(text, say)
    return found if found is not None else problems(text, say)


def bare(text: str) -> str:
    """Without what an HTTP body would be, which nobody sends from a page."""
    whole = WANTED.fullmatch(text)
    return whole[1] if whole else text


def sentence(text: str, say: Texts) -> str | None:
    for name, pattern in patterns().items():
        if match := pattern.fullmatch(text):
            return say(f"errors.{name}", **fields(match.groupdict(), say))
    return None


def fields(found: Mapping[str, str], say: Texts) -> dict[str, str]:
    """The values of a sentence; one that is itself a sentence in the reader's language."""
    return {name: (value and translated(value, say)) or value for name, value in found.items()}


def problems(text: str, say: Texts) -> str | None:
    """What is wrong with fields, one after the other."""
    matches = [WHERE.fullmatch(each) for each in NEXT.split(text.removesuffix("."))]
    made = [problem(match[1], match[2], say) for match in matches if match]
    return say("errors.join").join(made) if made and len(made) == len(matches) else None


def problem(where: str, what: str, say: Texts) -> str:
    label = where.strip(".").replace("_", " ").capitalize()
    said = sentence(what, say) or sentence(f"{what}.", say) or what
    return (
        say("errors.problem", where=say.word(label), what=said)
        if label
        else said[:1].upper() + said[1:]
    )


@cache
def patterns() -> Mapping[str, re.Pattern[str]]:
    """The English sentences by their keys, the longest words first: a short one may match more."""
    known = {n: t for n, t in tables("en")["errors"].items() if n not in FRAMES}
    order = sorted(known, key=lambda name: -len(known[name]))
    return {name: pattern(known[name]) for name in order}


def pattern(text: str) -> re.Pattern[str]:
    pieces = (
        re.escape(words) + (f"(?P<{name}>.*?)" if name else "")
        for words, name, _, _ in Formatter().parse(text)
    )
    return re.compile("".join(pieces), re.DOTALL)
