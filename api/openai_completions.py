"""OpenAI's completions: texts that go on, whole and streamed.

Source: the OpenAI API reference.
"""

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Response

from api import headers, streams
from api.openai import StreamOptions
from api.openai_complete import MOST, SEEDS, Complete, options_of
from api.openai_likelihoods import Likelihoods, likelihoods
from api.problems import JSON, RESPONSES, Route
from api.waiting import while_there
from api.ways import Adder, Body, Exchange, given, json_of, schema
from pipelines.engine.call import Call
from pipelines.errors import InvalidInput
from pipelines.finding import WRITE
from pipelines.inference import Predictor
from pipelines.model import Model
from pipelines.task import Request, Task

REASONS = {"length": "length", "eos_token": "stop", "stop_sequence": "stop"}


def router(inference: Predictor, max_body: float) -> APIRouter:
    """Routes of the protocol. `max_body` in MB."""
    routes = APIRouter(route_class=Route, tags=["OpenAI"], responses=RESPONSES)
    add = Adder(routes, inference, max_body)
    add("/completions", json_of(Complete), completions, schema(Complete), "A text that goes on.")
    return routes


async def completions(exchange: Exchange, name: str | None, asked: Complete) -> Response:
    model = await exchange.model(name, WRITE)
    task = WRITE.task(model)
    prompts = asked.prompt if isinstance(asked.prompt, list) else [asked.prompt]
    if len(prompts) * (asked.n or 1) > MOST:
        raise InvalidInput(f"n: {MOST} texts at most go into one answer, of all prompts together.")
    body = {"inputs": prompts, "parameters": given(options_of(asked))}
    read = exchange.inference.read_as(task, model, body, {})
    headers.asked(exchange.request, model, task, read.inputs)
    job = Job(exchange, model, task, asked, read)
    return await job.streamed() if asked.stream else await job.whole()


@dataclass(frozen=True)
class Job:
    """A request whose prompts are read; each prompt goes on `n` times."""

    exchange: Exchange
    model: Model
    task: Task
    asked: Complete
    read: Request

    @property
    def head(self) -> dict[str, Any]:
        about = {"id": f"cmpl-{headers.new_id()}", "object": "text_completion"}
        return {**about, "created": int(time.time()), "model": self.model.id}

    @property
    def draws(self) -> int:
        """How often each prompt is asked: draws of which the best are chosen come at once."""
        return 1 if (self.asked.best_of or 1) > 1 else self.asked.n or 1

    def draw(self, number: int) -> Request:
        """The request with a seed of its own."""
        seed = self.asked.seed
        if seed is None or not number:
            return self.read
        params = self.read.params.model_copy(update={"seed": (seed + number) % SEEDS})
        return replace(self.read, params=params)

    async def whole(self) -> Response:
        rounds, seconds = [], 0.0
        for number in range(self.draws):
            work = self.exchange.inference.predict(
                self.model, self.task, self.draw(number), self.exchange.client
            )
            value, answer = await while_there(self.exchange.request, work)
            rounds.append([row[0] if isinstance(row, list) else row for row in value])
            seconds += answer.seconds
        rows = [row for prompt in zip(*rounds, strict=True) for row in prompt]
        told = [chosen for row in rows for chosen in self.best(row)]
        choices = [self.choice(at, row) for at, row in enumerate(told)]
        body = self.head | {"choices": choices, "usage": used(rows, len(rounds))}
        made = JSON(body, headers=headers.compute(answer.device, seconds))
        return headers.warn(made, answer.notices)

    def best(self, row: Body) -> list[Body]:
        """The `n` likeliest of its draws; they come sorted."""
        if (self.asked.best_of or 1) == 1:
            return [row]
        details = row["details"]
        others = [{"generated_text": each["generated_text"], "details": each}
                  for each in details.get("best_of_sequences") or ()]  # fmt: skip
        return [row, *others][: self.asked.n or 1]

    def choice(self, index: int, row: Body) -> dict[str, Any]:
        details, stops = row["details"], self.stops
        likely = None
        if self.asked.logprobs is not None:
            likely = likelihoods(details["tokens"], details.get("top_tokens"), self.asked.logprobs)
        text = without(row["generated_text"], stops)
        return choice(index, text, details["finish_reason"], likely)

    @property
    def stops(self) -> Sequence[str]:
        stop = self.asked.stop
        return [stop] if isinstance(stop, str) else stop or ()

    async def streamed(self) -> Response:
        engine, notices = self.exchange.inference.engine, list[str]()
        told = headers.compute(engine.hardware.device)
        events = self.events(notices)
        return await streams.respond(self.exchange.request, events, told, notices, streams.DONE)

    async def events(self, notices: list[str]) -> AsyncGenerator[dict[str, Any], None]:
        """One text after the other, each by its index; then what all of them took, if asked for."""
        head, ended = self.head, list[Any]()
        for at, row in enumerate(self.read.inputs):
            for number in range(self.draws):
                params = self.draw(number).params
                call = Call(self.task, self.model, [row], params, self.exchange.client, notices)
                index = at * self.draws + number
                async with aclosing(self.written(call, index, ended)) as pieces:
                    async for piece in pieces:
                        yield {**head, "choices": [piece]}
        if (self.asked.stream_options or StreamOptions()).include_usage:
            yield {**head, "choices": [], "usage": used(ended, self.draws)}

    async def written(
        self, call: Call, index: int, ended: list[Any]
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The choices of one text; its last event goes into `ended`."""
        likely = None if self.asked.logprobs is None else Likelihoods(self.asked.logprobs)
        async with aclosing(self.exchange.inference.engine.stream(call)) as chunks:
            async for chunk in chunks:
                details = chunk.get("details") or {}
                token = chunk["token"]
                text = "" if token["special"] else token["text"]
                text = without(text, self.stops) if details else text
                told = likely.push(token, chunk.get("top_tokens")) if likely else None
                yield choice(index, text, details.get("finish_reason"), told)
                if details:
                    ended.append(chunk)


def choice(index: int, text: str, reason: str | None, likely: Any) -> dict[str, Any]:
    ended = REASONS.get(reason or "")
    return {"index": index, "text": text, "finish_reason": ended, "logprobs": likely}


def used(rows: Sequence[Any], draws: int) -> dict[str, int]:
    """The tokens of all rows, `draws` of each prompt, which counts once."""
    details = [row["details"] for row in rows]
    read = sum(each["input_length"] for each in details[::draws])
    lengths = [each["generated_tokens"] for one in details
               for each in (one, *(one.get("best_of_sequences") or ()))]  # fmt: skip
    wrote = sum(lengths)
    return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}


def without(text: str, stops: Sequence[str]) -> str:
    """A text without the stop word that ended it, which text-generation-inference keeps."""
    ended = next((word for word in stops if word and text.endswith(word)), "")
    return text.removesuffix(ended)
