"""A field as widgets, schemas and snippets see it."""

from typing import Annotated

from pydantic import Field

from pipelines.kinds.inputs import Names, Text
from pipelines.kinds.messages import Messages
from pipelines.slots import Slot, slots
from pipelines.task import Params


class Everything(Params):
    text: Annotated[Text, Field(description="words", examples=["a"])] = "a"
    names: Names = Field(["a"])
    messages: Messages | None = None
    count: int = Field(3, ge=1, le=5)
    share: float | None = Field(None, gt=0, lt=1)
    flag: bool = False
    maybe: bool | None = None
    choice: Annotated[str, Field(json_schema_extra={"enum": ["a", "b"]})] = "a"
    words: list[str] = []
    one: Annotated[float, Field(ge=1, le=1)] | None = None
    none: None = None
    empty: Annotated[list[str], Field(max_length=0)] | None = None


def test_a_slot_says_what_a_field_is() -> None:
    found = {slot.name: slot for slot in slots(Everything)}
    assert {slot.name: slot.kind for slot in found.values() if not slot.fixed} == {
        "text": "text", "names": "names", "messages": "messages", "count": "number",
        "share": "number", "flag": "flag", "maybe": "flag", "choice": "choice", "words": "names",
    }  # fmt: skip
    assert [slot.name for slot in found.values() if slot.fixed] == ["one", "none", "empty"]
    assert (found["text"].description, found["text"].examples) == ("words", ("a",))
    assert (found["count"].low, found["count"].high, found["count"].whole) == (1, 5, True)
    assert (found["share"].low, found["share"].high, found["share"].whole) == (0, 1, False)
    assert found["choice"].choices == ("a", "b")
    assert (found["maybe"].default, found["flag"].default) == (None, False)


def test_a_slot_knows_files_and_lists() -> None:
    assert [Slot("a", kind, True, None, "").is_file for kind in ("image", "text")] == [True, False]
    assert [Slot("a", kind, True, None, "").is_list for kind in ("lines", "text")] == [True, False]
    assert Slot("max_new_tokens", "number", False, 1, "").label == "Max new tokens"
