"""A command for curl, to be run where its files are."""

import json
import shlex
from typing import Any

from deploy.snippets.ask import TOKEN, Ask, Snippet
from deploy.snippets.notation import Code, visible

BEARER = f'-H "Authorization: Bearer ${TOKEN}"'
JSON = "-H 'Content-Type: application/json'"
LONGEST = 50_000  # characters of one argument; Linux takes 128 KB
WORD = "END"  # ends the body: JSON is one line, which begins with a brace


def snippet(ask: Ask) -> Snippet:
    body = whole(ask) or [JSON, *in_json(ask)]
    lines = [shlex.quote(ask.url), *([BEARER] if ask.token else []), *output(ask), *body]
    return Snippet("shell", "curl " + " \\\n  ".join(lines), ask.files)


def output(ask: Ask) -> list[str]:
    if ask.stream:
        return ["--no-buffer"]
    if not ask.makes_files:
        return []
    return ["--output " + ("answer.json" if ask.several else ask.answer)]


def whole(ask: Ask) -> list[str]:
    """The body that is one file and nothing else."""
    if not ask.lone:
        return []
    return [f"-H 'Content-Type: {ask.lone.mime}'", f"--data-binary @{ask.lone.name}"]


def in_json(ask: Ask) -> list[str]:
    """The body as JSON; files go into it by the shell, since no argument may be as long as one."""
    body = ask.body(lambda file: Code(f"$(base64 < {file.name} | tr -d '\\n')"))
    text = one_line(body)
    if not ask.files and len(text) <= LONGEST:
        return [f"-d {shlex.quote(text)}"]
    text = one_line(body, shell=True)
    return [f"--data-binary @- <<{WORD}\n{text}\n{WORD}"]


def one_line(value: Any, shell: bool = False) -> str:
    """JSON. In a `shell`, what it would read as its own is escaped, but for the code of files."""
    if isinstance(value, Code):
        return f'"{value.text}"'
    if isinstance(value, dict):
        pairs = (f"{one_line(str(k), shell)}: {one_line(v, shell)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(one_line(each, shell) for each in value)}]"
    text = visible(json.dumps(value, ensure_ascii=False))
    return escape(text) if shell else text


def escape(text: str) -> str:
    """A text in a here-document."""
    return "".join(f"\\{each}" if each in "\\$`" else each for each in text)
