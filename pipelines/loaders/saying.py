"""Answers in a conversation, in OpenAI's shape."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pipelines.kinds.outputs import Said, said_join
from pipelines.loaders.asking import ChatOptions
from pipelines.loaders.chat import Prompt, chat_prompt
from pipelines.loaders.forced import must_call
from pipelines.loaders.generation import Generator, Options, Reason, Step
from pipelines.loaders.tools import MARKERS, Calls

FINISH: dict[Reason | None, str] = {
    "length": "length",
    "eos_token": "stop",
    "stop_sequence": "stop",
}


def run(pipe: Generator, inputs: list[Any], params: ChatOptions) -> list[Said]:
    return [said_join(list(stream(pipe, each, params))) for each in inputs]


def stream(pipe: Generator, inputs: Any, params: ChatOptions) -> Iterator[dict[str, Any]]:
    """The `choices` of OpenAI's chunks, of one answer after the other; the last one carries `usage`
    too."""
    prompt = chat_prompt(pipe, inputs.messages, params.functions(), params.looks())
    called = params.forced()
    rule = must_call(pipe, called) if called else None
    written, last = 0, (params.n or 1) - 1
    for draw in range(last + 1):
        options = params.options(draw)
        options = replace(options, grammar=rule or options.grammar)
        for step, choice in answer(pipe, prompt, options, params):
            written += 1
            done = step.finish and draw == last
            counted = usage(len(prompt.ids), written) if done else {}
            yield {"choices": [{"index": draw, **choice}], **counted}


def answer(
    pipe: Generator, prompt: Prompt, options: Options, params: ChatOptions
) -> Iterator[tuple[Step, dict[str, Any]]]:
    """Each step of one answer with what it adds."""
    more = (prompt.more,) if prompt.more else ()
    calls = Calls() if params.functions() else None
    most = 1 if params.parallel_tool_calls is False else None
    role: dict[str, Any] = {"role": "assistant"}
    for step in pipe.steps(prompt.ids, options, *more):
        delta, finish = said_now(pipe, step, calls, most)
        choice = {"delta": role | delta, "finish_reason": finish}
        if params.logprobs:
            choice["logprobs"] = {"content": [likelihood(pipe, step)]}
        yield step, choice
        role = {}


def said_now(
    pipe: Generator, step: Step, calls: Calls | None, most: int | None = None
) -> tuple[dict[str, Any], str | None]:
    """What a step adds to the message, with at most so many calls, and why it ends, if it does."""
    if calls is None:
        return {"content": step.text}, FINISH.get(step.finish)
    text = calls.push(step.text or marker(pipe, step))
    if step.finish is None:
        return {"content": text}, None
    rest, made = calls.end()
    if not made:
        return {"content": text + rest}, FINISH[step.finish]
    numbered = [{"index": number, **each} for number, each in enumerate(made[:most])]
    return {"content": text, "tool_calls": numbered}, "tool_calls"


def marker(pipe: Generator, step: Step) -> str:
    """The word of a special token that begins a call; no other is shown."""
    word = str(pipe.tokenizer.decode([step.id])).strip() if step.special else ""
    return word if word in MARKERS or word == "[ARGS]" else ""


def likelihood(pipe: Generator, step: Step) -> dict[str, Any]:
    """OpenAI's `logprobs` of one token."""
    top = [{"token": each.text, "logprob": each.logprob} for each in step.top]
    word = pipe.tokenizer.decode([step.id])
    return {"token": word, "logprob": step.logprob, "top_logprobs": top}


def usage(prompt: int, answer: int) -> dict[str, Any]:
    counts = {"prompt_tokens": prompt, "completion_tokens": answer}
    return {"usage": {**counts, "total_tokens": prompt + answer}}
