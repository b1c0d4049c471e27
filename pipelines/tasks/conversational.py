"""Chat with a model. On the Hub this is a tag that a text-generation model carries."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from pipelines.kinds import FIXED, Messages, Said, said_join
from pipelines.loaders import generation
from pipelines.loaders.generation import Generator, Options, Reason
from pipelines.model import Model
from pipelines.reading import Body, with_parameters
from pipelines.task import Inputs, Params, Task

COLD = 0.001  # a temperature below means: always the likeliest token
FINISH: dict[Reason | None, str] = {
    "length": "length",
    "eos_token": "stop",
    "stop_sequence": "stop",
}


class Chat(Inputs):
    messages: Annotated[
        Messages,
        Field(
            description="Your message",
            examples=[
                [{"role": "user", "content": "What is the capital of France?"}],
                [{"role": "user", "content": "Explain in one sentence what a neural network is."}],
                [{"role": "user", "content": "Write a short poem about the sea."}],
            ],
        ),
    ]


class ChatOptions(Params):
    """OpenAI's options. Those that this model cannot honour take their neutral value alone."""

    max_tokens: int = Field(256, ge=1, le=8192, description="Longest answer, in tokens")
    temperature: float | None = Field(None, ge=0, le=2, description="0 always answers the same")
    top_p: float | None = Field(
        None, gt=0, le=1, description="Choose among this share of likelihood"
    )
    stop: list[str] = Field([], max_length=16, description="End when one of these appears")
    seed: int | None = Field(None, ge=0, lt=2**63, description="Repeat a draw exactly")
    n: Literal[1] | None = None
    frequency_penalty: Annotated[float, Field(ge=0, le=0)] | None = None
    presence_penalty: Annotated[float, Field(ge=0, le=0)] | None = None
    logprobs: Literal[False] | None = None
    top_logprobs: Literal[0] | None = None
    logit_bias: Annotated[dict[str, float], Field(max_length=0)] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None
    tool_choice: Annotated[Literal["none", "auto"], FIXED] | None = None
    tool_prompt: Annotated[str, FIXED] | None = None
    response_format: Annotated[dict[Literal["type"], Literal["text"]], FIXED] | None = None

    def options(self) -> Options:
        sampling: dict[str, Any] = {}
        if self.temperature is not None and self.temperature < COLD:
            sampling = {"do_sample": False}
        elif self.temperature is not None or self.top_p is not None:
            given = self.model_dump(include={"temperature", "top_p"}, exclude_none=True)
            sampling = {"do_sample": True, **given}
        stop = tuple(word for word in self.stop if word)
        return Options(self.max_tokens, stop=stop, seed=self.seed, sampling=sampling)


def tidy(body: Body) -> Body:
    """An OpenAI body, with messages and options at its root, is taken as well."""
    if "messages" not in body or "inputs" in body:
        return body
    options = {key: value for key, value in body.items() if key not in ("messages", "parameters")}
    if "max_completion_tokens" in options:
        options["max_tokens"] = options.pop("max_completion_tokens")
    if isinstance(options.get("stop"), str):
        options["stop"] = [options["stop"]]
    inner = {"messages": body["messages"]}
    return with_parameters({"inputs": inner, "parameters": body.get("parameters")}, options)


def run(pipe: Generator, inputs: list[Chat], params: ChatOptions) -> list[Said]:
    return [said_join(list(stream(pipe, each, params))) for each in inputs]


def stream(pipe: Generator, inputs: Chat, params: ChatOptions) -> Iterator[dict[str, Any]]:
    """The `choices` of OpenAI's chunks; the last one carries `usage` too."""
    turns = [{"role": each.role, "content": each.text()} for each in inputs.messages]
    ids = pipe.chat_tokens(turns)
    delta: dict[str, Any] = {"role": "assistant"}
    for count, step in enumerate(pipe.steps(ids, params.options()), 1):
        delta |= {"content": step.text}
        choice = {"index": 0, "delta": delta, "finish_reason": FINISH.get(step.finish)}
        yield {"choices": [choice]} | (usage(len(ids), count) if step.finish else {})
        delta = {}


def usage(prompt: int, answer: int) -> dict[str, Any]:
    counts = {"prompt_tokens": prompt, "completion_tokens": answer}
    return {"usage": {**counts, "total_tokens": prompt + answer}}


def fits(model: Model) -> bool:
    return model.chat_template and model.is_a("ForCausalLM", "LMHeadModel")


TASK = Task(
    tag="conversational",
    summary="Chat with a model",
    inputs=Chat,
    params=ChatOptions,
    output=Said,
    load={"transformers": generation.load},
    fits=fits,
    tidy=tidy,
    run=run,
    stream=stream,
    leads=True,
    default_model="HuggingFaceTB/SmolLM2-135M-Instruct",
)
