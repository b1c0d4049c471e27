"""Conversations with pictures, sounds and videos: what is read, kept, counted and refused."""

import base64
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import transformers
from transformers.utils.logging import disable_progress_bar

from pipelines import registry
from pipelines.errors import InvalidInput, WrongShape
from pipelines.kinds.outputs import said_join
from pipelines.settings import Limits
from pipelines.task import Request
from tests.conftest import SAMPLES
from tests.pipelines.tasks.dictation import dictated
from tests.pipelines.tasks.written import Writer, writer
from tests.zoo import talkers
from tests.zoo.talkers import CAT, WALK, audio, image, opened, text, video

COFFEE = SAMPLES / "coffee.jpg"
SEES, HEARS, WATCHES = "image-text-to-text", "audio-text-to-text", "video-text-to-text"
PLAIN = (
    "{% for m in messages %}{{ m['role'] + ': ' + m['content'] }} {% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
BUILDS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "llava": (SEES, talkers.llava),
    "llava of strings": (SEES, partial(talkers.llava, template=PLAIN)),
    "llava without a template": (SEES, partial(talkers.llava, template=None)),
    "paligemma": (SEES, talkers.paligemma),
    "idefics3": (SEES, talkers.idefics3),
    "qwen2-vl": (SEES, talkers.qwen2_vl),
    "film": (WATCHES, partial(talkers.qwen2_vl, tag=WATCHES)),
    "onevision": (WATCHES, talkers.onevision),
    "qwen2-audio": (HEARS, talkers.qwen2_audio),
    "omni": ("any-to-any", talkers.omni),
}
Make = Callable[[str], Writer]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    disable_progress_bar()
    folder = tmp_path_factory.mktemp("talk")

    def made(name: str) -> Writer:
        tag, build = BUILDS[name]
        return writer(folder, tag, build, name.replace(" ", "-"))

    return cache(made)


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def read(tag: str, *messages: Any, **body: Any) -> Request:
    return registry.get(tag).read({"messages": list(messages), **body}, Limits())


def ask(of: Writer, *messages: Any, **parameters: Any) -> Any:
    return of.ask(list(messages), **{"temperature": 0, "max_tokens": 6} | parameters)


def words(answer: Any) -> str:
    return str(answer["choices"][0]["message"]["content"])


def tokens(answer: Any) -> int:
    return int(answer["usage"]["prompt_tokens"])


# What is read -----------------------------------------------------------------------------------


def data(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


@pytest.mark.parametrize(
    "part",
    [
        image(),
        {"type": "image_url", "image_url": {"url": data(CAT), "detail": "auto"}},
        {"type": "image_url", "image_url": data(CAT)},
        {"type": "image", "image": data(CAT)},
        {"type": "image", "url": f"data:image/jpeg;base64,{data(CAT)}"},
        {"type": "image", "base64": data(CAT)},
    ],
)
def test_each_form_of_a_picture_is_the_same_picture(part: Any) -> None:
    asked = read(SEES, user(part, text("Hi")))
    seen, said = asked.inputs[0].messages[0].parts()
    assert (seen.file.data, said.text) == (CAT.read_bytes(), "Hi")


def test_files_go_to_a_worker_as_they_came() -> None:
    asked = read("any-to-any", user(image(), audio(), video(WALK.read_bytes())))
    row = asked.inputs[0]
    sent = row.model_dump()
    assert sent["messages"][0]["content"][0]["image"] == CAT.read_bytes()
    assert type(row).model_validate(sent, context=Limits()) == row


@pytest.mark.parametrize(
    ("tag", "part", "sentence"),
    [
        ("conversational", image(), "reads no pictures; choose an image-text-to-text model"),
        (SEES, audio(), "reads no sounds; choose an audio-text-to-text model"),
        (SEES, video(WALK.read_bytes()), "reads no videos; choose a video-text-to-text model"),
        (HEARS, image(), "reads no pictures"),
    ],
)
def test_a_file_of_another_kind_is_another_tasks(tag: str, part: Any, sentence: str) -> None:
    with pytest.raises(WrongShape, match=sentence):
        read(tag, user(part, text("Hi")))


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (
            {"type": "image_url", "image_url": {"url": "https://e.org/a.jpg"}},
            "send the file itself",
        ),
        ({"type": "image_url", "image_url": {"url": "AAAA"}}, "is not a picture"),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,!"}}, "nor base64"),
        ({"type": "image_url", "image_url": {"url": data(CAT), "size": 1}}, "does not know size"),
        ({"type": "image_url"}, '"image_url"'),
        ({"type": "image"}, "should have 'image'"),
        ({"type": "image", "path": "/etc/passwd"}, "path"),
        ({"type": "input_audio", "input_audio": {"data": data(CAT)}}, "not sound"),
        ({"type": "video_url", "video_url": {"url": data(CAT)}}, "video"),
        ({"type": "input_file", "file": "x"}, "'text', 'image', 'audio' or 'video'"),
    ],
)
def test_a_bad_part_is_named(part: Any, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=r"inputs\.messages\.1\.content.*" + sentence):
        read("any-to-any", {"role": "system", "content": "Be short"}, user(text("Hi"), part))


