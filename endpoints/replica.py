"""One replica of an endpoint on a Ray cluster: `endpoints.replica:build` is what Ray imports.

The replica is an actor of Ray Serve that loads no library of models. Its model lives in a process
of its own, as in the server: a call that takes too long or that nobody waits for any more can be
ended, and a model that crashes is back in a second, while a new actor takes several.

It answers calls of Tagline alone (`endpoints.ray.signing`), in frames (`endpoints.ray.frames`).
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from endpoints.ray import frames, keys, signing
from endpoints.ray.application import DEPLOYMENT
from endpoints.ray.arguments import Arguments, read
from endpoints.ray.node import environment, find, make_engine, replica_id
from pipelines import registry
from pipelines.engine import wire
from pipelines.engine.call import Answer, Call, Place
from pipelines.engine.events import Crashed, Event, Finished
from pipelines.errors import (
    ModelFailed,
    TaglineError,
    TooLarge,
    Unavailable,
    UnsupportedTask,
)
from pipelines.model import Model
from pipelines.settings import Limits

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

log = logging.getLogger("ray.serve")  # whose lines are the replica's log
MOST = 1 << 30  # bytes of a body


def build(args: Mapping[str, Any]) -> Any:
    """The application of Ray Serve for `args` (`endpoints.ray.arguments`)."""
    from ray import serve

    replica = serve.deployment(serve.ingress()(Replica), name=DEPLOYMENT)
    return replica.bind(read(args))


class Replica:
    """Ray Serve makes one in each actor, asks `__serve_build_asgi_app__` for what answers, and
    `check_health` for whether it still can."""

    async def __init__(self, given: Arguments) -> None:  # type: ignore[misc]  # Ray awaits it
        """Returns when the model is loaded. Raises what keeps it from that, for Ray to show."""
        self.given, self.keys = given, keys.derive(keys.token())
        self.limits = Limits(**given.limits)
        self.name = replica_id()
        self.engine = make_engine(given)
        self.call = self.first_call(find(given))
        self.engine.listeners.append(self.hear)
        await self.engine.pin(self.call)
        log.info("%s is loaded on %s.", given.model, self.engine.hardware.reason)

    def first_call(self, model: Model) -> Call:
        """What loads the model, in a place of its own: a death there is told to the gateway, which
        tries elsewhere."""
        given = self.given
        task = registry.choose(model, given.task)
        dtype = None if given.dtype == "auto" else given.dtype
        faster = "" if given.acceleration == "auto" else given.acceleration
        place = Place(
            self.name, dtype, given.threads, acceleration=faster,
            environment=environment(given, self.keys),
        )  # fmt: skip
        return Call(task, model, [], None, place=place)

    def __serve_build_asgi_app__(self) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self.serve(scope, receive, send)

        return app  # a function: uvicorn takes a method for an application of ASGI 2

    async def check_health(self) -> None:
        """Raises where the model is gone for good; Ray then puts another replica here."""
        if self.engine.staying(self.call) is None:
            raise RuntimeError(f"{self.given.model} ended too often; its log says why.")

    def hear(self, event: Event) -> None:
        """The replica's log: what was answered, and each end of the model's process."""
        match event:
            case Finished():
                tag, seconds = event.call.task.tag, event.seconds
                log.info("%s %s in %.3f s %s", event.outcome, tag, seconds, event.call.request)
            case Crashed():
                log.warning("The process of %s ended; it starts anew.", self.given.model)

    # HTTP ---------------------------------------------------------------------------------------

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application: one POST, and its answer in frames."""
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
        elif scope["type"] == "http":
            async with aclosing(self.reply(scope, receive)) as reply:
                await answer(reply, send)

    async def lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            said = (await receive())["type"]
            if said == "lifespan.shutdown":
                await self.engine.close()
            await send({"type": f"{said}.complete"})
            if said == "lifespan.shutdown":
                return

    async def reply(self, scope: Scope, receive: Receive) -> AsyncGenerator[wire.Frame, None]:
        """The frames of an answer, the last of which may be an error."""
        try:
            asked = frames.read(await self.body(scope, receive))
            async with aclosing(self.frames(asked)) as given:
                async for frame in given:
                    yield frame
        except TaglineError as error:
            yield {"error": wire.error_to_wire(error), "status": error.status}
        except Exception as error:
            log.exception("A call failed.")
            told = ModelFailed(f"The replica failed ({type(error).__name__}). Its log says why.")
            yield {"error": wire.error_to_wire(told), "status": told.status}

    async def body(self, scope: Scope, receive: Receive) -> bytes:
        """The body of a call that was signed. Raises Forbidden before it reads any other."""
        header = dict(scope["headers"]).get(signing.HEADER.encode(), b"").decode("latin-1")
        path = frames.path(self.given.application)
        digest = signing.check(self.keys.signing, path, header)
        body = await read_all(receive)
        signing.check_body(digest, body)
        return body

    async def frames(self, asked: wire.Frame) -> AsyncGenerator[wire.Frame, None]:
        memory = {"replica": self.name, "memory": self.memory()}
        if asked["op"] == "ping":
            yield {"value": None, **memory}
            return
        call = self.asked(asked)
        if asked["op"] == "run":
            yield frames.conclusion(call, await self.predict(call)) | memory
            return
        async with aclosing(self.engine.stream(call)) as chunks:
            async for chunk in chunks:
                yield {"chunk": chunk}
        yield frames.conclusion(call) | memory

    def memory(self) -> int:
        stay = self.engine.staying(self.call)
        return self.engine.memory.held(stay) if stay else 0

    # Calls --------------------------------------------------------------------------------------

    def asked(self, frame: wire.Frame) -> Call:
        """The call in a body, validated on this side too. Raises UnsupportedTask for a task that
        needs the model loaded in another way."""
        task = registry.choose(self.call.model, frame["task"])
        rows = [task.inputs.model_validate(row, context=self.limits) for row in frame["inputs"]]
        params = task.params.model_validate(frame["params"], context=self.limits)
        call = replace(part(self.call, rows), task=task, params=params, request=frame["request"])
        if call.loader != self.call.loader:
            raise UnsupportedTask(
                f"This endpoint runs its model for {self.call.task.tag}, and {task.tag} needs it "
                "loaded in another way. Create another endpoint for that task."
            )
        return call

    async def predict(self, call: Call) -> Answer:
        """The answer, in as many runs of the model as its inputs need."""
        size, rows = self.given.max_batch, call.inputs
        parts = [part(call, rows[at : at + size]) for at in range(0, len(rows), size)]
        answers = [await self.engine.predict(each) for each in parts or [part(call, rows)]]
        for each in parts:  # each run of the model counts anew
            call.notices.extend(said for said in each.notices if said not in call.notices)
            call.read.extend(each.read)
            call.written.extend(each.written)
        values = [value for each in answers for value in each.values]
        return replace(answers[0], values=values, seconds=sum(each.seconds for each in answers))


def part(call: Call, rows: list[Any]) -> Call:
    return replace(call, inputs=rows, notices=[], read=[], written=[])


async def answer(reply: AsyncGenerator[wire.Frame, None], send: Send) -> None:
    """Sends frames as they come. The status of the first one is the answer's."""
    begun = False
    async for frame in reply:
        if not begun:
            begun = True
            kind = [(b"content-type", frames.TYPE.encode())]
            status = frame.pop("status", 200)
            await send({"type": "http.response.start", "status": status, "headers": kind})
        await send({"type": "http.response.body", "body": wire.pack(frame), "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def read_all(receive: Receive) -> bytes:
    """Raises TooLarge, and Unavailable where the caller has left."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Unavailable("The caller has left.")
        body += message.get("body", b"")
        if len(body) > MOST:
            raise TooLarge(f"A call of more than {MOST:,} bytes cannot be sent to a replica.")
        if not message.get("more_body"):
            return bytes(body)
