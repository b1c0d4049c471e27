"""Where two clients of one protocol want different shapes of the same result.

Source: the response checks of @huggingface/inference 4.13, which are stricter than Python's.
"""

from typing import Any

from fastapi import Request

JAVASCRIPT = "@huggingface/inference"


def said_to(request: Request, value: Any) -> Any:
    """`value` as the caller's own client takes it: to JavaScript's a text made of a file is one
    object, to Python's a list of one."""
    if not request.headers.get("user-agent", "").startswith(JAVASCRIPT):
        return value
    if isinstance(value, list) and len(value) == 1 and is_generated(value[0]):
        return value[0]
    return value


def is_generated(value: Any) -> bool:
    return isinstance(value, dict) and "generated_text" in value
