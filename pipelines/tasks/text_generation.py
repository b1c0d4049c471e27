"""Continue a text."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from pipelines.kinds import Generated, Text, generated_join
from pipelines.loaders import generation
from pipelines.loaders.generation import Generator, Options, Step
from pipelines.model import Model
from pipelines.task import Inputs, Params, Task


class Prompt(Inputs):
    text: Annotated[
        Text,
        Field(
            description="Text to continue",
            examples=["Once upon a time,", "My name is Julien and I like to"],
        ),
    ]


class GenerationOptions(Params):
    """text-generation-inference's parameters. Those that only its own server can honour take
    their neutral value alone."""

    max_new_tokens: int = Field(100, ge=1, le=8192, description="Longest answer, in tokens")
    temperature: float | None = Field(
        None, ge=0.001, le=100, description="Above 1 bolder, below tamer"
    )
    top_p: float | None = Field(
        None, gt=0, le=1, description="Choose among this share of likelihood"
    )
    top_k: int | None = Field(None, ge=1, description="Choose among so many tokens")
    typical_p: float | None = Field(None, gt=0, le=1, description="Typical decoding mass")
    do_sample: bool | None = Field(None, description="Draw tokens instead of taking the likeliest")
    repetition_penalty: float | None = Field(None, gt=0, le=100, description="Above 1 repeats less")
    stop: list[str] = Field([], max_length=16, description="End when one of these appears")
    seed: int | None = Field(None, ge=0, lt=2**63, description="Repeat a draw exactly")
    return_full_text: bool = Field(False, description="Put the prompt before the answer")
    truncate: int | None = Field(None, ge=1, description="Keep only the last so many prompt tokens")
    details: bool = Field(False, description="Send tokens and the reason of the end")
    decoder_input_details: Literal[False] | None = None
    best_of: Literal[1] | None = None
    watermark: Literal[False] | None = None
    top_n_tokens: Literal[0] | None = None
    frequency_penalty: Annotated[float, Field(ge=0, le=0)] | None = None
    adapter_id: None = None
    grammar: None = None

    def options(self) -> Options:
        return Options(
            max_new_tokens=self.max_new_tokens,
            stop=tuple(word for word in self.stop if word),
            seed=self.seed,
            keep_stop=True,
            sampling=self.sampling(),
        )

    def sampling(self) -> dict[str, Any]:
        """Asking for a temperature or a cut asks for drawing, as in text-generation-inference."""
        names = {"temperature", "top_p", "top_k", "typical_p"}
        chosen = self.model_dump(include=names, exclude_none=True)
        draw = bool(chosen) if self.do_sample is None else self.do_sample
        given: dict[str, Any] = {"do_sample": True, **chosen} if draw else {}
        if self.do_sample is False:
            given["do_sample"] = False
        if self.repetition_penalty is not None:
            given["repetition_penalty"] = self.repetition_penalty
        return given


def run(pipe: Generator, inputs: list[Prompt], params: GenerationOptions) -> list[Generated]:
    return [generated_join(list(stream(pipe, each, params))) for each in inputs]


def stream(pipe: Generator, inputs: Prompt, params: GenerationOptions) -> Iterator[dict[str, Any]]:
    """text-generation-inference's events: one per token, the last with the whole text."""
    ids = pipe.tokens(inputs.text, params.truncate)
    written = [inputs.text] if params.return_full_text else []
    steps: list[Step] = []
    for step in pipe.steps(ids, params.options()):
        steps.append(step)
        written.append(step.text)
        yield {
            "index": len(steps),
            "token": token(step),
            "generated_text": "".join(written) if step.finish else None,
            "details": details(steps, ids, params) if step.finish else None,
        }


def token(step: Step) -> dict[str, Any]:
    return {"id": step.id, "text": step.text, "logprob": step.logprob, "special": step.special}


def details(steps: list[Step], ids: list[int], params: GenerationOptions) -> dict[str, Any] | None:
    if not params.details:
        return None
    return {
        "finish_reason": steps[-1].finish,
        "generated_tokens": len(steps),
        "input_length": len(ids),
        "seed": params.seed,
        "prefill": [],
        "tokens": [token(step) for step in steps],
    }


def fits(model: Model) -> bool:
    return model.is_a("ForCausalLM", "LMHeadModel")


TASK = Task(
    tag="text-generation",
    summary="Continue a text",
    inputs=Prompt,
    params=GenerationOptions,
    output=Generated,
    load={"transformers": generation.load},
    fits=fits,
    run=run,
    stream=stream,
    default_model="HuggingFaceTB/SmolLM2-135M-Instruct",
)
