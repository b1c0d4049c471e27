"""The Markdown pages of this repository, and the code in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HERE = "http://127.0.0.1:7860"  # where a snippet thinks the server is


@dataclass(frozen=True)
class Snippet:
    """A fenced block: its page, the line it begins on, its language and its text."""

    page: Path
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    def against(self, server: str) -> str:
        return self.code.replace(HERE, server)


def snippets(language: str) -> list[Snippet]:
    return [
        Snippet(page, text.count("\n", 0, found.start()) + 1, language, found[2])
        for page in PAGES
        for text in [page.read_text(encoding="utf-8")]
        for found in FENCE.finditer(text)
        if found[1] == language
    ]
