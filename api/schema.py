"""The OpenAPI side of the task records: what each takes and gives, from its own models."""

from collections.abc import Sequence
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model

from api.openai import Exchange as Chat
from pipelines import encode, films, pictures, solids
from pipelines.kinds.outputs import output_kind
from pipelines.kinds.shapes import Media
from pipelines.registry import TASKS
from pipelines.slots import slots
from pipelines.task import Task

REF = "#/components/schemas/{model}"
Schema = dict[str, Any]
# What a file is sent as, and what it may come back as, by kind
SENT = {"image": "image/*", "audio": "audio/*", "video": "video/*"}
MADE: dict[str, Sequence[str]] = {
    "images": tuple(pictures.FORMATS),
    "audio": tuple(encode.FORMATS),
    "video": (films.MIME,),
    "solid": tuple(solids.BEGINNINGS.values()),
}
BYTES: Schema = {"type": "string", "format": "binary"}


class Options(BaseModel):
    """The classic API's options."""

    wait_for_model: bool | None = None
    use_cache: bool | None = None


class Blob(BaseModel):
    """A file in base64."""

    blob: Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]
    type: str = Field(alias="content-type")


def title(task: Task) -> str:
    return task.tag.title().replace("-", "")


# What goes in -----------------------------------------------------------------------------------


def body_model(task: Task) -> type[BaseModel]:
    """`{"inputs": ..., "parameters": {...}}`: one input or a list of them; a task that asks for one
    field also takes its bare value."""
    row: Any = named(f"{title(task)}Inputs", task.inputs)
    required = [slot.name for slot in slots(task.inputs) if slot.required]
    one = row | bare(task.inputs.model_fields[required[0]]) if len(required) == 1 else row
    more: dict[str, Any] = {"stream": (bool, False)} if task.stream else {}
    body: type[BaseModel] = create_model(
        f"{title(task)}Body",
        __config__=ConfigDict(extra="forbid"),
        __doc__=f"{task.summary}.",
        inputs=(one | Annotated[list[one], Field(min_length=1)], ...),  # type: ignore[valid-type]
        parameters=(named(f"{title(task)}Parameters", task.params) | None, None),
        options=(Options | None, None),
        **more,
    )
    return body


def named(name: str, model: type[BaseModel]) -> type[BaseModel]:
    """The same model by a name that no other task's has."""
    made: type[BaseModel] = create_model(name, __base__=model, __doc__=model.__doc__)
    return made


def bare(field: Any) -> Any:
    """The type of a pydantic field with its metadata, as it was written."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def chat_model(task: Task) -> type[BaseModel]:
    """OpenAI's body of a chat: what a task takes, side by side with what is about the exchange."""
    made: type[BaseModel] = create_model(
        f"{title(task)}Chat",
        __base__=(Chat, named("Said", task.inputs), named("How", task.params)),
        __doc__=f"{task.summary}.",
        stop=(str | task.params.model_fields["stop"].annotation, []),
        max_completion_tokens=(int | None, Field(None, ge=1, description="The same as max_tokens")),
    )
    return made


def chats() -> list[Task]:
    return [task for task in TASKS.values() if output_kind(task.output).name == "message"]


# What comes out ---------------------------------------------------------------------------------


def is_file(task: Task) -> bool:
    """Whether the answer to one input is a file, or several."""
    return Media in (task.output.__origin__, *get_args(task.output.__origin__))


def mimes(task: Task) -> Sequence[str]:
    """The types of file that an answer may be."""
    kind = output_kind(task.output)
    return MADE[kind.name] if is_file(task) else MADE["images"] if kind.file else ()


def result(task: Task) -> Any:
    """The type of what JSON carries for one input."""
    return Blob | list[Blob] if is_file(task) else task.output


def keys() -> list[tuple[str, Any, Any]]:
    """What is to be described: a name, whether it goes in or out, and the type."""
    bodies = [(f"{title(t)}Body", "validation", body_model(t)) for t in TASKS.values()]
    talks = [(f"{title(t)}Chat", "validation", chat_model(t)) for t in chats()]
    results = [(f"{title(t)}Result", "serialization", result(t)) for t in TASKS.values()]
    return [*bodies, *talks, *results]


def definitions(more: dict[str, Any]) -> dict[str, Schema]:
    """The schemas of all tasks, and of `more` types by their names, for `components`."""
    told = [*keys(), *((name, "serialization", kind) for name, kind in more.items())]
    found, document = TypeAdapter.json_schemas(
        [(name, mode, TypeAdapter(kind)) for name, mode, kind in told], ref_template=REF
    )
    known: dict[str, Schema] = document.get("$defs", {})
    whole = known | {name: each for (name, _), each in found.items() if name not in known}
    return {name: warned(without_files(each)) for name, each in whole.items()}


def warned(schema: Schema) -> Schema:
    """An answer whose fields are named by the caller has `warnings` beside them."""
    if not isinstance(schema.get("additionalProperties"), dict) or "properties" in schema:
        return schema
    warnings = {"type": "array", "items": {"type": "string"}}
    return {**schema, "properties": {"warnings": warnings}}


def without_files(schema: Any) -> Any:
    """The same without examples that name files: whoever reads it does not have them."""
    if isinstance(schema, list):
        return list(map(without_files, schema))
    if not isinstance(schema, dict):
        return schema
    named = schema.get("x-kind") in (*SENT, "images") or schema.get("x-media")
    return {
        key: without_files(value)
        for key, value in schema.items()
        if not (named and key == "examples")
    }


def ref(name: str) -> Schema:
    return {"$ref": REF.format(model=name)}


def answer_of(task: Task) -> Schema:
    """What JSON carries for a call: one result, or a list of them for a list of inputs."""
    one = ref(f"{title(task)}Result")
    many = {"type": "array", "items": one}
    return many if task.listed else {"anyOf": [one, many]}


def files_in(task: Task) -> list[str]:
    """The types of file that may be the whole body: of a task that takes one, its other inputs
    among the parameters."""
    files = [slot.kind for slot in slots(task.inputs) if slot.is_file and slot.required]
    return [SENT[files[0]]] if len(files) == 1 else []
