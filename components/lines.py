"""What the page says in a line: what goes on, how far it is, what went wrong."""

from collections.abc import Sequence
from html import escape

from components import errors, texts
from pipelines.engine.call import Status
from pipelines.models.offer import in_words

LOADING = ("reading the weights", "waiting for room")  # reasons with a text of their own


def status(text: str, busy: bool = True) -> str:
    """A line about what is going on."""
    return f'<p class="{"busy" if busy else "idle"}" role="status">{escape(text)}</p>'


def going(text: str, seconds: str, more: Sequence[str] = (), kind: str = "busy") -> str:
    """A line whose numbers change all the time: only its words are read aloud."""
    beside = ", ".join(filter(None, [seconds, *more]))
    numbers = f' <span aria-hidden="true">{escape(beside)}</span>' if beside else ""
    return f'<p class="{kind}" role="status">{escape(text)}{numbers}</p>'


def loading(now: Status) -> str:
    """A line about a load, with a bar as far as its bytes have come."""
    say = texts.here()
    known = now.reason in LOADING
    what = say(f"panel.{now.reason}") if known else now.reason
    text = say("panel.loading", what=what)
    spent = say("panel.seconds", seconds=f"{now.seconds:.1f}")
    if not now.done:
        return going(f"{text}…", spent)
    sizes = say("panel.bytes", done=in_words(now.done), size=in_words(now.total))
    return going(text, spent, [sizes, left(now.eta or 0)]) + progress(now.done / now.total)


def left(seconds: float) -> str:
    return texts.here()("panel.left", seconds=f"{seconds:.0f}") if seconds >= 1 else ""


def running(seconds: float) -> str:
    """A line about a run, which counts the seconds of a longer one."""
    say = texts.here()
    spent = "" if seconds < 2 else say("panel.seconds", seconds=f"{seconds:.0f}")
    return going(say("panel.running"), spent)


def steps(done: int, most: int, seconds: float) -> str:
    """A line about a run that goes on step by step, with a bar, and what is left at this pace."""
    rest = left(seconds / done * (most - done)) if done else ""
    line = going(texts.here()("panel.step", done=done, most=most), rest, kind="busy grows")
    return line + progress(done / max(most, 1))


def progress(share: float) -> str:
    """A bar that never claims to be done before it is."""
    return f'<div class="load"><span style="width:{min(96, 100 * share):.0f}%"></span></div>'


def notices(sentences: Sequence[str]) -> str:
    """What to know of an answer, such as that an input was cut."""
    say = texts.here()
    return "".join(f'<p class="notice" role="note">{errors.html(x, say)}</p>' for x in sentences)


def error(text: str) -> str:
    """What went wrong, in the reader's language as far as it is known there."""
    return f'<div class="problem" role="alert">{errors.html(text, texts.here())}</div>'
