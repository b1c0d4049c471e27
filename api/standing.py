"""Where a model stands and what it would take, in the words of one language."""

from dataclasses import dataclass

from api import obstacles
from api.texts import Texts
from pipelines.engine.call import Status
from pipelines.errors import TaglineError
from pipelines.inference import Inference
from pipelines.model import Model
from pipelines.models.facts import Facts
from pipelines.models.fit import Fit
from pipelines.models.offer import in_words

LOADED = ("warm", "idle", "busy")
GOING = ("loading", "downloading", "evicting")


@dataclass(frozen=True)
class Standing:
    """`state` is the engine's, or `unable` for a model that no task does; `share` of a load that
    has come; `why` are the reasons for which it will not load, each with what to do."""

    state: str
    label: str
    line: str
    share: float | None
    why: tuple[str, ...]
    load: bool
    unload: bool

    @property
    def going(self) -> bool:
        return self.state in GOING


async def standing(
    inference: Inference, model: Model, known: Facts, tag: str | None, may: bool, say: Texts
) -> Standing:
    """`may` says whether the caller may load and unload by hand. Raises nothing of ours."""
    engine = inference.engine
    found = list(obstacles.of_files(model, known, say))
    try:
        call = inference.main_call(model, tag)
    except TaglineError:
        why = (obstacles.of_task(model, say), *found)
        return Standing("unable", say("playground.state_unable"), "", None, why, False, False)
    now, fit = engine.status(model), await engine.fit(call)
    found += obstacles.of_room(fit, engine.memory.size, say)
    here = now.state in LOADED
    hopeless = bool(found) and not here  # to try would not help
    found += obstacles.of_load(model, now, say)
    return Standing(
        state=now.state,
        label=say(f"playground.state_{now.state}"),
        line="" if hopeless else line(now, fit, say),
        share=min(0.96, now.done / now.total) if now.done and now.total else None,
        why=() if here else tuple(found),
        load=may and not (here or hopeless or now.state in GOING),
        unload=may and (here or now.state == "loading"),
    )


def line(now: Status, fit: Fit, say: Texts) -> str:
    if now.state == "loading":
        return loading(now, say)
    if now.memory and fit.verdict == "loaded":
        return say("playground.holds", memory=in_words(now.memory))
    return "" if fit.verdict in ("loaded", "never") else foretold(fit, say)


def loading(now: Status, say: Texts) -> str:
    """How far a load has come, and how long it will still take as far as anybody knows."""
    if not now.done:
        return say("playground.loading", seconds=f"{now.seconds:.0f}")
    sizes = say("playground.loaded_of", done=in_words(now.done), total=in_words(now.total))
    late = now.eta is None or now.eta < 1
    return sizes if late else sizes + say("playground.left", seconds=f"{now.eta:.0f}")


def foretold(fit: Fit, say: Texts) -> str:
    """The verdict on a model that is not loaded, in words."""
    how = "measured" if fit.measured else "foretold"
    size = say(f"playground.fit_{how}", need=in_words(fit.need))
    time = say("playground.fit_time", seconds=f"{fit.seconds:.1f}") if fit.seconds else ""
    leaving = say("playground.fit_and").join(fit.evicts)
    rest = say(f"playground.fit_{fit.verdict}", free=in_words(fit.free), leaving=leaving)
    return f"{size}{rest}" if fit.verdict in ("waits", "never") else f"{size}{time}{rest}"
