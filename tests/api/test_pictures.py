"""Pictures over HTTP: the real InferenceClient, adapters by id, and several at a time."""

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from huggingface_hub import InferenceClient
from openai import OpenAI
from PIL import Image, ImageOps

from tests.conftest import Server
from tests.zoo.alike import same_picture
from tests.zoo.image_text_to_image import TINY as EDITORS
from tests.zoo.image_to_image import TINY as CHANGERS
from tests.zoo.painters import half, lora, photo, png
from tests.zoo.text_to_image import TINY as DRAWERS

DRAWER = DRAWERS[0]
FEW = {"num_inference_steps": 2, "seed": 7}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("pictures")
    for tiny in (*DRAWERS, *CHANGERS, *EDITORS):
        tiny.build(home / "models" / "tiny" / tiny.name)
    lora(home / "models" / "tiny" / "style")
    (home / "models" / "tiny" / "style" / "secret.txt").write_text("nothing to be sent")
    server = Server(home, TAGLINE_MODELS_DIR=str(home / "models")).wait()
    server.models = home / "models" / "tiny"  # type: ignore[attr-defined]
    yield server
    server.stop()


def url(server: Server, name: str = DRAWER.name) -> str:
    return f"{server.url}/models/tiny/{name}"


def ask(server: Server, headers: dict[str, str] | None = None, **parameters: Any) -> httpx.Response:
    body = {"inputs": "a fox", "parameters": FEW | parameters}
    return httpx.post(url(server), json=body, headers=headers, timeout=60)


def direct(server: Server, tiny: Any) -> Any:
    folder: Path = server.models / tiny.name  # type: ignore[attr-defined]
    return np.asarray(Image.open(io.BytesIO(tiny.direct(folder)["content"])))


@pytest.mark.parametrize("tiny", DRAWERS, ids=[tiny.name for tiny in DRAWERS])
def test_text_to_image(pictures: Server, tiny: Any) -> None:
    client = InferenceClient(url(pictures, tiny.name), timeout=60)
    made = client.text_to_image(tiny.body["inputs"], **tiny.body["parameters"])
    assert same_picture(made, direct(pictures, tiny))
    assert made.info["parameters"].endswith('"seed": 7}')


@pytest.mark.parametrize("tiny", CHANGERS, ids=[tiny.name for tiny in CHANGERS])
def test_image_to_image(pictures: Server, tiny: Any) -> None:
    client = InferenceClient(url(pictures, tiny.name), timeout=60)
    inputs, parameters = tiny.body["inputs"], dict(tiny.body.get("parameters", {}))
    if isinstance(inputs, dict):  # the client has no argument for a mask, but sends what is more
        inputs, parameters = inputs["image"], {**parameters, "mask": inputs["mask"]}
    made = client.image_to_image(base64.b64decode(inputs), **parameters)
    assert same_picture(made, direct(pictures, tiny))


def test_image_to_image_with_nothing_but_the_picture(pictures: Server) -> None:
    client = InferenceClient(url(pictures, CHANGERS[0].name), timeout=60)
    made = client.image_to_image(png(photo())["content"])
    assert made.size == photo().size


def test_a_size_for_the_result(pictures: Server) -> None:
    client = InferenceClient(url(pictures, CHANGERS[0].name), timeout=60)
    wish: Any = {"target_size": {"width": 48, "height": 16}, **FEW}
    assert client.image_to_image(png(photo())["content"], prompt="a fox", **wish).size == (48, 16)


def test_one_model_answers_for_both_tasks(pictures: Server) -> None:
    body = {"inputs": base64.b64encode(png(photo())["content"]).decode(),
            "parameters": {"prompt": "a fox", "strength": 1.0, **FEW}}  # fmt: skip
    answer = httpx.post(f"{url(pictures)}/pipeline/image-to-image", json=body, timeout=60)
    assert answer.headers["content-type"] == "image/png", answer.text
    mask = base64.b64encode(png(half())["content"]).decode()
    body["inputs"] = {"image": body["inputs"], "mask": mask}
    filled = httpx.post(f"{url(pictures)}/pipeline/image-to-image", json=body, timeout=60)
    assert filled.content != answer.content


