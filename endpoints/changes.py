"""What owners do with endpoints. It is written down first: what is not kept is not done."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from endpoints.held import Endpoint, Held, differences, replaces
from endpoints.moving import begun
from endpoints.roster import Roster
from endpoints.spec import Spec, changed
from endpoints.status import now
from pipelines.errors import InvalidInput, NameTaken, WrongState

Secrets = Mapping[str, str]
SLEEPS = "The next call wakes it."


class Changes(Roster):
    """One at a time."""

    async def ready(self) -> None:
        """Returns when something may be changed. Raises Unavailable, as `settled` does."""
        await self.settled()
        if not self.needed.is_set():
            self.needed.set()
            if not self.ledger.held:
                self.opened.clear()
        await self.settled()

    async def create(self, spec: Spec, who: str, secrets: Secrets | None = None) -> Endpoint:
        """Begins to bring it up. `secrets` are the values for `spec.secrets`."""
        from store.endpoints import Record

        async with self.reconciler.turn:
            await self.ready()
            if spec.name in self.all:
                raise NameTaken(f"There is an endpoint {spec.name} already. Choose another name.")
            spec, values = self.complete(spec, secrets or {}, {})
            self.check(spec)
            at = now()
            record = Record(spec.name, spec.model_dump_json(), 1, at, at, who, secrets=values)
            self.all[spec.name] = await self.keep(Held(record, spec), who, "create", spec.model)
        return self.get(spec.name)

    async def update(
        self, name: str, change: Mapping[str, Any], who: str, secrets: Secrets | None = None
    ) -> Endpoint:
        """Changes the fields that are given (`endpoints.spec.changed`); `secrets` replaces those
        values and adds their names. What a replica is made of changes by a rolling update."""
        async with self.reconciler.turn:
            await self.ready()
            each = self.one(name)
            spec = changed(each.spec, change)
            spec, values = self.complete(spec, secrets or {}, each.record.secrets)
            self.check(spec)
            what = differences(each.spec, spec) or "secrets"
            await self.keep(self.renewed(each, spec, values), who, "update", what)
        return self.get(name)

    def renewed(self, each: Held, spec: Spec, values: Secrets) -> Held:
        anew = replaces(each.spec, spec, each.record.secrets, values) or each.trouble is not None
        record = replace(
            each.record, spec=spec.model_dump_json(), secrets=values, updated=now(),
            version=each.record.version + anew,
        )  # fmt: skip
        found = Held(record, spec, each.model, None, 0.0, each.last, each.status)
        if anew and each.status.ready:
            found.status = replace(each.status, state="updating", reason="It is about to begin.")
        found.move = each.move
        if spec.engine != each.spec.engine:
            found.move = begun(each.deployment, each.move, spec.engine)
        if (spec.model, spec.task) != (each.spec.model, each.spec.task):
            found.model = None
            found.last = each.deployment if each.model else each.last
        if each.move and not found.move and found.model is None:  # back to where it answers
            found.last = each.move.old
        if found.last and found.last.spec.engine != spec.engine:
            found.last = None  # it goes on by its move, if at all
        return found

    def complete(self, spec: Spec, given: Secrets, kept: Secrets) -> tuple[Spec, Secrets]:
        """The names of secrets as the values have them. Raises InvalidInput for one without."""
        names = tuple(dict.fromkeys((*spec.secrets, *given)))
        if lacking := [each for each in names if each not in given and each not in kept]:
            raise InvalidInput(f"secrets: give a value for {', '.join(lacking)}.")
        values = {each: given.get(each, kept.get(each, "")) for each in names}
        return changed(spec, {"secrets": names}), values

    def check(self, spec: Spec) -> None:
        if spec.engine not in self.engines:
            raise InvalidInput(
                f"engine: {spec.engine} is not set up on this server. It has: "
                f"{', '.join(self.engines)}."
            )
        self.engines[spec.engine].check(spec)

    async def pause(self, name: str, who: str) -> Endpoint:
        """Nothing of it runs until it is resumed."""
        return await self.turn_to(name, who, "pause", paused=True, asleep=False)

    async def resume(self, name: str, who: str) -> Endpoint:
        """Raises WrongState for one that runs. One that has failed is tried anew."""
        await self.ready()
        state = self.one(name).seen.state
        if not self.one(name).record.paused and state not in ("failed", "updateFailed"):
            raise WrongState(f"Endpoint {name} is already running (its state: {state}).")
        return await self.turn_to(name, who, "resume", paused=False, asleep=False, anew=True)

    async def scale_to_zero(self, name: str, who: str) -> Endpoint:
        """Nothing of it runs until somebody calls it."""
        await self.ready()
        if self.one(name).record.paused:
            raise WrongState(f"Endpoint {name} is paused. Resume it first.")
        if self.one(name).record.asleep:  # said again, it counts again
            self.one(name).record = replace(self.one(name).record, asleep=False)
            await self.reconciler.apply()
        return await self.turn_to(name, who, "scale to zero", asleep=True)

    async def turn_to(
        self, name: str, who: str, what: str, anew: bool = False, **to: Any
    ) -> Endpoint:
        async with self.reconciler.turn:
            await self.ready()
            each = self.one(name)
            version = each.record.version + anew
            record = replace(each.record, version=version, updated=now(), **to)
            turned = Held(record, each.spec, each.model, None, 0.0, each.last)
            if anew and not each.record.paused:
                turned.move = each.move
            if to.get("asleep"):
                turned.status = replace(each.status, state="scaledToZero", reason=SLEEPS)
            await self.keep(turned, who, what)
        return self.get(name)

    async def delete(self, name: str, who: str) -> None:
        from store.endpoints import Entry

        async with self.reconciler.turn:
            await self.ready()
            self.one(name)
            await self.ledger.delete(name, Entry(now(), who, "delete", name))
            del self.all[name]
            self.watches.pop(name, None)
            await self.reconciler.apply()
            for engine in self.engines.values():  # it may have been on each of them
                await engine.forget(name)

    async def restart(self, name: str, replica: str, who: str) -> None:
        from store.endpoints import Entry

        async with self.reconciler.turn:  # or what is written down were older than a change of it
            await self.ready()
            each = self.one(name)
            await self.engines[each.engine].restart(name, replica)
            await self.ledger.put(each.record, Entry(now(), who, "restart", name, replica))

    async def keep(self, each: Held, who: str, what: str, text: str = "") -> Held:
        from store.endpoints import Entry

        state = each.seen.state
        each.record = replace(each.record, state=state)
        await self.ledger.put(each.record, Entry(now(), who, what, each.name, text))
        self.all[each.name] = each
        self.reconciler.search(each)
        await self.reconciler.apply()
        self.reconciler.kick.set()
        return each
