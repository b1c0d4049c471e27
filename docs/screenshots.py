"""`python -m docs.screenshots`: runs the app, uses it in a browser, keeps what it looks like."""

import io
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from benchmarks.process import free_port, running, serve

FOLDER = Path(__file__).parent.parent / "assets" / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120  # seconds for the server, and for one answer
COLOURS = 128


@dataclass(frozen=True)
class Shot:
    """One picture: a model, one of its tasks, and the window it is seen in."""

    name: str
    model: str
    task: str
    width: int = 1100
    height: int = 600
    dark: bool = False

    @property
    def address(self) -> str:
        theme = "dark" if self.dark else "light"
        return f"/?model={self.model}&task={self.task}&__theme={theme}"


SHOTS = (
    Shot("light", "sentence-transformers/all-MiniLM-L6-v2", "zero-shot-classification"),
    Shot("dark", "tagline/efficientnet-lite0", "image-classification", dark=True),
    Shot("phone", "HuggingFaceTB/SmolLM2-135M-Instruct", "conversational", width=390),
)


def take(browser: Browser, server: str, shot: Shot) -> bytes:
    """A PNG of the page after it has answered its first example."""
    window = {"width": shot.width, "height": shot.height}
    page = browser.new_page(viewport=window, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE * 1000)
    page.goto(server + shot.address)
    page.locator(".examples button").first.click()
    page.locator("#stop").wait_for()
    page.locator("#stop").wait_for(state="hidden")
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)  # for what still moves
    if page.locator(".problem").count():
        raise RuntimeError(f"{shot.name}: {page.locator('.problem').first.inner_text()}")
    picture = page.screenshot(full_page=True)
    page.close()
    return shrink(picture)


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
    with (
        TemporaryDirectory(prefix="tagline-screenshots-") as home,
        running(Path(home), *serve(port)),
        sync_playwright() as playwright,
    ):
        wait(server)
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for shot in SHOTS:
            picture = take(browser, server, shot)
            (FOLDER / f"{shot.name}.png").write_bytes(picture)
            print(f"{shot.name:8} {len(picture) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
