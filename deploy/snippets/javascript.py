"""What snippets in JavaScript share."""

import re
from collections.abc import Iterable

from deploy.snippets.ask import TOKEN, Ask, Snippet
from deploy.snippets.files import File, expression
from deploy.snippets.notation import JAVASCRIPT, WIDTH, Code

VARIABLE = f"process.env.{TOKEN}"
IMPORT = 'import {{ {} }} from "node:fs";'
encoded = expression('readFileSync("{}", "base64")')


def data_url(file: File) -> Code:
    """An address that holds the file itself."""
    return Code(f'"data:{file.mime};base64," + {encoded(file).text}')


def blob(file: File) -> Code:
    return Code(f'new Blob([readFileSync("{file.name}")], {{ type: "{file.mime}" }})')


def snippet(ask: Ask, imports: Iterable[str], code: str) -> Snippet:
    """The whole: `imports`, what `code` needs to read and write files, and `code`."""
    known = names(code)
    used = [name for name in ("readFileSync", "writeFileSync") if name in known]
    own = [IMPORT.format(", ".join(used))] if used else []
    head = "\n".join([*imports, *own])
    return Snippet("javascript", f"{head}\n\n{code.rstrip()}\n".lstrip(), ask.files)


def names(code: str) -> set[str]:
    """The names that it uses, beside some that are none; what stands in its texts is left out."""
    return set(re.findall(r"\w+", re.sub(r'"(?:[^"\\]|\\.)*"', "", code)))


def call(name: str, *values: object) -> str:
    """In one line where it fits; an object that is the last argument keeps its braces close."""
    if not values:
        return f"{name}()"
    *first, last = values
    start = f"{name}({', '.join(map(written, first))}{', ' if first else ''}"
    line = f"{start}{JAVASCRIPT.write(last, 0, len(start))})"
    if len(line.partition("\n")[0]) <= WIDTH:
        return line
    return JAVASCRIPT.enclosed(f"{name}(", [JAVASCRIPT.write(each, 1) for each in values], ")")


def written(value: object) -> str:
    return JAVASCRIPT.write(value)
