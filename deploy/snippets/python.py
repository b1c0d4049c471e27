"""What snippets in Python share."""

import ast
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from deploy.snippets.ask import TOKEN, Ask, Snippet
from deploy.snippets.files import File, expression
from deploy.snippets.notation import PYTHON, Code

VARIABLE = f'os.environ["{TOKEN}"]'
READ = '''
def read(name):
    """A file in base64."""
    return base64.b64encode(Path(name).read_bytes()).decode()


'''
# What is imported for a name, in the order of the lines
STANDARD = {
    "base64": "import base64",
    "json": "import json",
    "os": "import os",
    "wave": "import wave",
    "Path": "from pathlib import Path",
}
encoded = expression('read("{}")')


def data_url(file: File) -> Code:
    """An address that holds the file itself."""
    return Code(f'"data:{file.mime};base64," + read("{file.name}")')


def snippet(ask: Ask, imports: Iterable[str], code: str) -> Snippet:
    """The whole: what `code` needs of the standard library, `imports`, and `code`."""
    if "read" in names(code):
        code = READ + code
    known = names(code)
    own = [line for name, line in STANDARD.items() if name in known]
    head = "\n\n".join("\n".join(lines) for lines in (own, list(imports)) if lines)
    return Snippet("python", f"{head}\n\n{code}\n", ask.files)


def names(code: str) -> set[str]:
    """The names that it uses: what stands in its texts is none."""
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}


def call(name: str, arguments: Sequence[str]) -> str:
    """In one line where it fits."""
    return PYTHON.enclosed(f"{name}(", arguments, ")")


def arguments(given: Mapping[str, Any]) -> list[str]:
    """Those of a call by their names."""
    return [f"{name}={PYTHON.write(value, 1, len(name) + 1)}" for name, value in given.items()]
