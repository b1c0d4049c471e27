"""What an answer must look like, a JSON schema or a regular expression, as a grammar of llguidance.

Sources: OpenAI's `response_format`, and `grammar` of text-generation-inference, which
huggingface_hub also writes into `response_format`.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from pipelines.kinds.inputs import Kind, problem
from pipelines.loaders.schemas import check_work

MOST = 100_000  # characters of a schema or an expression
ANY_OBJECT: dict[str, Any] = {"type": "object"}
# Of a function that says nothing of its arguments
NO_INPUT: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
FORMS = "text, json_object, json_schema, or regex with a value"
# Small models fill endless lines where white space is free.
WRITTEN: Any = {
    "whitespace_flexible": False,
    "item_separator": ", ",
    "key_separator": ": ",
    "lenient": False,
    "coerce_one_of": False,
}


def check(value: dict[str, Any]) -> dict[str, Any]:
    """Raises pydantic's error for what is no grammar, or one that cannot be held to."""
    try:
        grammar_of(value)
    except ValueError as error:
        raise problem("grammar", str(error)) from error
    return value


Format = Annotated[dict[str, Any], Kind("json"), AfterValidator(check)]


def grammar_of(value: Mapping[str, Any]) -> str | None:
    """The grammar that a `response_format` or a `grammar` means; None for free text.

    Raises ValueError, with what is wrong.
    """
    kind = value.get("type")
    if unknown := value.keys() - {"type", "value", "json_schema"}:
        raise ValueError(f"does not know {', '.join(sorted(unknown))}")
    if kind == "text":
        return None
    if kind == "regex":
        return of_regex(value.get("value"))
    if kind == "json_schema":
        return of_schema(named(value.get("json_schema", value.get("value"))))
    if kind == "json_object":
        return of_schema(value.get("value", ANY_OBJECT))
    if kind == "json":
        return of_schema(value.get("value"))
    raise ValueError(f"type should be {FORMS}, not {kind!r}")


def named(held: Any) -> Any:
    """The schema in OpenAI's `{"name", "schema", "strict"}`, or a bare one."""
    if not isinstance(held, Mapping):
        return held
    ours = held.keys() <= {"name", "schema", "strict", "description"} and "name" in held
    return held.get("schema") or ANY_OBJECT if ours or "schema" in held else held


def of_regex(value: Any) -> str:
    from llguidance import LLMatcher

    if not isinstance(value, str) or not value:
        raise ValueError('a regex is written as {"type": "regex", "value": "[0-9]+"}')
    check_length(value)
    return proven(LLMatcher.grammar_from_regex(value))


def of_schema(value: Any) -> str:
    return proven(json_grammar(schema(value)))


def schema(value: Any) -> dict[str, Any]:
    """A JSON schema, which may be written as text. Raises ValueError for what is none."""
    if isinstance(value, str):
        check_length(value)
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ValueError(f"the schema is no JSON: {error}") from error
    if not isinstance(value, Mapping):
        raise ValueError('needs a JSON schema, such as {"type": "object", "properties": {...}}')
    check_length(json.dumps(value))
    check_work(value)
    return dict(value)


def json_grammar(value: Mapping[str, Any]) -> str:
    from llguidance import LLMatcher

    made: str = LLMatcher.grammar_from_json_schema(json.dumps(value), overrides=WRITTEN)
    return made


def check_length(text: str) -> None:
    if len(text) > MOST:
        raise ValueError(f"has {len(text):,} characters, but at most {MOST:,} are allowed")


def proven(grammar: str) -> str:
    """The same. Raises ValueError with what llguidance says of one that it cannot hold to."""
    from llguidance import LLMatcher

    if said := LLMatcher.validate_grammar(grammar, limits=limits()):
        raise ValueError(f"cannot be held to: {first_lines(said)}")
    return grammar


def limits() -> Any:
    """How much work and memory one grammar may take, at its start and at each token."""
    from llguidance import LLParserLimits

    return LLParserLimits(verbose_errors=False, max_lexer_states=50_000)


def first_lines(text: str, most: int = 300) -> str:
    return " ".join(text.split())[:most]