def test_several_pictures_are_a_list(pictures: Server) -> None:
    made = ask(pictures, num_images_per_prompt=2).json()
    assert [each["content-type"] for each in made] == ["image/png"] * 2
    assert len({each["blob"] for each in made}) == 2


def test_the_format_that_a_caller_accepts(pictures: Server) -> None:
    for mime in ("image/jpeg", "image/webp"):
        assert ask(pictures, {"accept": mime}).headers["content-type"] == mime


def test_a_seed_that_was_drawn_is_told_in_a_header(pictures: Server) -> None:
    body = {"inputs": "a fox", "parameters": {"num_inference_steps": 2}}
    answer = httpx.post(url(pictures), json=body, timeout=60)
    topic, _, sentence = answer.headers["x-hf-warning"].partition("; ")
    assert topic == "Seed"
    body["parameters"]["seed"] = int(sentence.split()[1])  # type: ignore[index]
    assert httpx.post(url(pictures), json=body, timeout=60).content == answer.content


def events(server: Server, **parameters: Any) -> Iterator[Any]:
    body = {"inputs": "a fox", "parameters": FEW | parameters, "stream": True}
    with httpx.stream("POST", url(server), json=body, timeout=60) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                yield json.loads(line.removeprefix("data: "))


def test_steps_come_as_they_are_done(pictures: Server) -> None:
    made = list(events(pictures, num_inference_steps=4))
    assert [(each["step"], each["steps"]) for each in made] == [(n, 4) for n in (1, 2, 3, 4, 4)]
    assert made[0]["preview"]["content-type"] == "image/jpeg"
    whole = ask(pictures, num_inference_steps=4).content
    assert base64.b64decode(made[-1]["result"]["blob"]) == whole


def test_a_caller_who_leaves_frees_the_model(pictures: Server) -> None:
    """Else the next one would wait for 900 steps."""
    running = events(pictures, num_inference_steps=900)
    assert next(running)["step"] == 1
    running.close()  # type: ignore[attr-defined]
    assert ask(pictures).status_code == 200


# OpenAI's pictures -------------------------------------------------------------------------------


def connect(server: Server) -> OpenAI:
    return OpenAI(base_url=f"{server.url}/v1", api_key="none", timeout=60, max_retries=0)


