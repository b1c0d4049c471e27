"""Inputs and parameters that several tasks share."""

from typing import Annotated

from pydantic import AfterValidator, Field

from pipelines.kinds import files as kinds
from pipelines.kinds.inputs import Line, Text, problem
from pipelines.reading import Body
from pipelines.task import Inputs, Params


class NoOptions(Params):
    """A task without parameters."""


class Picture(Inputs):
    """One picture."""

    image: Annotated[
        kinds.Image, Field(description="A picture", examples=["cat.jpg", "coffee.jpg"])
    ]


class QuestionAndPicture(Inputs):
    """A question about a picture."""

    question: Annotated[
        Line, Field(description="What you want to know", examples=["What animal is this?"])
    ]
    image: Annotated[kinds.Image, Field(description="A picture", examples=["cat.jpg"])]


class Recording(Inputs):
    """One recording."""

    audio: Annotated[kinds.Audio, Field(description="A recording", examples=["speech.flac"])]


class Footage(Inputs):
    """One video."""

    video: Annotated[kinds.Video, Field(description="A video", examples=["walk.mp4"])]


class Instruction(Inputs):
    """A picture, and what is to become of it."""

    prompt: Annotated[
        Text,
        Field(
            description="What is to be made of the picture, or without one",
            examples=["Make it snow", "The steam rises from the cup"],
        ),
    ]
    image: Annotated[
        kinds.Image | None,
        Field(description="A picture to begin with", examples=["cat.jpg", "coffee.jpg"]),
    ] = None


def prompt_as_input(body: Body) -> Body:
    """The Hub's specification has the picture as `inputs`, or none, and the words among the
    parameters."""
    parameters, inputs = body.get("parameters"), body.get("inputs")
    if not isinstance(parameters, dict) or not isinstance(parameters.get("prompt"), str):
        return body
    rest = {key: value for key, value in parameters.items() if key != "prompt"}
    if not parameters["prompt"].strip():  # as if it were left out
        return {**body, "parameters": rest}
    named = {"prompt": parameters["prompt"]}
    if isinstance(inputs, dict):
        named |= inputs
    elif inputs is not None:
        named["image"] = inputs
    return {**body, "inputs": named, "parameters": rest}


def check_template(value: str) -> str:
    if value.count("{}") != 1 or set("{}") & set(value.replace("{}", "")):
        raise problem("template", "must have {} once, where the label goes, and no other brace")
    return value


Template = Annotated[str, AfterValidator(check_template)]


def fill(template: str, label: str) -> str:
    return template.replace("{}", label)


def labels_as_input(body: Body, field: str) -> Body:
    """Clients send `candidate_labels` as a parameter; here they are an input, beside `field`, which
    the page asks for. Some name that field too."""
    parameters = body.get("parameters")
    if not isinstance(parameters, dict) or "candidate_labels" not in parameters:
        return body
    rest = {key: value for key, value in parameters.items() if key != "candidate_labels"}
    labels, inputs = parameters["candidate_labels"], body.get("inputs")
    rows = inputs if isinstance(inputs, list) else [inputs]
    named = [
        {"candidate_labels": labels, **(row if isinstance(row, dict) else {field: row})}
        for row in rows
    ]
    return {**body, "inputs": named if isinstance(inputs, list) else named[0], "parameters": rest}


def question_at_root(body: Body) -> Body:
    """huggingface_hub sends `question` at the root of the body, and the picture twice: as `image`
    and as `inputs`."""
    if "question" not in body:
        return body
    rest = {key: value for key, value in body.items() if key not in ("question", "image")}
    picture = body.get("image") or body.get("inputs")
    return {**rest, "inputs": {"question": body["question"], "image": picture}}


def table_at_root(body: Body) -> Body:
    """huggingface_hub sends `table` at the root of the body instead of `inputs`."""
    if "table" not in body or "inputs" in body:
        return body
    rest = {key: value for key, value in body.items() if key != "table"}
    return {**rest, "inputs": {"data": body["table"]}}
