"""How a caller's words become a task's rows, and what is said when they do not."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pipelines.errors import InvalidInput, WrongShape
from pipelines.slots import slots

Body = Mapping[str, Any]


def as_object(body: Any) -> Body:
    if not isinstance(body, Mapping):
        raise WrongShape(
            f'The body must be a JSON object such as {{"inputs": ...}}, not {body!r:.40}.'
        )
    return body


def split(model: type[BaseModel], value: Any) -> tuple[list[Any], bool]:
    """The rows of `inputs`, and whether the caller sent a list of them.

    A model with one required field also takes the bare value of that field.
    """
    required = [slot for slot in slots(model) if slot.required]
    names = set(model.model_fields)
    bare = required[0] if len(required) == 1 else None

    def is_row(item: Any) -> bool:
        return isinstance(item, Mapping) and bool(item) and item.keys() <= names

    def row(item: Any) -> Any:
        return item if bare is None or is_row(item) else {bare.name: item}

    many = isinstance(value, list) and bool(value)
    if many and bare is not None and bare.is_list:  # then a list may be the value of one row
        many = isinstance(value[0], list) or is_row(value[0])
    return ([row(item) for item in value], True) if many else ([row(value)], False)


def explain(
    error: ValidationError, model: type[BaseModel], where: str, wanted: str
) -> InvalidInput:
    """One sentence per problem, each naming the field and what is allowed."""
    problems = error.errors(include_url=False, include_input=False)
    unknown = {str(p["loc"][0]) for p in problems if is_unknown(p["type"], p["loc"])}
    lines = [
        f"{'.'.join([where, *map(str, p['loc'])])}: {said(p)}"
        for p in problems
        if not is_unknown(p["type"], p["loc"])
    ]
    if unknown:
        lines.insert(0, unknown_names(where, unknown, set(model.model_fields)))
    shape = all(is_shape(p["type"], p["loc"]) for p in problems)
    text = "; ".join(line.rstrip(".") for line in lines[:5]) + "."
    return WrongShape(f"{text} {wanted}") if shape else InvalidInput(text)


def is_unknown(kind: str, loc: tuple[int | str, ...]) -> bool:
    """Whether it is about a field that there is not. Deeper in, that is a bad value."""
    return kind == "extra_forbidden" and len(loc) == 1


def is_shape(kind: str, loc: tuple[int | str, ...]) -> bool:
    """Whether an error is about which fields there are, or what type a whole field has."""
    return kind == "missing" or is_unknown(kind, loc) or (kind.endswith("_type") and len(loc) <= 1)


def with_parameters(body: Body, more: Body) -> Body:
    """`body` with `more` beside its parameters; if those are no object, `read` refuses them."""
    given = body.get("parameters")
    given = {} if given is None else given
    return {**body, "parameters": {**more, **given} if isinstance(given, Mapping) else given}


def unknown_names(where: str, unknown: Any, allowed: Any) -> str:
    known = ", ".join(sorted(allowed)) or "none"
    return f"{where} does not know {', '.join(sorted(unknown))}; allowed: {known}."


def said(problem: ErrorDetails) -> str:
    """What is wrong, as pydantic says it; where that speaks of its own workings, in plain words."""
    about = problem.get("ctx", {})
    if problem["type"] == "too_short" and "actual_length" in about:
        many, least = about["actual_length"], about["min_length"]
        return f"has {many} items, but at least {least} must be given"
    message = problem["msg"]
    return message[:1].lower() + message[1:]
