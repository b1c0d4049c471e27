"""What is drawn over a picture: in its own pixels, upright, and without a caller's markup."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from components import outputs
from components.pad import read_mask, show_marks, show_mask
from components.views import canvas, depths, points, ramp, seen
from pipelines.kinds.outputs import Boxes, output_kind
from pipelines.media import Picture
from pipelines.pictures import base64_png
from pipelines.registry import TASKS
from pipelines.settings import Limits
from tests.components.test_views import EVIL, visible
from tests.pipelines.media import saved
from tests.pipelines.tasks.sights import ODD
from tests.zoo.sights import PICTURE, SIZE

KIND = output_kind(Boxes)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))


def given(tag: str, **more: bytes) -> Any:
    task = TASKS[tag]
    return task.validate(task.inputs, {"image": saved(PICTURE), **more}, "inputs", Limits())


def box(label: str, score: float, *corners: int) -> dict[str, Any]:
    return {
        "label": label,
        "score": score,
        "box": dict(zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)),
    }


def mask(label: str, *corners: Any, **score: float) -> dict[str, Any]:
    drawn = Image.new("L", SIZE)
    drawn.paste(255, corners)
    return {"label": label, "mask": base64_png(drawn), **score}


TWO = [box("cat", 0.9, 1, 2, 90, 60), box("eye", 0.8, 10, 10, 20, 20)]


# The picture -----------------------------------------------------------------------------------


def opened(url: str) -> Image.Image:
    return Image.open(io.BytesIO(Path(url.removeprefix("gradio_api/file=")).read_bytes()))


@pytest.mark.parametrize("kind", ODD)
def test_a_browser_gets_what_the_model_saw(kind: str) -> None:
    encoded = Picture(ODD[kind](), Limits().pixels)
    page = canvas.canvas(encoded)
    shown = opened(page.url)
    assert (page.width, page.height) == shown.size == SIZE
    assert shown.format in ("PNG", "JPEG", "WEBP")
    far = np.asarray(shown.convert("RGB"), int) - np.asarray(encoded.decode(), int)
    assert abs(far).max() == 0


def test_a_plain_file_is_shown_as_it_is() -> None:
    data = saved(PICTURE, "JPEG")
    page = canvas.canvas(Picture(data, Limits().pixels))
    assert Path(page.url.removeprefix("gradio_api/file=")).read_bytes() == data


def test_a_picture_is_never_blown_up() -> None:
    html = canvas.canvas(Picture(saved(PICTURE), Limits().pixels)).drawn("", name="A cat")
    assert "max-width:96px" in html
    assert 'viewBox="0 0 96 64"' in html


# Boxes and masks -------------------------------------------------------------------------------


def test_boxes_stand_where_they_were_found_the_small_ones_on_top() -> None:
    html = seen.boxes(TWO[::-1], given("object-detection"), KIND)
    rectangles = re.findall(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"', html)
    assert rectangles == [("1", "2", "90", "59"), ("10", "10", "11", "11")]
    assert "eye 0.800 cat 0.900" in visible(html)


def test_a_row_of_the_list_belongs_to_what_is_drawn() -> None:
    html = seen.boxes(TWO, given("object-detection"), KIND)
    drawing, _, listed = html.partition('<div class="side">')
    pattern = r'data-colour="(\d)" data-row="(\d)" data-score="([\d.]+)"'
    drawn = re.findall(f'class="mark" {pattern}><rect', drawing)
    assert sorted(drawn, key=lambda each: each[1]) == re.findall(f"<li {pattern}", listed)
    assert re.findall(r'tabindex="(-?\d)"', listed) == ["0", "-1"]


def test_one_label_has_one_colour() -> None:
    found = [*TWO, box("cat", 0.7, 0, 0, 5, 5)]
    html = seen.boxes(found, given("object-detection"), KIND)
    assert re.findall(r'<li data-colour="(\d)"', html) == ["0", "1", "0"]


@pytest.mark.parametrize("kind", ["boxes", "masks", "keypoints"])
def test_nothing_found_is_said(kind: str) -> None:
    tag = {"boxes": "object-detection", "masks": "image-segmentation"}.get(kind, "mask-generation")
    html = outputs.VIEWS[kind].show([], given(tag), KIND)
    assert visible(html) == "Nothing was found."
    assert "<image" in html
    assert "type=" not in html


def test_masks_are_drawn_small_ones_on_top_with_one_bit_a_pixel() -> None:
    found = [mask("eye", 4, 4, 9, 9, score=0.9), mask("cat", 0, 0, 90, 60, score=0.5)]
    html = seen.masks(found, given("image-segmentation"), KIND)
    order = re.findall(r'class="mark" data-colour="(\d)"', html)
    assert order == ["1", "0"]
    files = re.findall(r'href="data:image/png;base64,([^"]+)"', html)
    small = [Image.open(io.BytesIO(base64.b64decode(each))) for each in files]
    assert [each.mode for each in small] == ["1", "1"]
    assert np.asarray(small[1]).sum() == 25


def test_a_mask_without_a_score_has_no_slider() -> None:
    html = seen.masks([mask("sky", 0, 0, 9, 9), mask("road", 9, 9, 20, 20)],
                      given("image-segmentation"), KIND)  # fmt: skip
    assert visible(html) == "sky road"
    assert 'type="range"' not in html
    assert "data-score" not in html


def test_the_slider_spans_the_scores() -> None:
    def ends(*scores: float) -> list[str]:
        html = seen.slider([("a", score) for score in scores])
        return re.findall(r'(?:min|max)="([^"]+)"', html)

    assert ends(0.2, 0.9) == ["0", "1"]
    assert ends(0.01, 0.04) == ["0", "0.04"]
    assert ends(-2, 3.5) == ["-2", "3.5"]
    assert ends(0.5, 0.5) == []


def test_a_long_list_is_cut_and_its_rest_counted() -> None:
    found = [box("a", 0.5, 0, 0, 1, 1)] * 300
    html = seen.boxes(found, given("object-detection"), KIND)
    assert html.count("<li") == 200
    assert "… and 100 more" in visible(html)
    assert html.count("<rect") == 300


# Depth -----------------------------------------------------------------------------------------


def test_depth_is_a_map_of_colours_beside_the_picture() -> None:
    grey = Image.fromarray(np.linspace(0, 65_535, 96 * 64).reshape(64, 96).astype(np.uint16))
    value = {"predicted_depth": [[0.5, 2.25]], "depth": base64_png(grey)}
    html = depths.depth(value, given("depth-estimation"), KIND)
    assert visible(html).startswith("0.5 2.25")
    first, second = (opened(url) for url in re.findall(r'href="([^"]+)"', html))
    assert (first.size, second.size) == (SIZE, SIZE)
    assert second.getpixel((0, 0)) == tuple(ramp.colours(0))
    assert second.getpixel((95, 63)) == tuple(ramp.colours(1))


def test_what_is_more_is_brighter() -> None:
    bright = ramp.colours(np.linspace(0, 1, 64)).astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(bright) > -1).all()
    assert bright[-1] - bright[0] > 150


# Keypoints and matches -------------------------------------------------------------------------


def test_points_are_joined_by_their_edges() -> None:
    joints = [{"x": 1.0, "y": 2.0, "score": 0.9, "label": "knee"},
              {"x": 30.0, "y": 40.0, "score": 0.8}]  # fmt: skip
    figure = {"keypoints": joints, "edges": [(0, 1)]}
    html = points.keypoints([figure], given("keypoint-detection"), KIND)
    assert 'x1="1.0" y1="2.0" x2="30.0" y2="40.0"' in html
    assert "knee (1, 2) 0.900 30, 40 0.800" in visible(html)


def test_a_match_is_a_line_between_two_pictures_of_one_height() -> None:
    other = Image.new("RGB", (64, 128))
    inputs = given("keypoint-matching", other=saved(other))
    value = [
        {"keypoint_image_0": {"x": 5.0, "y": 6.0}, "keypoint_image_1": {"x": 64.0, "y": 128.0},
         "score": 0.7},
        {"keypoint_image_0": {"x": 0.0, "y": 0.0}, "keypoint_image_1": {"x": 0.0, "y": 0.0},
         "score": 0.2},
    ]  # fmt: skip
    html = points.matches(value, inputs, KIND)
    assert 'viewBox="0 0 129 64"' in html
    # The second picture is half as large, and stands after a gap.
    assert 'x1="5.0" y1="6.0" x2="129.3" y2="64.0"' in html
    assert "5, 6 → 64, 128 0.700" in visible(html)
    assert visible(points.matches([], inputs, KIND)) == "Nothing was found."


# What is not drawn -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["boxes", "masks", "keypoints"])
def test_a_label_is_never_markup(kind: str) -> None:
    values: dict[str, Any] = {
        "boxes": [box(EVIL, 0.5, 0, 0, 5, 5)],
        "masks": [mask(EVIL, 0, 0, 5, 5, score=0.5)],
        "keypoints": [{"keypoints": [{"x": 0.0, "y": 0.0, "score": 1.0, "label": EVIL}]}],
    }
    html = outputs.VIEWS[kind].show(values[kind], given("object-detection"), KIND)
    assert "<script" not in html
    assert "&lt;script" in html


def test_files_and_many_numbers_are_told_and_not_written_out() -> None:
    value = {"predicted_depth": [[0.0] * 100] * 50, "depth": "A" * 500}
    assert outputs.short(value) == {
        "predicted_depth": "50 x 100 numbers, which the API sends",
        "depth": "A" * 60 + "… (500 characters)",
    }
    assert outputs.short({"predicted_depth": [[0.5, 1.0]]}) == {"predicted_depth": [[0.5, 1.0]]}
    assert outputs.short([mask("a", 0, 0, 1, 1)])[0]["mask"].endswith("characters)")


# The pad's text --------------------------------------------------------------------------------


def test_the_pad_holds_text(tmp_path: Path) -> None:
    assert show_marks([[1, 2, 1]]) == "[[1, 2, 1]]"
    assert show_marks("[[1,2]]") == "[[1,2]]"
    assert show_marks(None) == show_marks([]) == ""
    file = tmp_path / "mask.png"
    file.write_bytes(saved(Image.new("L", (2, 2))))
    assert read_mask(show_mask(file)) == file.read_bytes()
    assert read_mask(show_mask(None)) is None
