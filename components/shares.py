"""Who holds how much of the memory, as HTML: a bar for the eye, and the same in words."""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from operator import attrgetter
from zlib import crc32

from api.texts import Texts
from components import gauges
from pipelines.engine.memory import Memory
from pipelines.engine.rooms import Tenant
from pipelines.models.offer import in_words

COLOURS = 8  # that the stylesheet has for models
LEAST = 0.005  # of a pool: what other programs take is not worth showing below


Named = Callable[[Tenant], str]


def memory(ledger: Memory[Tenant], say: Texts, named: Named = attrgetter("shown")) -> str:
    """A bar for each pool, and a list of all who are in them, by what the reader calls them."""
    colours = colours_of(named(who) for who in ledger.shares)
    free = [max(0, left) for left in ledger.free()]
    others = [taken_by_others(ledger, pool, left) for pool, left in enumerate(free)]
    rest = say("machine.others")
    bars = "".join(
        bar(ledger, pool, size, colours, rest, named) for pool, size in enumerate(others)
    )
    loading = f" <small>{say('machine.state_loading')}</small>"
    rows = [
        entry(
            colours[named(who)],
            named(who),
            ledger.held(who),
            loading if who in ledger.filling else "",
        )
        for who in sorted(ledger.shares, key=named)
    ]
    if any(others):
        rows.append(entry("others", rest, sum(others)))
    rows.append(entry("free", say("machine.free"), sum(free)))
    body = f'<div aria-hidden="true">{bars}</div><ul class="legend">{"".join(rows)}</ul>'
    total = f'<span class="total">{in_words(ledger.size)}</span>'
    return gauges.card(say("machine.room"), body, total)


def taken_by_others(ledger: Memory[Tenant], pool: int, free: int) -> int:
    """Bytes of a pool that are neither free nor any model's."""
    size = ledger.sizes[pool]
    ours = sum(shares.get(pool, 0) for shares in ledger.shares.values())
    rest = size - free - ours
    return rest if rest > size * LEAST else 0


def colours_of(names: Iterable[str]) -> dict[str, str]:
    """One for each model: its own, by its name, as long as no other has taken it."""
    found: dict[str, str] = {}
    for name in sorted(set(names)):
        first = crc32(name.encode()) % COLOURS
        order = [f"c{(first + step) % COLOURS}" for step in range(COLOURS)]
        found[name] = next((c for c in order if c not in found.values()), order[0])
    return found


def bar(
    ledger: Memory[Tenant], pool: int, others: int, colours: Mapping[str, str], rest: str,
    named: Named,
) -> str:  # fmt: skip
    """One pool; `rest` is what others are called, who take `others` bytes of it."""
    whole = ledger.sizes[pool]
    parts = [
        segment(colours[named(who)], named(who), ledger.shares[who].get(pool, 0), whole)
        for who in sorted(ledger.shares, key=named)
    ]
    parts.append(segment("others", rest, others, whole))
    return f'<div class="pool">{"".join(parts)}</div>'


def segment(colour: str, name: str, size: int, whole: int) -> str:
    if not size:
        return ""
    title = escape(f"{name}: {in_words(size)}")
    return f'<span class="{colour}" style="width:{100 * size / whole:.2f}%" title="{title}"></span>'


def entry(colour: str, name: str, size: int, note: str = "") -> str:
    """One line of the list."""
    return (
        f'<li><i class="{colour}"></i><span>{escape(name)}{note}</span><b>{in_words(size)}</b></li>'
    )
