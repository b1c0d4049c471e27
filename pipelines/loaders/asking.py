"""How an answer in a conversation is asked for: OpenAI's options."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.kinds.inputs import FIXED, Kind, Word, problem
from pipelines.loaders.clips import Looks
from pipelines.loaders.grammars import NO_INPUT, Format, grammar_of, of_schema
from pipelines.loaders.penalties import Biases
from pipelines.loaders.steps import Options
from pipelines.reading import Body, with_parameters
from pipelines.task import Params

MOST_ANSWERS = 128
SEEDS = 2**63
COLD = 0.001  # a temperature below means: always the likeliest token


class Function(BaseModel):
    """A function that a model may call; `parameters` is a JSON schema."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None


class Tool(BaseModel):
    """A tool in OpenAI's form."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    type: Literal["function"]
    function: Function


class Name(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    name: str


class Chosen(BaseModel):
    """The function that the model must call."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["function"] = "function"
    function: Name


class ChatOptions(Params):
    """OpenAI's options. Those that this model cannot honour take their neutral value alone."""

    max_tokens: int = Field(256, ge=1, le=8192, description="Longest answer, in tokens")
    temperature: float | None = Field(None, ge=0, le=2, description="0 always answers the same")
    top_p: float | None = Field(
        None, gt=0, le=1, description="Choose among this share of likelihood"
    )
    stop: list[Word] = Field([], max_length=16, description="End when one of these appears")
    seed: int | None = Field(None, ge=0, lt=SEEDS, description="Repeat a draw exactly")
    n: Annotated[int, Field(ge=1, le=MOST_ANSWERS), FIXED] | None = Field(
        None, description="How many answers to write, each from a seed of its own"
    )
    frequency_penalty: float | None = Field(
        None, ge=-2, le=2, description="Above 0 avoids what the answer has often"
    )
    presence_penalty: float | None = Field(
        None, ge=-2, le=2, description="Above 0 avoids what the answer has at all"
    )
    logprobs: bool | None = Field(None, description="Send how likely each token was")
    top_logprobs: int | None = Field(
        None, ge=0, le=20, description="With logprobs, send so many of the likeliest of each place"
    )
    tools: Annotated[list[Tool], Kind("json")] | None = Field(
        None, description="Functions that the model may call"
    )
    tool_choice: Literal["none", "auto", "required"] | Annotated[Chosen, FIXED] | None = Field(
        None, description="Whether the model may call tools, or must"
    )
    parallel_tool_calls: Annotated[bool, FIXED] | None = Field(
        None, description="Whether one answer may hold several calls; if not, the first counts"
    )
    logit_bias: Biases | None = Field(
        None, description="Added to the scores of tokens by their ids"
    )
    tool_prompt: Annotated[str, FIXED] | None = None
    response_format: Format | None = Field(
        None, description="What the answer must look like: a JSON schema, or a regular expression"
    )

    @model_validator(mode="after")
    def likely(self) -> "ChatOptions":
        if self.top_logprobs and not self.logprobs:
            raise problem("logprobs", "top_logprobs needs logprobs=true beside it")
        return self

    @model_validator(mode="after")
    def callable(self) -> "ChatOptions":
        """A call that must be made is one of a tool that there is, and an answer is one thing."""
        names = [each.function.name for each in self.tools or ()]
        if isinstance(self.tool_choice, Chosen) and self.tool_choice.function.name not in names:
            known = ", ".join(names) or "none"
            raise problem("tool_choice", f"tool_choice names no tool; tools has: {known}")
        if self.tool_choice == "required" and not names:
            raise problem("tool_choice", "tool_choice required needs tools beside it")
        if self.functions() and self.response_format and self.response_format["type"] != "text":
            raise problem(
                "response_format",
                'response_format goes with no tools that may be called; send tool_choice "none", '
                "or leave one of them out",
            )
        for each in self.forced():
            check_tool(each["function"])
        return self

    def forced(self) -> list[dict[str, Any]]:
        """The tools of which the model must call one; none where it is free."""
        if isinstance(self.tool_choice, Chosen):
            name = self.tool_choice.function.name
            return [each for each in self.functions() if each["function"]["name"] == name]
        return self.functions() if self.tool_choice == "required" else []

    def functions(self) -> list[dict[str, Any]]:
        """The tools that the model may call, as templates take them."""
        tools = () if self.tool_choice == "none" else self.tools or ()
        return [each.model_dump(exclude_none=True) for each in tools]

    def options(self, draw: int = 0) -> Options:
        """How to write the answer; of several, the one of number `draw`."""
        sampling: dict[str, Any] = {}
        if self.temperature is not None and self.temperature < COLD:
            sampling = {"do_sample": False}
        elif self.temperature is not None or self.top_p is not None:
            given = self.model_dump(include={"temperature", "top_p"}, exclude_none=True)
            sampling = {"do_sample": True, **given}
        stop = tuple(word for word in self.stop if word)
        return Options(
            self.max_tokens,
            stop=stop,
            seed=None if self.seed is None else (self.seed + draw) % SEEDS,
            sampling=sampling,
            frequency=self.frequency_penalty or 0.0,
            presence=self.presence_penalty or 0.0,
            top=self.top_logprobs or 0,
            bias={int(id): add for id, add in (self.logit_bias or {}).items()},
            grammar=grammar_of(self.response_format) if self.response_format else None,
        )

    def looks(self) -> Looks:
        """How many frames of a video to look at."""
        return Looks()


class FilmOptions(ChatOptions):
    """With how closely to look at videos."""

    num_frames: int | None = Field(
        None, ge=1, le=512, description="Frames of each video to look at, evenly spread"
    )
    fps: float | None = Field(
        None, gt=0, le=60, description="Frames of each second of video to look at"
    )

    @model_validator(mode="after")
    def one_of_them(self) -> "FilmOptions":
        if self.num_frames and self.fps:
            raise problem("fps", "num_frames and fps are two ways to say the same; send one")
        return self

    def looks(self) -> Looks:
        return Looks(self.num_frames, self.fps)


def check_tool(function: Mapping[str, Any]) -> None:
    """Raises pydantic's error for a function whose arguments no grammar can rule."""
    try:
        of_schema(function.get("parameters") or NO_INPUT)
    except ValueError as error:
        raise problem("tools", f"tools: the parameters of {function['name']}: {error}") from error


def tidy(body: Body) -> Body:
    """An OpenAI body, with messages and options at its root, is taken as well, and one question
    as `{"inputs": {"image": ..., "text": ...}}`."""
    if "messages" not in body or "inputs" in body:
        return {**body, "inputs": one_question(body["inputs"])} if "inputs" in body else body
    options = {key: value for key, value in body.items() if key not in ("messages", "parameters")}
    if (most := options.pop("max_completion_tokens", None)) is not None:
        options["max_tokens"] = most
    if isinstance(options.get("stop"), str):
        options["stop"] = [options["stop"]]
    inner = {"messages": body["messages"]}
    return with_parameters({"inputs": inner, "parameters": body.get("parameters")}, options)


def one_question(inputs: Any) -> Any:
    """Files by their kind, and words, as a conversation; other inputs as they are."""
    kinds = ("image", "audio", "video", "text")
    if not isinstance(inputs, Mapping) or not inputs or not inputs.keys() <= set(kinds):
        return inputs
    content = [{"type": kind, kind: inputs[kind]} for kind in kinds if kind in inputs]
    return {"messages": [{"role": "user", "content": content}]}