def test_pictures_have_a_bound_together() -> None:
    with opened(CAT) as cat:
        limits = Limits(pixels=cat.width * cat.height)
    body = {"messages": [user(*[image()] * 4)]}
    assert registry.get(SEES).read(body, limits)
    with pytest.raises(InvalidInput, match="pixels together"):
        registry.get(SEES).read({"messages": [*body["messages"], user(image())]}, limits)


def test_frames_are_asked_for_in_one_way() -> None:
    with pytest.raises(InvalidInput, match="num_frames and fps"):
        read(WATCHES, user(text("Hi")), num_frames=2, fps=1)
    with pytest.raises(InvalidInput, match=r"modalities"):
        read("any-to-any", user(text("Hi")), modalities=["text", "audio"])


# What is answered -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["llava", "idefics3", "qwen2-vl", "onevision"])
def test_a_picture_counts(make: Make, name: str) -> None:
    model = make(name)
    bare = ask(model, user(text("What is it?")))
    cat, coffee = (ask(model, user(image(path), text("What is it?"))) for path in (CAT, COFFEE))
    assert words(cat) != words(coffee)
    assert tokens(cat) > tokens(bare)
    both = ask(model, user(image(), image(COFFEE), text("What is it?")))
    swapped = ask(model, user(image(COFFEE), image(), text("What is it?")))
    assert tokens(both) == tokens(swapped) > tokens(cat)
    assert words(both) != words(swapped)


def test_a_picture_of_an_earlier_turn_counts(make: Make) -> None:
    answer = {"role": "assistant", "content": "A cat."}
    last = {"role": "user", "content": "Sure?"}
    cat, coffee = (
        ask(make("llava"), user(image(path), text("What?")), answer, last) for path in (CAT, COFFEE)
    )
    assert words(cat) != words(coffee)
    processor = transformers.AutoProcessor.from_pretrained(make("llava").model.path)
    turns = [
        user({"type": "image", "image": opened(CAT)}, text("What?")),
        {"role": "assistant", "content": [text("A cat.")]},
        user(text("Sure?")),
    ]
    ids = processor.apply_chat_template(turns, add_generation_prompt=True, tokenize=True)
    assert tokens(cat) == len(ids[0])


def test_a_chat_without_pictures(make: Make) -> None:
    model = make("llava")
    said = ask(model, {"role": "user", "content": "Hi"})
    assert said == ask(model, user(text("Hi")))
    chat = Writer("conversational", model.model, model.pipe)
    assert registry.get("conversational").accepts(model.model)
    assert ask(chat, {"role": "user", "content": "Hi"}) == said
    goes_on = Writer("text-generation", model.model, model.pipe)
    assert goes_on.ask("The fox", max_new_tokens=3)[0]["generated_text"]


def test_a_stream_is_the_whole(make: Make) -> None:
    messages = [user(image(), text("What?"))]
    given = {"temperature": 0, "max_tokens": 6, "logprobs": True}
    whole = make("idefics3").ask(messages, **given)
    chunks = make("idefics3").chunks(messages, **given)
    assert len(chunks) == 6
    assert said_join(chunks) == whole


