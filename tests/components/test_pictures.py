"""What is found in pictures, in a real browser: seen, filtered, pointed at and painted on."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import gradio as gr
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from components import pad
from components.inputs import WIDGETS
from components.theme import ASSETS
from pipelines.samples import FILES
from pipelines.slots import Slot
from tests.components.conftest import Open
from tests.components.menagerie import SHOWN
from tests.conftest import Server

CAT = FILES / "cat.jpg"
SHEET = ASSETS / "css" / "base.css"
NAMED = "zero-shot-object-detection"  # its tiny model gives scores that differ
with Image.open(CAT) as cat:
    WIDTH, HEIGHT = cat.size
TAGS = (
    "object-detection", "zero-shot-object-detection", "image-segmentation", "depth-estimation",
    "mask-generation", "keypoint-detection", "keypoint-matching",
)  # fmt: skip


def go(open_page: Open, server: Server, tag: str, width: int = 1280, **query: str) -> Page:
    name = next(tiny.name for tiny in SHOWN if tiny.tag == tag)
    return open_page(
        f"{server.url}/?{urlencode({'model': f'tiny/{name}', 'task': tag, **query})}", width
    )


def choose(page: Page, file: str = "cat.jpg") -> None:
    page.locator("input[type=file]").first.set_input_files(FILES / file)


def run(page: Page) -> None:
    """Presses Run once the picture is here."""
    expect(page.get_by_test_id("image").first).to_be_visible()
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("Computed in")


def found(page: Page) -> Locator:
    return page.locator("#result .found li:visible")


# What was found --------------------------------------------------------------------------------


def test_the_slider_filters_without_asking_again(menagerie: Server, open_page: Open) -> None:
    page = go(open_page, menagerie, NAMED, threshold="0", candidate_labels="a cat, an eye")
    choose(page)
    run(page)
    scores = [float(text) for text in page.locator("#result .found b").all_inner_texts()]
    assert len(set(scores)) > 1
    asked: list[str] = []  # of Gradio, that is: the page also asks whether its model is loaded
    page.on("request", lambda sent: asked.append(sent.url) if "/gradio_api/" in sent.url else None)
    least = (scores[0] + scores[-1]) / 2
    page.get_by_label("Least score").fill(str(least))
    left = sum(score > least for score in scores)
    expect(found(page)).to_have_count(left)
    expect(page.locator("#result .mark:visible rect")).to_have_count(left)
    expect(page.locator("#result .least output")).to_contain_text(f"({left} of {len(scores)})")
    page.get_by_label("Least score").fill("0")
    expect(found(page)).to_have_count(len(scores))
    assert not asked


def test_another_answer_starts_with_all_of_it(menagerie: Server, open_page: Open) -> None:
    page = go(open_page, menagerie, NAMED, threshold="0", candidate_labels="a cat, an eye")
    choose(page)
    run(page)
    page.get_by_label("Least score").fill("1")
    expect(found(page)).to_have_count(0)
    page.get_by_label("Remove Image").click()
    choose(page, "coffee.jpg")
    run(page)
    expect(found(page).first).to_be_visible()
    expect(page.get_by_label("Least score")).to_have_value("0")


def test_the_list_and_the_boxes_light_each_other_up(menagerie: Server, open_page: Open) -> None:
    page = go(open_page, menagerie, NAMED, threshold="0", candidate_labels="a cat, an eye")
    choose(page)
    run(page)
    page.get_by_label("Least score").focus()
    page.keyboard.press("Tab")
    expect(found(page).first).to_be_focused()
    expect(page.locator("#result .mark.lit rect")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.locator('#result .mark.lit[data-row="1"] rect')).to_have_count(1)
    page.locator('#result .found [data-row="2"]').hover()
    expect(page.locator("#result .lit[data-row]:not([data-row='2'])")).to_have_count(0)
    expect(page.locator("#result .mark.lit rect")).to_have_count(1)
    page.locator('#result .mark[data-row="0"] rect').dispatch_event("pointerover")
    expect(page.locator("#result li.lit")).to_have_attribute("data-row", "0")


def test_a_mask_is_lit_where_it_is(menagerie: Server, open_page: Open) -> None:
    page = go(open_page, menagerie, "image-segmentation")
    choose(page)
    run(page)
    svg = page.locator("#result .tinted svg")
    svg.scroll_into_view_if_needed()
    place = svg.bounding_box()
    assert place
    for x in (0.3, 0.31, 0.32):  # its pixels are read from the second move on
        page.mouse.move(place["x"] + x * place["width"], place["y"] + 0.5 * place["height"])
    expect(page.locator("#result li.lit")).to_have_count(1)
    page.mouse.move(place["x"] + 0.33 * place["width"], place["y"] + 0.5 * place["height"])
    row = page.locator("#result li.lit").get_attribute("data-row")
    href = page.locator(f'#result .mark[data-row="{row}"] mask image').get_attribute("href")
    assert href
    mask = Image.open(io.BytesIO(base64.b64decode(href.partition(",")[2])))
    assert mask.getpixel((int(0.33 * mask.width), int(0.5 * mask.height))) == 255


def test_masks_reach_every_corner(menagerie: Server, open_page: Open) -> None:
    """Where each pixel has a class, none is left without a tint."""
    page = go(open_page, menagerie, "image-segmentation")
    choose(page)
    run(page)
    page.mouse.move(0, 0)
    svg = page.locator("#result .tinted svg")
    tinted = pixels(svg)
    page.add_style_tag(content=".mark { display: none; }")
    plain = pixels(svg)
    far = abs(tinted - plain).max(axis=-1)
    height, width = far.shape
    for rows, columns in [(0.1, 0.1), (0.1, 0.97), (0.97, 0.1), (0.97, 0.97)]:
        assert far[int(rows * height), int(columns * width)] > 10


def pixels(shown: Locator) -> Any:
    return np.asarray(Image.open(io.BytesIO(shown.screenshot())).convert("RGB"), int)


@pytest.mark.parametrize("tag", TAGS)
def test_an_answer_fits_a_phone(menagerie: Server, open_page: Open, tag: str) -> None:
    page = go(open_page, menagerie, tag, width=390)
    page.locator(".examples button").first.click()
    expect(page.locator("#status")).to_contain_text("Computed in")
    expect(page.locator("#result svg image").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


# Marks -----------------------------------------------------------------------------------------


def stage(page: Page) -> tuple[Locator, dict[str, float]]:
    """The pad's picture, and where it lies on the page."""
    shown = page.locator(".pad-stage")
    expect(shown).to_be_visible()
    shown.scroll_into_view_if_needed()
    place: Any = shown.bounding_box()
    return shown, place


