"""`python -m docs.screenshots [NAME ...]`: runs the app, uses it in a browser, keeps what it looks
like."""

import io
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.process import free_port, running, serve

FOLDER = Path(__file__).parent.parent / "assets" / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120  # seconds for the server, and for one answer
COLOURS = 128


@dataclass(frozen=True)
class Shot:
    """One picture: an address, and the window it is seen in. `runs` presses the first example;
    `seen` is what must be there first. What is below `height` is left out, but of a phone."""

    name: str
    address: str
    seen: str = ".top"
    runs: bool = False
    width: int = 1100
    height: int = 640
    dark: bool = False
    whole: bool = False


SHOTS = (
    Shot(
        "light",
        "/?model=sentence-transformers/all-MiniLM-L6-v2&task=zero-shot-classification",
        runs=True,
        whole=True,
    ),
    Shot(
        "dark",
        "/?model=tagline/efficientnet-lite0&task=image-classification",
        runs=True,
        whole=True,
        dark=True,
    ),
    Shot(
        "phone",
        "/?model=HuggingFaceTB/SmolLM2-135M-Instruct&task=conversational",
        runs=True,
        whole=True,
        width=390,
    ),
    Shot("compare", "/compare"),
    Shot("dataset", "/dataset"),
    Shot("history", "/history"),
    Shot("tasks", "/tasks", seen=".task", height=760),
    Shot("machine", "/machine", seen="#memory .legend"),
)


def take(browser: Browser, server: str, shot: Shot) -> bytes:
    """A PNG of the page as it opens, or after it has answered its first example."""
    window = {"width": shot.width, "height": shot.height}
    page = browser.new_page(viewport=window, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE * 1000)
    theme = "dark" if shot.dark else "light"
    joint = "&" if "?" in shot.address else "?"
    page.goto(f"{server}{shot.address}{joint}lang=en&__theme={theme}")
    page.locator(shot.seen).first.wait_for()
    if shot.runs:
        run(page, shot)
    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)  # for what still moves
    picture = page.screenshot(full_page=shot.whole)
    page.close()
    return shrink(picture)


def run(page: Page, shot: Shot) -> None:
    """Raises RuntimeError where the answer is an error."""
    page.locator(".examples button").first.click()
    page.locator("#stop").wait_for()
    page.locator("#stop").wait_for(state="hidden")
    if (problem := page.locator("#status .problem")).count():
        raise RuntimeError(f"{shot.name}: {problem.first.inner_text()}")


def shrink(png: bytes) -> bytes:
    """The same picture in few colours."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()


def wait(server: str) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            httpx.get(f"{server}/health").raise_for_status()
            return
        except httpx.HTTPError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    port = free_port()
    server = f"http://127.0.0.1:{port}"
    # Without one of the system's, Playwright's own is used, if it is installed.
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    wanted = [shot for shot in SHOTS if not sys.argv[1:] or shot.name in sys.argv[1:]]
    with (
        TemporaryDirectory(prefix="tagline-screenshots-") as home,
        running(Path(home), *serve(port)),
        sync_playwright() as playwright,
    ):
        wait(server)
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for shot in wanted:
            picture = take(browser, server, shot)
            (FOLDER / f"{shot.name}.png").write_bytes(picture)
            print(f"{shot.name:8} {len(picture) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
