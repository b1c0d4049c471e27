"""Videos that play and solids that are drawn, in a real browser without a network."""

import io
import time
from urllib.parse import urlencode

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.components.browser import WAIT_MS
from tests.components.conftest import Open
from tests.conftest import Server


def run(open_page: Open, server: Server, task: str, architecture: str) -> Page:
    page = open_page(f"{server.url}/?" + urlencode({"model": f"tiny/{task}-{architecture}"}))
    page.locator(".examples button").first.click()
    expect(page.locator("#status")).to_contain_text("Computed in", timeout=120_000)
    return page


def test_a_video_plays_and_can_be_kept(menagerie: Server, open_page: Open) -> None:
    page = run(open_page, menagerie, "text-to-video", "AnimateDiffPipeline")
    video = page.locator("#result video")
    expect(video).to_be_visible()
    page.wait_for_function("document.querySelector('#result video').readyState >= 3")
    assert video.evaluate("each => each.duration") > 0
    assert video.evaluate("each => each.loop && each.controls")
    video.evaluate("each => { each.muted = true; return each.play(); }")
    page.wait_for_function("document.querySelector('#result video').currentTime > 0")
    assert video.evaluate("each => each.videoWidth") == 32
    with page.expect_download() as kept:
        page.locator("#result").get_by_role("link", name="Download").click()
    assert kept.value.suggested_filename.endswith(".mp4")
    assert kept.value.path().read_bytes()[4:8] == b"ftyp"


def test_a_solid_is_drawn_and_turns(menagerie: Server, open_page: Open) -> None:
    page = run(open_page, menagerie, "text-to-3d", "ShapEPipeline")
    canvas = page.locator("#result canvas")
    expect(canvas).to_be_visible()
    first = drawn(page)
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    drawn(page, but=first)


def drawn(page: Page, but: bytes = b"") -> bytes:
    """The canvas as a picture, once there is more in it than one colour and it is another than
    `but`."""
    end = time.monotonic() + WAIT_MS / 1000
    while time.monotonic() < end:
        shot = page.locator("#result canvas").screenshot()
        colours = Image.open(io.BytesIO(shot)).convert("RGB").getcolors(1 << 20) or []
        if len(colours) > 50 and shot != but:
            return shot
        page.wait_for_timeout(100)
    pytest.fail("nothing was drawn" if not but else "it does not turn")
