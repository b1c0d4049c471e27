"""The machine, the models in it and what went wrong, as HTML."""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape

from components import outputs
from pipelines.engine.call import Status
from pipelines.engine.engine import Engine
from pipelines.engine.past import Trouble
from pipelines.engine.resident import Resident
from pipelines.models.offer import in_words

WORDS = {"evicting": "leaving"}  # states that have a plainer name
MOST_TEXT = 1_000  # characters of an error
COLUMNS = ("Model", "State", "For", "Memory", "Waiting", "Load time", "Crashes", "Pinned")


def card(title: str, body: str, aside: str = "") -> str:
    return f'<section class="card"><h2>{title}{aside}</h2>{body}</section>'


def pill(state: str) -> str:
    return f'<span class="pill {state}">{WORDS.get(state, state)}</span>'


def span(seconds: float) -> str:
    """A time that is good enough to read in passing."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def hardware(engine: Engine) -> str:
    state = "ready" if engine.ready else "closing" if engine.draining else "starting"
    tier, reason = escape(engine.hardware.tier), escape(engine.hardware.reason)
    return card("Hardware", f"<p><b>{tier}</b> · {reason}</p>", pill(state))


# Models -----------------------------------------------------------------------------------------


def models(residents: Sequence[Resident]) -> str:
    """Those that are loaded, on their way in or on their way out."""
    if not residents:
        return card("Models", '<p class="quiet">No model is loaded. A call loads its model.</p>')
    head = "".join(f'<th role="columnheader" scope="col">{name}</th>' for name in COLUMNS)
    body = "".join(row(each, each.status()) for each in residents)
    # Roles, because a phone lays the rows out as cards, and they would no longer be a table there.
    return card(
        "Models",
        '<table class="models" role="table"><thead role="rowgroup">'
        f'<tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody></table>',
    )


def row(resident: Resident, now: Status) -> str:
    model = resident.model
    revision = "" if model.owner else model.revision
    cells = (
        f"<b>{escape(model.shown)}</b><small>{escape(revision[:12])}</small>",
        pill(now.state) + why(now),
        span(now.seconds),
        in_words(now.memory) if now.memory else "–",
        str(now.waiting),
        "–" if now.took is None else f"{now.took:.1f} s",
        str(now.crashes),
        "yes" if now.pinned else "no",
    )
    made = zip(COLUMNS, cells, strict=True)
    tds = "".join(f'<td role="cell" data-name="{name}">{cell}</td>' for name, cell in made)
    return f'<tr role="row">{tds}</tr>'


def why(now: Status) -> str:
    """The reason for the state, and how far a load has come."""
    reason = f"<small>{escape(now.reason)}</small>" if now.reason else ""
    if not (now.done and now.total):
        return reason
    left = f", {now.eta:.0f} s left" if now.eta and now.eta >= 1 else ""
    come = f"<small>{in_words(now.done)} of {in_words(now.total)}{left}</small>"
    return f"{reason}{outputs.progress(now.done / now.total)}{come}"


# Errors -----------------------------------------------------------------------------------------


def errors(troubles: Iterable[Trouble], told: bool) -> str:
    """The newest first. An error may quote what somebody sent, so only some are told its text."""
    now = time.time()
    items = "".join(trouble(each, now, told) for each in troubles)
    if not items:
        return card("Recent errors", '<p class="quiet">No errors so far.</p>')
    return card("Recent errors", f'<ul class="errors">{items}</ul>')


def trouble(each: Trouble, now: float, told: bool) -> str:
    when = datetime.fromtimestamp(each.at, UTC)
    text = f"<div>{escape(each.text[:MOST_TEXT])}</div>" if told else ""
    stamp = f'<time datetime="{when.isoformat()}" title="{when:%Y-%m-%d %H:%M:%S} UTC">'
    return f"<li><b>{escape(each.model)}</b>{stamp}{span(now - each.at)} ago</time>{text}</li>"
