"""The files among what is asked: found, named, and put into code."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from deploy.snippets.notation import Code

LONGEST = 60  # characters of a file's name


@dataclass(frozen=True)
class File:
    """A file that a snippet reads by `name`, from the folder where it runs."""

    path: Path
    name: str

    @property
    def mime(self) -> str:
        return guess_type(self.name)[0] or "application/octet-stream"

    @property
    def kind(self) -> str:
        return self.mime.partition("/")[0]


def plain(name: str) -> str:
    """A file's name without anything that a shell, a URL or a language reads as its own."""
    kept = re.sub(r"[^\w.]+", "-", name)[-LONGEST:].strip("-.")
    return kept or "file"


def free(name: str, taken: Iterable[str]) -> str:
    """`name`, counted where another file has it."""
    known, path = set(taken), Path(name)
    names = (f"{path.stem}-{at}{path.suffix}" for at in count(2))
    return name if name not in known else next(each for each in names if each not in known)


def paths(value: Any) -> Iterator[Path]:
    if isinstance(value, Path):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from paths(each)
    elif isinstance(value, list):
        for each in value:
            yield from paths(each)


def filled(value: Any, files: Sequence[File], put: Callable[[File], Any]) -> Any:
    if isinstance(value, Path):
        return put(next(file for file in files if file.path == value))
    if isinstance(value, Mapping):
        return {name: filled(each, files, put) for name, each in value.items()}
    return [filled(each, files, put) for each in value] if isinstance(value, list) else value


def expression(template: str) -> Callable[[File], Code]:
    """Code for a file, `{}` standing for its name: `plain` leaves nothing to be quoted in it."""
    return lambda file: Code(template.format(file.name))
