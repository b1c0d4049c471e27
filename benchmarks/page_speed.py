"""`python -m benchmarks.page_speed`: how soon the first page can be used, and what it sends.

A real browser on loopback: the time from the navigation to the first input that takes text, with an
empty cache and with a filled one; from a click on another task to its panel; the bytes of the page;
and requests to any other host, of which there must be none.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks import noise
from benchmarks.claims import Claim, within
from benchmarks.server import Server, reached, server
from benchmarks.start import machine
from benchmarks.subjects import MODEL
from tests.components.browser import Seen, chromium

TASKS = ("feature-extraction", "sentence-similarity")  # of MODEL, in turn
MOST_FIRST, MOST_SWITCH, MOST_BYTES = 1.0, 0.15, 60_000  # seconds, seconds, bytes: what is promised
WAIT_MS = 120_000
USABLE = """() => document.querySelector("#run:enabled") &&
  document.querySelector("textarea:enabled") && performance.now()"""
SWITCH = """(tag) => new Promise((done) => {
  const start = performance.now();
  const here = () => document.querySelector(`.caption[data-task="${tag}"]`);
  const watcher = new MutationObserver(() => {
    if (!here() || !document.querySelector("textarea:enabled")) return;
    watcher.disconnect();
    requestAnimationFrame(() => done(performance.now() - start));
  });
  watcher.observe(document.body, { childList: true, subtree: true });
  document.querySelector(`#task input[value="${tag}"]`).click();
})"""


@dataclass
class Found:
    """Times in seconds; `bytes` of the page's HTML; `strangers`, other hosts that were asked."""

    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    switch: list[float] = field(default_factory=list)
    bytes: int = 0
    strangers: list[str] = field(default_factory=list)


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.page_speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often (default: 7)")
    parser.add_argument("--quick", action="store_true", help="two rounds")
    given = parser.parse_args(argv)
    if given.quick:
        given.rounds = 2
    if given.rounds < 1:
        parser.error("--rounds must be at least 1")
    return given


def measure(rounds: int) -> Found:
    found = Found()
    with TemporaryDirectory(prefix="tagline-benchmark-") as home, server(Path(home)) as running:
        asyncio.run(ready(running))
        address = f"http://127.0.0.1:{running.port}/"
        found.bytes = len(httpx.get(address, timeout=60, trust_env=False).content)
        with chromium() as browser:
            look(browser, address, Found())  # the server's own first time counts nowhere
            for _ in range(rounds):
                look(browser, address, found)
    return found


async def ready(running: Server) -> None:
    async with reached(running):
        pass


def look(browser: Browser, address: str, found: Found) -> None:
    """One visitor: an empty cache, then the same page again, then another task and back."""
    context = browser.new_context()
    page = visit(context, found)
    url = f"{address}?{urlencode({'model': MODEL, 'task': TASKS[1]})}"
    found.cold.append(first_input(page, url))
    found.warm.append(first_input(page, url))
    found.switch += [page.evaluate(SWITCH, tag) / 1000 for tag in TASKS]
    context.close()


def visit(context: BrowserContext, found: Found) -> Page:
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    Seen(page).strangers = found.strangers
    return page


def first_input(page: Page, url: str) -> float:
    """Seconds from the navigation until a text can be typed and run."""
    page.goto(url)
    milliseconds: float = page.wait_for_function(USABLE).json_value()
    return milliseconds / 1000


def report(found: Found) -> list[str]:
    """What was found, each beside what is promised."""
    cold, warm, switch = map(median, (found.cold, found.warm, found.switch))
    return [
        f"first usable input, empty cache     p50 {cold:.2f} s",
        f"first usable input, filled cache    p50 {warm:.2f} s   (at most {MOST_FIRST:.1f} s)",
        f"panel switch                        p50 {switch * 1000:.0f} ms  "
        f"(at most {MOST_SWITCH * 1000:.0f} ms)",
        f"HTML of the first page              {found.bytes:,} bytes  (at most {MOST_BYTES:,})",
        f"requests to other hosts             {len(found.strangers)}  (at most 0)",
    ]


def claims(found: Found) -> list[Claim]:
    """What is promised, each as a share of what it may be."""
    return [
        within("first_input_of_1_s", median(found.warm), MOST_FIRST),
        within("panel_switch_of_150_ms", median(found.switch), MOST_SWITCH),
        within("html_of_60_kb", found.bytes, MOST_BYTES),
    ]


def main(argv: Sequence[str]) -> None:
    given = arguments(argv)
    print(machine(), flush=True)
    before = noise.read()
    found = measure(given.rounds)
    others = noise.foreign(before, noise.read())
    told = "unknown" if others is None else f"{others:.2f} cores"
    print("\n".join([*report(found), f"rounds: {given.rounds}; others used {told}"]))
    print("\n".join(map(str, claims(found))))


if __name__ == "__main__":
    main(sys.argv[1:])