def marks(page: Page) -> Any:
    """What the address says of them, once they were sent."""
    return json.loads(parse_qs(urlsplit(page.url).query)["marks"][0])


def test_clicks_reach_the_server_in_the_pictures_pixels(menagerie: Server, open_page: Open) -> None:
    page = go(open_page, menagerie, "mask-generation", width=390)
    choose(page)
    shown, place = stage(page)
    share = WIDTH / place["width"]
    assert share > 1.2  # the picture is shown smaller than it is
    shown.click(position={"x": 60, "y": 40})
    shown.click(position={"x": 10, "y": 12}, modifiers=["Shift"])
    page.get_by_role("button", name="Outside").click()
    shown.click(position={"x": 20, "y": 30})
    page.get_by_role("button", name="Outside").click()
    _, place = stage(page)
    page.mouse.move(place["x"] + 30, place["y"] + 20)
    page.mouse.down()
    page.mouse.move(place["x"] + 90, place["y"] + 80, steps=3)
    page.mouse.up()
    run(page)
    expect(found(page)).to_have_count(1)
    expect(found(page)).to_contain_text("object 1")
    first, second, third, box = marks(page)
    assert first == pytest.approx([60 * share, 40 * share, 1], abs=1.5)
    assert second == pytest.approx([10 * share, 12 * share, 0], abs=1.5)
    assert third == pytest.approx([20 * share, 30 * share, 0], abs=1.5)
    assert box == pytest.approx([at * share for at in (30, 20, 90, 80)], abs=1.5)


def test_undo_and_clear(menagerie: Server, open_page: Open) -> None:
    page = go(open_page, menagerie, "mask-generation")
    choose(page)
    shown, _ = stage(page)
    for x in (30, 60, 90):
        shown.click(position={"x": x, "y": 20})
    expect(shown.locator("circle")).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(shown.locator("circle")).to_have_count(2)
    page.get_by_role("button", name="Clear").click()
    expect(shown.locator("circle")).to_have_count(0)


