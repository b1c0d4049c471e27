"""A conversation: turns of text, and of pictures, sounds and videos where the model takes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    ValidationInfo,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core.core_schema import CoreSchema

from pipelines.kinds.files import Audio, Image, Video
from pipelines.kinds.inputs import Kind, check_items, check_text, check_unicode, limits, problem

# What media are called in a sentence, and what reads them
MEDIA = {"image": "pictures", "audio": "sounds", "video": "videos"}
READERS = {
    "image": "an image-text-to-text",
    "audio": "an audio-text-to-text",
    "video": "a video-text-to-text",
}
SHEETS = 4  # pictures of the largest allowed size that one conversation may hold together


class Part(BaseModel):
    """One piece of a message: words, or a file. OpenAI's parts (`image_url`, `input_audio`,
    `audio_url`, `video_url`) and those of Hugging Face's templates are both read as this."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["text", "image", "audio", "video"]
    text: str | None = None
    image: Image | None = None
    audio: Audio | None = None
    video: Video | None = None

    @model_validator(mode="before")
    @classmethod
    def read(cls, value: Any) -> Any:
        return as_part(value) if isinstance(value, Mapping) else value

    @model_validator(mode="after")
    def is_there(self) -> "Part":
        given = self.model_fields_set - {"type"}
        if given != {self.type} or getattr(self, self.type) is None:
            raise problem("part", f"should have {self.type!r} beside its type, and nothing else")
        return self

    @property
    def file(self) -> Any:
        """The Picture, Sound or Clip of a part that is not words."""
        return getattr(self, self.type)


def as_part(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part with its file under the name of its type, whoever's form it was written in."""
    kind = value.get("type")
    known = {key: each for key, each in value.items() if each is not None}
    if kind == "input_audio":
        return named(known, "audio", kind, "data", ("format",))
    if kind in ("image_url", "audio_url", "video_url"):
        return named(known, kind.removesuffix("_url"), kind, "url", ("detail",))
    if kind in MEDIA:
        names = ("url", "base64")
        rest = {key: each for key, each in known.items() if key not in names}
        file = [known[key] for key in names if key in known]
        return {**rest, kind: file[0]} if file else rest
    return known


def named(
    value: dict[str, Any], kind: str, outer: str, inner: str, aside: tuple[str, ...]
) -> Mapping[str, Any]:
    """OpenAI's `{"type": outer, outer: {inner: ...}}` as a part of type `kind`. How closely to look
    at a picture (`detail`) is a hint, and the model's own to say here."""
    held = value.get(outer)
    if isinstance(held, str):
        held = {inner: held}
    if not isinstance(held, Mapping) or held.get(inner) is None:
        raise problem("part", f'should have "{outer}": {{"{inner}": ...}} beside its type')
    if held.get("detail") not in (None, "auto", "low", "high"):
        raise problem("detail", 'has a "detail" that is none of "auto", "low" and "high"')
    if unknown := held.keys() - {inner, *aside}:
        raise problem("part", f"does not know {', '.join(sorted(map(str, unknown)))} in {outer}")
    rest = {key: each for key, each in value.items() if key != outer}
    return {**rest, "type": kind, kind: held[inner]}


class Called(BaseModel):
    """A tool's name, and its arguments: an object, or the JSON of one."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    name: str
    arguments: str | dict[str, Any] | None = None


class ToolCall(BaseModel):
    """A call of a tool that an earlier answer made."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str | None = None
    type: Literal["function"] = "function"
    function: Called


def form(value: Any) -> str | None:
    """Which form the content of a message has."""
    return "text" if isinstance(value, str) else "parts" if isinstance(value, list) else None


Content = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[Part], Tag("parts")],
    Discriminator(
        form,
        custom_error_type="content_form",
        custom_error_message="should be text, or a list of parts with a type each",
    ),
]


class Message(BaseModel):
    """One turn of a chat. An answer may call tools, and a turn of a tool says what came of it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Content | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None

    def parts(self) -> list[Part]:
        """Its words and files in their order."""
        if isinstance(self.content, list):
            return self.content
        return [Part(type="text", text=self.content)] if self.content else []

    def files(self) -> list[Part]:
        return [part for part in self.parts() if part.type != "text"]

    def text(self) -> str:
        return "".join(part.text or "" for part in self.parts())


@dataclass(frozen=True)
class Talk(Kind):
    """The kind of a conversation; `media` are the kinds of file that its turns may hold, which
    stand as `x-media` in the JSON schema."""

    media: tuple[str, ...] = ()

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        made = super().__get_pydantic_json_schema__(core, handler)
        return {**made, "x-media": list(self.media)} if self.media else made


def check_messages(value: list[Message], info: ValidationInfo) -> list[Message]:
    words = "\n".join(message.text() for message in value)
    files = [part for message in value for part in message.files()]
    if words.strip() or not files:
        check_text(words, info)
    for message in value:
        for part in message.parts():
            check_unicode(part.text or "")
    most = SHEETS * limits(info).pixels
    if (whole := sum(pixels(part) for part in files)) > most:
        raise problem(
            "too_large",
            f"holds pictures of {whole:,} pixels together, but at most {most:,} are allowed; "
            "send smaller ones, or begin a new conversation",
        )
    return value


def pixels(part: Part) -> int:
    if part.image is None:
        return 0
    with part.image.open() as header:
        return header.width * header.height


def only(*media: str) -> Callable[[list[Message]], list[Message]]:
    """A validator: files of these kinds alone. Of another one the conversation is no value of this
    type, so that a model which reads it otherwise may still take it."""

    def check(value: list[Message]) -> list[Message]:
        for message in value:
            for part in message.files():
                if part.type not in media:
                    kind, reader = MEDIA[part.type], READERS[part.type]
                    raise problem(
                        "media_type", f"this model reads no {kind}; choose {reader} model"
                    )
        return value

    return check


Conversation = Annotated[
    list[Message],
    Field(min_length=1),
    BeforeValidator(check_items),
    AfterValidator(check_messages),
]
Messages = Annotated[Conversation, Talk("messages"), AfterValidator(only())]
Sights = Annotated[Conversation, Talk("messages", ("image",)), AfterValidator(only("image"))]
Sounds = Annotated[Conversation, Talk("messages", ("audio",)), AfterValidator(only("audio"))]
Films = Annotated[
    Conversation, Talk("messages", ("video", "image")), AfterValidator(only("video", "image"))
]
Anything = Annotated[Conversation, Talk("messages", tuple(MEDIA)), AfterValidator(only(*MEDIA))]