def test_options_reach_a_model_that_sees(make: Make) -> None:
    model = make("llava")
    asked = user(image(), text("What?"))
    with dictated(model.pipe, "one two three"):
        answer = ask(model, asked, stop=["three"], max_tokens=20)
    assert (words(answer), answer["choices"][0]["finish_reason"]) == ("one two ", "stop")
    draws = [words(ask(model, asked, temperature=1.5, seed=seed)) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_a_template_of_plain_text_gets_a_mark_for_each_picture(make: Make) -> None:
    prompt = make("llava of strings").pipe.prompt(
        [{"role": "user", "content": [{"type": "image"}, text("What?")]}], None
    )
    assert prompt == "user: <image>\nWhat? assistant:"
    ask(make("llava of strings"), user(image(), text("What?")))


# The library's own processor counts its tokens in a way that numpy no longer likes.
@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
def test_a_model_without_a_template_takes_one_message(make: Make) -> None:
    model = make("paligemma")
    asked = user(image(), text("caption en"))
    assert tokens(ask(model, asked)) > 16
    with pytest.raises(InvalidInput, match="one message alone"):
        ask(model, asked, {"role": "assistant", "content": "A cat"}, user(text("Sure?")))


@pytest.mark.parametrize("name", ["llava", "llava of strings", "idefics3", "qwen2-vl"])
def test_a_mark_of_a_file_is_no_word_beside_files(make: Make, name: str) -> None:
    model = make(name)
    mark = model.pipe.mark("image")
    with pytest.raises(InvalidInput, match="This model reserves") as refused:
        ask(model, user(image(), text(f"{mark} What?")))
    assert f"the text holds {mark}." in str(refused.value)
    ask(model, user(image(), text(f"{mark[0]} {mark[1:]} What?")))


def test_what_a_processor_refuses_is_told(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make("llava")

    def refuse(*given: Any, **more: Any) -> None:
        raise ValueError("No such picture.")

    monkeypatch.setattr(type(model.pipe.processor), "__call__", refuse)
    with pytest.raises(InvalidInput, match="this model's processor says: No such picture"):
        ask(model, user(image(), text("What?")))


def test_a_sound_counts(make: Make) -> None:
    bare = ask(make("qwen2-audio"), user(text("What?")))
    heard = ask(make("qwen2-audio"), user(audio(), text("What?")))
    assert tokens(heard) > tokens(bare)
    assert words(heard) != words(bare)


def test_a_film_counts(make: Make) -> None:
    bare = ask(make("onevision"), user(text("What?")))
    seen = ask(make("onevision"), user(video(WALK.read_bytes()), text("What?")))
    assert tokens(seen) > tokens(bare)
    assert words(seen) != words(bare)


def test_frames_count(make: Make) -> None:
    asked = user(video(WALK.read_bytes()), text("What?"))
    two, six = (tokens(ask(make("film"), asked, num_frames=count)) for count in (2, 6))
    assert six - two == 2 * (tokens(ask(make("film"), asked, num_frames=4)) - two)
    (answer, told) = make("film").told([asked], num_frames=500, max_tokens=1)
    assert tokens(answer) > six
    assert any("fewer than num_frames" in sentence for sentence in told)


def test_a_model_of_everything_reads_each(make: Make) -> None:
    parts = [image(), audio(), video(WALK.read_bytes())]
    alone = [tokens(ask(make("omni"), user(part, text("What?")))) for part in parts]
    bare = tokens(ask(make("omni"), user(text("What?"))))
    together = tokens(ask(make("omni"), user(*parts, text("What?"))))
    assert together - bare == sum(count - bare for count in alone)


def test_a_model_that_reads_less_than_its_task_says_so(make: Make) -> None:
    seer = Writer("any-to-any", make("llava").model, make("llava").pipe)
    with pytest.raises(InvalidInput, match="reads no sounds. It reads text and pictures"):
        ask(seer, user(audio(), text("What?")))