def opened(made: Any, at: int = 0) -> Any:
    """The picture number `at` of OpenAI's answer."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(made.data[at].b64_json))))


def clear(mask: Image.Image) -> bytes:
    """A picture that is transparent where `mask` is white, as OpenAI wants it."""
    page = photo().convert("RGBA")
    page.putalpha(ImageOps.invert(mask.convert("L")))
    return bytes(png(page)["content"])


@pytest.mark.parametrize("tiny", [*CHANGERS[:4], *EDITORS], ids=lambda tiny: tiny.name)
def test_openai_s_client_edits_a_picture(pictures: Server, tiny: Any) -> None:
    parameters = dict(tiny.body["parameters"])
    inputs = tiny.body["inputs"]
    given = inputs if isinstance(inputs, dict) else {"image": inputs}
    words = parameters.pop("prompt", None) or given["prompt"]
    wish: dict[str, Any] = {"mask": ("mask.png", clear(half()))} if "mask" in given else {}
    size = parameters.pop("target_size", None)
    if size:
        wish["size"] = f"{size['width']}x{size['height']}"
    beyond = {name: value for name, value in parameters.items() if name != "image_guidance_scale"}
    made = connect(pictures).images.edit(
        model=f"tiny/{tiny.name}",
        image=("a.png", base64.b64decode(given["image"])),
        prompt=words,
        extra_body=beyond,
        **wish,
    )
    body = {"inputs": given, "parameters": {**beyond, "prompt": words} | (
        {"target_size": size} if size else {})}  # fmt: skip
    own = httpx.post(f"{url(pictures, tiny.name)}/pipeline/{tiny.tag}", json=body, timeout=60)
    assert own.status_code == 200, own.text
    assert same_picture(opened(made), Image.open(io.BytesIO(own.content)))


def test_several_edits_of_a_size_and_a_format(pictures: Server) -> None:
    made = connect(pictures).images.edit(
        model=f"tiny/{CHANGERS[0].name}", image=[png(photo())["content"]], prompt="a fox", n=2,
        size="48x16", output_format="jpeg", response_format="b64_json", extra_body=FEW,
    )  # fmt: skip
    assert [opened(made, at).shape for at in range(2)] == [(16, 48, 3)] * 2
    assert (opened(made, 0) != opened(made, 1)).any()
    assert made.data is not None
    assert base64.b64decode(made.data[0].b64_json or "").startswith(b"\xff\xd8")


def test_openai_s_client_draws(pictures: Server) -> None:
    made = connect(pictures).images.generate(
        model=f"tiny/{DRAWER.name}", prompt="a fox", n=2, size="32x32", extra_body=FEW
    )
    alone = np.asarray(Image.open(io.BytesIO(ask(pictures, width=32, height=32).content)))
    assert np.abs(opened(made).astype(int) - alone).max() <= 2  # batches round in their own order
    assert made.data is not None
    assert len(made.data) == 2


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"mask": b"no picture"}, "not a picture"),
        ({"size": "wide"}, "size"),
        ({"n": "9"}, "num_images_per_prompt"),
        ({"stream": "true"}, "pictures come whole"),
        ({"response_format": "url"}, "response_format"),
        ({"mood": "glad"}, "mood"),
        ({"image": "words"}, "send files"),
        ({"prompt": None}, "prompt"),
    ],
    ids=str,
)
def test_what_edits_refuse(pictures: Server, form: dict[str, Any], words: str) -> None:
    whole = {"model": f"tiny/{CHANGERS[0].name}", "prompt": "a fox",
             "image": png(photo())["content"], **FEW} | form  # fmt: skip
    files = {
        name: (name if isinstance(value, bytes) else None, value if isinstance(value, bytes)
               else str(value).encode())
        for name, value in whole.items() if value is not None
    }  # fmt: skip
    answer = httpx.post(f"{pictures.url}/v1/images/edits", files=files, timeout=60)
    assert answer.status_code == 422, answer.text
    assert words in answer.json()["error"]


def test_several_pictures_are_not_edited_as_one(pictures: Server) -> None:
    with pytest.raises(openai.UnprocessableEntityError, match="one picture at a time"):
        connect(pictures).images.edit(
            model=f"tiny/{CHANGERS[0].name}", image=[png(photo())["content"]] * 2, prompt="a fox"
        )
    with pytest.raises(openai.BadRequestError, match="cannot change a picture"):
        connect(pictures).images.edit(
            model="openai/whisper-tiny.en", image=png(photo())["content"], prompt="a fox"
        )


# Adapters --------------------------------------------------------------------------------------


def test_an_adapter_by_its_id_or_by_a_header(pictures: Server) -> None:
    plain, styled = ask(pictures).content, ask(pictures, lora="tiny/style").content
    assert styled != plain
    assert ask(pictures, {"lora": "tiny/style"}).content == styled
    assert ask(pictures, lora="tiny/style", lora_scale=0.5).content not in (plain, styled)
    assert ask(pictures).content == plain


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tiny/none", "not on this machine"),
        ("/etc/passwd", "parameters.lora"),
        ("../tiny/style", "parameters.lora"),
        ("tiny/style/../style", "parameters.lora"),
        (DRAWER.name, "parameters.lora"),
        (f"tiny/{DRAWER.name}", "is no adapter"),
    ],
)
def test_what_is_no_adapter_on_this_machine(pictures: Server, name: str, words: str) -> None:
    answer = ask(pictures, lora=name)
    assert answer.status_code == 422, answer.text
    assert words in answer.json()["error"]
    assert str(pictures.models) not in answer.text  # type: ignore[attr-defined]


def test_an_adapter_of_another_model(pictures: Server) -> None:
    body = {"inputs": "a fox", "parameters": {"lora": "tiny/style", **FEW}}
    answer = httpx.post(url(pictures, DRAWERS[1].name), json=body, timeout=60)
    assert answer.status_code == 422
    assert "changes no layer" in answer.json()["error"]


def test_an_adapter_is_no_model_by_itself(pictures: Server) -> None:
    answer = httpx.post(url(pictures, "style"), json={"inputs": "a fox"}, timeout=60)
    assert answer.status_code == 400
    assert "can do none of the tasks" in answer.json()["error"]