def test_marks_are_set_by_the_keyboard(menagerie: Server, open_page: Open) -> None:
    page = go(open_page, menagerie, "mask-generation")
    choose(page)
    shown, _ = stage(page)
    shown.focus()
    for key in ("Enter", "ArrowRight", "Shift+Enter", "b", "ArrowDown", "ArrowRight", "b",
                "ArrowUp", "Enter", "Backspace"):  # fmt: skip
        page.keyboard.press(key)
    run(page)
    inside, outside, box = marks(page)
    middle = [round((WIDTH - 1) / 2), round((HEIGHT - 1) / 2)]
    assert inside == pytest.approx([*middle, 1], abs=1)
    assert outside == pytest.approx([middle[0] + (WIDTH - 1) / 40, middle[1], 0], abs=2)
    assert box[:2] == outside[:2]
    assert box[2] > box[0]
    assert box[3] > box[1]


def test_a_link_brings_its_marks_and_another_picture_takes_them_away(
    menagerie: Server, open_page: Open
) -> None:
    page = go(open_page, menagerie, "mask-generation", marks="[[50,60,1],[5,5,0]]")
    choose(page)
    shown, _ = stage(page)
    expect(shown.locator("circle")).to_have_count(2)
    run(page)
    expect(found(page)).to_have_count(1)
    assert marks(page) == [[50, 60, 1], [5, 5, 0]]
    page.locator(".examples button").last.click()
    expect(shown.locator("circle")).to_have_count(0)
    expect(page.locator("#status")).to_contain_text("Computed in")
    assert "marks" not in parse_qs(urlsplit(page.url).query)


def test_there_is_nothing_to_point_at_without_a_picture(menagerie: Server, open_page: Open) -> None:
    page = go(open_page, menagerie, "mask-generation")
    expect(page.get_by_text("Choose a picture first.")).to_be_visible()
    expect(page.locator(".pad-stage")).to_be_hidden()
    choose(page)
    stage(page)
    page.get_by_role("button", name="Clear", exact=True).first.press("Escape")
    page.get_by_label("Remove Image").click()
    expect(page.locator(".pad-stage")).to_be_hidden()


# Masks -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def easel() -> Iterator[str]:
    """A page with a picture, the pad of a mask, and what the server gets of it."""
    slot = Slot("mask", "mask", required=True, default=None, description="What to paint over")
    with gr.Blocks() as demo:
        picture = gr.Image(type="filepath", height=200)
        mask = WIDGETS["mask"].make(slot, "")
        pad.link(slot, {"image": picture})
        got = gr.Textbox(label="Got")
        gr.Button("Send").click(told, mask, got, queue=False)
    _, url, _ = demo.launch(
        css_paths=ASSETS / "css" / "base.css", prevent_thread_lock=True, quiet=True
    )
    yield url
    demo.close()


def told(value: str) -> str:
    data = WIDGETS["mask"].read(value)
    if data is None:
        return "nothing"
    image = Image.open(io.BytesIO(data)).convert("L")
    bits = np.asarray(image)
    places = np.argwhere(bits > 127)
    (top, left), (bottom, right) = places.min(0), places.max(0)
    return json.dumps([*image.size, int(left), int(top), int(right), int(bottom), int(bits[0, 0])])


def sent(page: Page) -> str:
    box = page.get_by_label("Got")
    before = box.input_value()
    page.get_by_role("button", name="Send").click()
    expect(box).not_to_have_value(before)
    return box.input_value()


def test_what_was_painted_is_white_in_a_mask_as_large_as_the_picture(
    easel: str, open_page: Open
) -> None:
    page = open_page(easel)
    assert sent(page) == "nothing"
    choose(page)
    shown, place = stage(page)
    share = WIDTH / place["width"]
    page.get_by_label("Size of the brush").fill("10")
    page.mouse.move(place["x"] + 100, place["y"] + 100)
    page.mouse.down()
    page.mouse.move(place["x"] + 160, place["y"] + 100, steps=4)
    page.mouse.up()
    width, height, left, top, right, bottom, corner = json.loads(sent(page))
    half = 0.1 * WIDTH / 2
    assert (width, height, corner) == (WIDTH, HEIGHT, 0)
    assert [left, right] == pytest.approx([100 * share - half, 160 * share + half], abs=4)
    assert [top, bottom] == pytest.approx([100 * share - half, 100 * share + half], abs=4)
    shown.focus()
    page.keyboard.press("Backspace")
    assert sent(page) == "nothing"
    page.keyboard.press("Tab")
    shown.focus()
    page.keyboard.press("Enter")
    assert json.loads(sent(page))[:2] == [WIDTH, HEIGHT]
