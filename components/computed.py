"""The line about an answer: what it took, and who gave it."""

from dataclasses import dataclass
from html import escape

from components import texts
from pipelines.model import Model

WORTH = 0.1  # seconds of waiting that are told


@dataclass(frozen=True)
class Took:
    """`seconds` of compute on `device`, after so many seconds `waited`. Of a stream that counts
    something, `count` pieces called `unit` came; `read` is how many tokens went in, 0 where nobody
    counts; `backend` is by what it was computed, if not by plain torch; `together`, how many calls
    ran at once."""

    seconds: float
    device: str
    waited: float = 0
    count: int = 0
    unit: str = ""
    read: int = 0
    backend: str = ""
    together: int = 1


def line(took: Took, model: Model, growing: bool = False) -> str:
    """What is known of an answer, and which files of the model gave it. While it grows, its numbers
    are not read aloud."""
    say = texts.here()
    facts = [main(took)]
    if took.waited >= WORTH:
        facts.append(say("panel.waited", time=duration(took.waited)))
    if took.backend:
        facts.append(say("panel.backend", backend=took.backend))
    if took.together > 1:
        facts.append(say("panel.together", n=took.together))
    if took.read:
        facts.append(say("panel.read", n=f"{took.read:,}"))
    if model.library:
        facts.append(say("panel.by", library=model.library))
    facts += [f"{model.id}", model.revision[:12]]
    kind = 'class="pace"' if growing else 'role="status"'
    return f"<p {kind}>{facts[0]} · {escape(' · '.join(facts[1:]))}</p>"


def main(took: Took) -> str:
    """Time and place as HTML."""
    say, device, time = texts.here(), took.device.upper(), duration(took.seconds)
    if not took.unit:
        return say.html("panel.computed", time=time, device=device)
    unit = say(f"panel.{took.unit}")
    pace = f"{took.count / took.seconds:.1f}"
    return say.html("panel.pace", n=took.count, unit=unit, time=time, pace=pace, device=device)


def duration(seconds: float) -> str:
    return f"{seconds:.3f} s" if seconds < 10 else f"{seconds:.1f} s"
