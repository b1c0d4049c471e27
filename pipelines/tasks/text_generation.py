"""Continue a text."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from pipelines.errors import InvalidInput
from pipelines.kinds.inputs import FIXED, Text, Word
from pipelines.kinds.outputs import Generated, generated_join
from pipelines.loaders import generation
from pipelines.loaders.families import continues, encodes
from pipelines.loaders.generation import Generator, Options, Step, Token
from pipelines.loaders.grammars import Format, grammar_of
from pipelines.loaders.penalties import Biases
from pipelines.loaders.prompts import prompt
from pipelines.model import Model
from pipelines.task import Inputs, Params, Task

MOST_PREFILL = 1024  # prompt tokens whose log probabilities are told: each needs a whole vocabulary


class Prompt(Inputs):
    text: Annotated[
        Text,
        Field(
            description="Text to continue",
            examples=["Once upon a time,", "My name is Julien and I like to"],
        ),
    ]


class GenerationOptions(Params):
    """text-generation-inference's parameters, and two of OpenAI's. Those that only its own server
    can honour take their neutral value alone."""

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
    frequency_penalty: float | None = Field(
        None, ge=-2, le=2, description="Above 0 avoids what the answer has often"
    )
    presence_penalty: Annotated[float, Field(ge=-2, le=2), FIXED] | None = Field(
        None, description="Above 0 avoids what the answer has at all"
    )
    logit_bias: Biases | None = Field(
        None, description="Added to the scores of tokens by their ids"
    )
    stop: list[Word] = Field([], max_length=16, description="End when one of these appears")
    seed: int | None = Field(None, ge=0, lt=2**63, description="Repeat a draw exactly")
    best_of: int | None = Field(
        None, ge=1, le=8, description="Draw so many answers, send the likeliest"
    )
    return_full_text: bool = Field(False, description="Put the prompt before the answer")
    truncate: int | None = Field(
        None, ge=1, le=1_000_000, description="Keep only the last so many prompt tokens"
    )
    details: bool = Field(False, description="Send tokens and the reason of the end")
    decoder_input_details: bool | None = Field(
        None, description="With details, send the tokens of the prompt too"
    )
    top_n_tokens: int | None = Field(
        None, ge=0, le=20, description="Send so many of the likeliest tokens of each place"
    )
    watermark: Literal[False] | None = None
    adapter_id: None = None
    grammar: Format | None = Field(
        None, description="What the answer must be: a JSON schema, or a regular expression"
    )

    def options(self, draw: int = 0) -> Options:
        """How to write the answer; of several, the one of number `draw`."""
        return Options(
            max_new_tokens=self.max_new_tokens,
            stop=tuple(word for word in self.stop if word),
            seed=None if self.seed is None else (self.seed + draw) % 2**63,
            keep_stop=True,
            sampling=self.sampling(),
            frequency=self.frequency_penalty or 0.0,
            presence=self.presence_penalty or 0.0,
            bias={int(id): add for id, add in (self.logit_bias or {}).items()},
            top=self.top_n_tokens or 0,
            grammar=grammar_of(self.grammar) if self.grammar else None,
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


def best(pipe: Generator, inputs: Prompt, params: GenerationOptions) -> list[dict[str, Any]]:
    """The events of the likeliest of so many draws, by the mean log probability of its tokens; the
    last has the others among its details."""
    if not params.sampling().get("do_sample"):
        raise InvalidInput("parameters.best_of: draws must differ. Send do_sample=true with it.")
    draws = [list(write(pipe, inputs, params, n)) for n in range(params.best_of or 1)]
    first, *others = sorted(draws, key=likelihood, reverse=True)
    if params.details:
        rest = [{**each[-1]["details"], "generated_text": each[-1]["generated_text"]}
                for each in others]  # fmt: skip
        first[-1]["details"]["best_of_sequences"] = rest
    return first


def likelihood(events: list[dict[str, Any]]) -> float:
    return sum(float(event["token"]["logprob"]) for event in events) / len(events)


def stream(pipe: Generator, inputs: Prompt, params: GenerationOptions) -> Iterator[dict[str, Any]]:
    """text-generation-inference's events: one per token, the last with the whole text."""
    if (params.best_of or 1) > 1:  # which is the best is known when all are written
        yield from best(pipe, inputs, params)
    else:
        yield from write(pipe, inputs, params)


def write(
    pipe: Generator, inputs: Prompt, params: GenerationOptions, draw: int = 0
) -> Iterator[dict[str, Any]]:
    ids, options = prompt(pipe, inputs.text, params.truncate), params.options(draw)
    written = [inputs.text] if params.return_full_text else []
    steps: list[Step] = []
    for step in pipe.steps(ids, options):
        steps.append(step)
        written.append(step.text)
        top = {"top_tokens": list(map(token, step.top))} if options.top else {}
        yield {
            "index": len(steps),
            "token": token(step),
            **top,
            "generated_text": "".join(written) if step.finish else None,
            "details": details(pipe, steps, ids, params, options) if step.finish else None,
        }


def token(step: Step | Token) -> dict[str, Any]:
    return {"id": step.id, "text": step.text, "logprob": step.logprob, "special": step.special}


def details(
    pipe: Generator, steps: list[Step], ids: list[int], params: GenerationOptions, options: Options
) -> dict[str, Any] | None:
    if not params.details:
        return None
    top = {"top_tokens": [list(map(token, step.top)) for step in steps]} if options.top else {}
    return {
        "finish_reason": steps[-1].finish,
        "generated_tokens": len(steps),
        "input_length": len(ids),
        "seed": options.seed,
        "prefill": prefill(pipe, ids) if params.decoder_input_details else [],
        "tokens": [token(step) for step in steps],
        **top,
    }


def prefill(pipe: Generator, ids: list[int]) -> list[dict[str, Any]]:
    """What stands before the answer where it is written: the prompt, each token with its log
    probability; beside an encoder only the decoder's start, which has none."""
    if pipe.encodes:
        start = pipe.model.generation_config.decoder_start_token_id
        return [prefilled(pipe, start, None)] if isinstance(start, int) else []
    if len(ids) > MOST_PREFILL:
        raise InvalidInput(
            f"parameters.decoder_input_details: for at most {MOST_PREFILL:,} tokens; this prompt "
            f"has {len(ids):,}. Shorten it, or leave this out."
        )
    return [prefilled(pipe, *each) for each in zip(ids, pipe.logprobs(ids), strict=True)]


def prefilled(pipe: Generator, id: int, logprob: float | None) -> dict[str, Any]:
    return {"id": id, "text": pipe.tokenizer.decode([id]), "logprob": logprob}


def fits(model: Model) -> bool:
    """A causal model, or one with an encoder unless it is for translations or summaries alone."""
    return continues(model) or (model.tag == "text-generation" and encodes(model))


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
    more_models=("openai-community/gpt2", "Qwen/Qwen3-0.6B", "google/flan-t5-small"),
)
