"""Why a model will not load, in words that a newcomer can act on."""

from collections.abc import Iterator

from api.texts import Texts
from pipelines import registry
from pipelines.engine.call import Status
from pipelines.model import Model
from pipelines.models.facts import Facts
from pipelines.models.fit import Fit
from pipelines.models.offer import in_words


def of_files(model: Model, facts: Facts, say: Texts) -> Iterator[str]:
    """What the files of a model say already."""
    if facts.pickle and not model.trusted_pickle and not model.trusted_code:
        yield say("playground.why_pickle", model=model.id, file=facts.pickle)


def of_task(model: Model, say: Texts) -> str:
    """Why no task here does `model`, which is known to be so."""
    task = registry.TASKS.get(model.tag or "")
    if model.handler and not model.trusted_code:
        return say("playground.why_handler", model=model.id)
    if model.tag is None:
        return say("playground.why_no_tag")
    if task is None:
        return say("playground.why_tag", tag=model.tag)
    if model.library not in task.load:
        library, known = model.library or say("playground.unknown"), ", ".join(task.load)
        return say("playground.why_library", library=library, tag=task.tag, known=known)
    return say("playground.why_unfit", tag=task.tag)


def of_room(fit: Fit, room: int, say: Texts) -> Iterator[str]:
    """Whether it is too large for this machine; `room` is the bytes for models here."""
    if fit.verdict == "never":
        need, have = in_words(fit.need), in_words(room)
        yield say("playground.why_large", need=need, have=have)


def of_load(model: Model, now: Status, say: Texts) -> Iterator[str]:
    """What the last try came to."""
    if now.error is None:
        return
    if model.config.get("auto_map") and not model.trusted_code:
        yield say("playground.why_code", model=model.id)
    yield say("playground.why_failed", error=now.error)
