"""What a model's chat template takes, asked of the template itself."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines.model import Model

MOST_BYTES = 20_000_000  # of a file that holds a template
PROBE = "a prompt that no template has"


@lru_cache(maxsize=64)
def takes_system(model: Model) -> bool:
    """Whether a conversation may begin with a system prompt. Where nobody can say, it may: the
    model's own error will tell."""
    found = [keeps(text) for text in templates(model.path)]
    return not found or any(found)


def templates(folder: Path) -> Iterator[str]:
    """The texts of the templates in a model's folder."""
    if text := read(folder / "chat_template.jinja"):
        yield text
    for name in ("chat_template.json", "tokenizer_config.json"):
        try:
            given = json.loads(read(folder / name) or "{}").get("chat_template")
        except (ValueError, AttributeError):
            continue
        for each in given if isinstance(given, list) else [given]:
            template = each.get("template") if isinstance(each, dict) else each
            if isinstance(template, str):
                yield template


def read(file: Path) -> str:
    if not file.is_file() or file.stat().st_size > MOST_BYTES:
        return ""
    return file.read_text(encoding="utf-8", errors="replace")


def keeps(template: str) -> bool:
    """Whether a system prompt comes out of a template. It runs in a sandbox, as in transformers."""
    from jinja2.exceptions import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(message: str) -> Any:
        raise TemplateError(message)

    try:
        drawn = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        ).from_string(template)
        turns = [{"role": "system", "content": PROBE}, {"role": "user", "content": "Hi"}]
        said = drawn.render(
            messages=turns,
            add_generation_prompt=True,
            raise_exception=refuse,
            strftime_now=lambda form: "",
            bos_token="",
            eos_token="",
            tools=None,
        )
    except Exception:  # a template may do anything; this one wants more than is known here
        return "system" in template and "System role not supported" not in template
    return PROBE in said
