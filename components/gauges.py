"""The machine, the models in it and what went wrong, as HTML."""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from operator import attrgetter

from api.texts import LANGUAGES, Texts
from components import lines
from pipelines.engine.call import Status
from pipelines.engine.engine import Engine
from pipelines.engine.past import Trouble
from pipelines.engine.resident import Resident
from pipelines.hardware import Hardware, describe_bytes
from pipelines.hardware import in_words as gpus_in_words
from pipelines.models.offer import in_words

MOST_TEXT = 1_000  # characters of an error
COLUMNS = ("model", "state", "since", "memory", "waiting", "took", "crashes", "pinned")
UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))


def card(title: str, body: str, aside: str = "") -> str:
    return f'<section class="card"><h2>{title}{aside}</h2>{body}</section>'


def pill(state: str, say: Texts) -> str:
    return f'<span class="pill {state}">{say(f"machine.state_{state}")}</span>'


def span(seconds: float, say: Texts) -> str:
    """A time that is good enough to read in passing."""
    size, unit = next((each for each in UNITS if seconds >= each[0]), UNITS[-1])
    rounded = seconds // size if size > 1 else seconds
    return say(f"machine.{unit}", n=f"{rounded:.0f}")


def english(text: str, say: Texts) -> str:
    """What is said in English alone, marked as such among other words."""
    mark = "" if say.language == LANGUAGES[0] else ' lang="en"'
    return f"<span{mark}>{escape(text)}</span>"


# Hardware ---------------------------------------------------------------------------------------


def hardware(engine: Engine, say: Texts) -> str:
    state = "ready" if engine.ready else "closing" if engine.draining else "starting"
    about = engine.hardware
    told = f"<p><b>{escape(about.tier)}</b> · {in_short(about, say)}</p>"
    return card(say("machine.hardware"), told, pill(state, say))


def in_short(about: Hardware, say: Texts) -> str:
    """Its reason. In other languages than the reason's: what it has, then the reason as it is."""
    if say.language == LANGUAGES[0]:
        return escape(about.reason)
    gpus = gpus_in_words(about.gpus) or say("machine.no_gpu")
    has = say.html(
        "machine.has",
        cores=about.threads,
        memory=describe_bytes(about.memory),
        gpus=gpus,
        dtype=about.dtype,
    )
    return f"{has}<small>{english(about.reason, say)}</small>"


# Models -----------------------------------------------------------------------------------------


def models(
    residents: Sequence[Resident], say: Texts,
    named: Callable[[Resident], str] = attrgetter("shown"),
) -> str:  # fmt: skip
    """Those that are loaded, on their way in or on their way out, by what the reader calls them."""
    title = say("machine.models")
    if not residents:
        return card(title, f'<p class="quiet">{say("machine.no_models")}</p>')
    names = (say(f"machine.{name}") for name in COLUMNS)
    head = "".join(f'<th role="columnheader" scope="col">{name}</th>' for name in names)
    body = "".join(row(each, named(each), each.status(), say) for each in residents)
    # Roles, because a phone lays the rows out as cards, and they would no longer be a table there.
    return card(
        title,
        '<table class="models" role="table"><thead role="rowgroup">'
        f'<tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table>',
    )


def row(resident: Resident, name: str, now: Status, say: Texts) -> str:
    model = resident.model
    revision = model.revision if name == model.id else ""
    cells = (
        f"<b>{escape(name)}</b><small>{escape(revision[:12])}</small>",
        pill(now.state, say) + why(now, say),
        span(now.seconds, say),
        in_words(now.memory) if now.memory else "–",
        str(now.waiting),
        "–" if now.took is None else say("machine.seconds", n=f"{now.took:.1f}"),
        str(now.crashes),
        say("machine.yes" if now.pinned else "machine.no"),
    )
    tds = "".join(
        f'<td role="cell" data-column="{name}" data-name="{say(f"machine.{name}")}">{cell}</td>'
        for name, cell in zip(COLUMNS, cells, strict=True)
    )
    return f'<tr role="row">{tds}</tr>'


def why(now: Status, say: Texts) -> str:
    """The reason for the state, and how far a load has come."""
    reason = f"<small>{english(now.reason, say)}</small>" if now.reason else ""
    if not (now.done and now.total):
        return reason
    come = say("machine.come", done=in_words(now.done), all=in_words(now.total))
    if now.eta and now.eta >= 1:
        come += say("machine.left", n=f"{now.eta:.0f}")
    return f"{reason}{lines.progress(now.done / now.total)}<small>{come}</small>"


# Errors -----------------------------------------------------------------------------------------


def errors(troubles: Iterable[Trouble], told: bool, say: Texts) -> str:
    """The newest first. An error may quote what somebody sent, so only some are told its text."""
    now = time.time()
    items = "".join(trouble(each, now, told, say) for each in troubles)
    quiet = f'<p class="quiet">{say("machine.no_errors")}</p>'
    return card(say("machine.errors"), f'<ul class="errors">{items}</ul>' if items else quiet)


def trouble(each: Trouble, now: float, told: bool, say: Texts) -> str:
    when = datetime.fromtimestamp(each.at, UTC)
    text = f"<div>{english(each.text[:MOST_TEXT], say)}</div>" if told else ""
    ago = say("machine.ago", time=span(now - each.at, say))
    stamp = f'<time datetime="{when.isoformat()}" title="{when:%Y-%m-%d %H:%M:%S} UTC">'
    return f"<li><b>{escape(each.model)}</b>{stamp}{ago}</time>{text}</li>"
