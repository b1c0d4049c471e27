"""Pictures that are made, on the page: previews, a gallery, before and after, and back again."""

import base64
import io
import json
import re
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Page, expect

from components.views import gallery
from pipelines import registry
from pipelines.kinds.outputs import output_kind
from pipelines.kinds.shapes import Media
from pipelines.pictures import picture
from pipelines.settings import Limits
from pipelines.task import Inputs
from tests.components.conftest import Open
from tests.conftest import Server
from tests.zoo.painters import encoded, photo

MODEL = "tiny/image-to-image-StableDiffusionImg2ImgPipeline"  # which also draws from a text
EVIL = '"><script>alert(1)</script>'


def go(open_page: Open, server: Server, **query: str) -> Page:
    return open_page(f"{server.url}/?{urlencode(query)}")


def given(tag: str, inputs: object) -> Inputs:
    asked: Inputs = registry.get(tag).read({"inputs": inputs}, Limits()).inputs[0]
    return asked


def show(value: object, inputs: Inputs) -> str:
    return gallery.gallery(value, inputs, output_kind(registry.get("text-to-image").output))


# What is drawn ---------------------------------------------------------------------------------


def test_each_picture_stands_with_how_it_was_made() -> None:
    made = [picture(photo(), told={"guidance_scale": 4.0, "seed": seed}) for seed in (7, 8)]
    html = show(made, given("text-to-image", EVIL))
    assert html.count("<img") == 2
    assert "guidance scale 4.0 · seed 7" in html
    assert 'download="picture-8.png"' in html
    assert "<script" not in html


def test_a_changed_picture_lies_over_the_one_before() -> None:
    asked = given("image-to-image", encoded(photo()))
    assert 'type="range"' in show(picture(photo(64)), asked)
    tall = Image.new("RGB", (32, 64))
    assert 'type="range"' not in show(picture(tall), asked)
    assert 'type="range"' not in show([picture(photo()), picture(photo())], asked)
    assert 'type="range"' not in show(picture(photo()), given("text-to-image", "a fox"))


def test_a_picture_turned_by_its_tag_is_compared_as_it_is_seen() -> None:
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (32, 64)).save(file, "JPEG", exif=exif)
    asked = given("image-to-image", base64.b64encode(file.getvalue()).decode())
    assert 'type="range"' in show(picture(Image.new("RGB", (64, 32))), asked)


def test_the_last_preview_that_came_is_shown() -> None:
    asked, kind = given("text-to-image", "a fox"), output_kind(registry.get("text-to-image").output)
    first: Media = picture(photo(8))
    second: Media = picture(photo(16), "image/jpeg")
    chunks = [{"step": 1, "steps": 4, "preview": first}, {"step": 2, "steps": 4, "preview": second}]
    assert "<img" not in gallery.growing([{"step": 1, "steps": 4}], asked, kind)
    html = gallery.growing([*chunks, {"step": 3, "steps": 4}], asked, kind)
    assert base64.b64encode(second["content"]).decode() in html


# In the browser --------------------------------------------------------------------------------


def test_pictures_are_drawn_and_one_goes_on(menagerie: Server, open_page: Open) -> None:
    wish = {"text": "a fox", "seed": "7", "num_inference_steps": "3", "num_images_per_prompt": "2"}
    page = go(open_page, menagerie, model=MODEL, task="text-to-image", **wish)
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("Computed in")
    expect(page.locator(".pictures img")).to_have_count(2)
    expect(page.locator("figcaption").nth(1)).to_contain_text("seed 8")
    shown = page.locator(".pictures img").first
    expect(shown).to_have_js_property("naturalWidth", 32)  # once the browser has read it
    box = shown.bounding_box()
    assert box
    assert box["width"] <= 32
    page.get_by_role("button", name="Use as input of image-to-image").click()
    expect(page.locator("[data-task=image-to-image]")).to_be_visible()
    expect(page.locator("#task").get_by_label("image-to-image")).to_be_checked()
    expect(page.locator("#result")).to_contain_text("appears here")
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("Computed in")
    expect(page.locator(".compare img")).to_have_count(2)


def test_a_preview_grows_while_steps_are_counted(menagerie: Server, open_page: Open) -> None:
    wish = {"text": "a fox", "num_inference_steps": "200"}
    page = go(open_page, menagerie, model=MODEL, task="text-to-image", **wish)
    # What stood there for a moment is kept by the page itself, so that no moment is missed.
    page.evaluate(
        """() => {
          window.seen = new Set();
          new MutationObserver(() => {
            const status = document.querySelector("#status");
            const growing = document.querySelector(".growing img");
            if (status) window.seen.add(status.innerText.trim().split(/[,\\n]/)[0]);
            if (growing) window.seen.add(growing.src.slice(0, 15));
          }).observe(document.body, {subtree: true, childList: true, characterData: true});
        }"""
    )
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("Computed in")
    seen = page.evaluate("() => [...window.seen]")
    assert any(re.match(r"Step \d+ of 200", each) for each in seen), json.dumps(seen)
    assert "data:image/jpeg" in seen


def test_before_and_after_is_moved_by_keys(
    menagerie: Server, open_page: Open, tmp_path: Path
) -> None:
    page = go(open_page, menagerie, model=MODEL, task="image-to-image")
    file = tmp_path / "photo.png"
    photo().save(file)
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.get_by_role("button", name="Remove Image")).to_be_visible()
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("Computed in")
    slide = page.get_by_role("slider", name="Before and after")
    slide.focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".compare").evaluate("e => e.style.getPropertyValue('--at')") == "49%"
    page.get_by_role("button", name="Use as input").click()
    page.locator("#run").click()
    expect(page.get_by_role("note")).to_contain_text("Seed")
