"""A Space pushed to the Hub and duplicated there, by the real huggingface_hub."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import targets
from deploy.plan import plan
from deploy.push import Spaces, Wish
from pipelines.errors import Forbidden, InvalidInput, TaglineError, Unauthorized, Unavailable
from tests.conftest import IRIS
from tests.deploy import fake_spaces
from tests.deploy.away import board

TOKEN = "hf_good"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[fake_spaces.Spaces]:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    made = fake_spaces.Spaces()
    yield made
    made.close()


@pytest.fixture
def ours(hub: fake_spaces.Spaces) -> Spaces:
    return Spaces(hub.url, TOKEN)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    (made / "models").mkdir(parents=True)
    (made / "app.py").write_text("print('hello')\n")
    (made / "models" / "one.bin").write_bytes(bytes(range(256)))
    return made


def test_a_whole_export_arrives(hub: fake_spaces.Spaces, ours: Spaces, tmp_path: Path) -> None:
    targets.write("space", plan(board(), IRIS), tmp_path / "space")
    address = ours.push(tmp_path / "space", "ann/flowers", Wish())
    assert address == f"{hub.url}/spaces/ann/flowers"
    sent = {
        str(path.relative_to(tmp_path / "space")): path.read_bytes()
        for path in (tmp_path / "space").rglob("*")
        if path.is_file()
    }
    assert hub.spaces["ann/flowers"].files == sent
    assert "models/tagline/iris/model.skops" in sent
    about = hub.spaces["ann/flowers"].about
    assert (about["type"], about["sdk"]) == ("space", "gradio")
    assert not {"hardware", "sleepTimeSeconds", "secrets", "variables"} & about.keys()


def test_what_is_wished_for(hub: fake_spaces.Spaces, ours: Spaces, folder: Path) -> None:
    wish = Wish(True, "t4-small", 3600, {"HF_TOKEN": "hf_other"}, {"TAGLINE_MAX_TEXT": "99"})
    ours.push(folder, "flowers", wish)  # a name alone is one's own
    made = hub.spaces["ann/flowers"]
    assert made.about["hardware"] == "t4-small"
    assert made.about["sleepTimeSeconds"] == 3600
    assert made.about.get("private") or made.about["visibility"] == "private"
    assert (made.secrets, made.variables) == ({"HF_TOKEN": "hf_other"}, {"TAGLINE_MAX_TEXT": "99"})


def test_a_name_in_use(hub: fake_spaces.Spaces, ours: Spaces, folder: Path) -> None:
    ours.push(folder, "ann/flowers", Wish())
    with pytest.raises(InvalidInput, match="ann/flowers is there already.*--update"):
        ours.push(folder, "ann/flowers", Wish())
    (folder / "app.py").unlink()
    (folder / "new.py").write_text("pass\n")
    wish = Wish(hardware="t4-small", secrets={"A": "1"}, variables={"B": "2"})
    assert ours.push(folder, "ann/flowers", wish, update=True) == f"{hub.url}/spaces/ann/flowers"
    made = hub.spaces["ann/flowers"]
    assert sorted(made.files) == ["models/one.bin", "new.py"]
    assert (made.about["flavor"], made.secrets, made.variables) == (
        "t4-small", {"A": "1"}, {"B": "2"},
    )  # fmt: skip
    assert len(made.commits) == 2


def test_duplicate(hub: fake_spaces.Spaces, ours: Spaces, folder: Path) -> None:
    ours.push(folder, "ann/flowers", Wish(secrets={"A": "1"}, variables={"B": "2"}))
    wish = Wish(private=True, hardware="t4-small", secrets={"C": "3"})
    assert ours.duplicate("ann/flowers", "ann/again", wish) == f"{hub.url}/spaces/ann/again"
    made = hub.spaces["ann/again"]
    assert made.files == hub.spaces["ann/flowers"].files
    assert (made.secrets, made.variables) == ({"C": "3"}, {"B": "2"})
    assert made.about["hardware"] == "t4-small"
    with pytest.raises(InvalidInput, match="There is no Space ann/nothing"):
        ours.duplicate("ann/nothing", "ann/other", Wish())
    with pytest.raises(InvalidInput, match="ann/again is there already"):
        ours.duplicate("ann/flowers", "ann/again", Wish())


@pytest.mark.parametrize(
    ("name", "wish", "words"),
    [
        ("no such name", Wish(), "is not a model id|no name of a Space"),
        ("ann/flowers@main", Wish(), "no name of a Space"),
        ("../flowers", Wish(), "is not a model id|no name of a Space"),
        ("ann/flowers", Wish(hardware="tpu"), "'tpu' is no hardware of a Space"),
        ("ann/flowers", Wish(sleep=60), "cpu-basic sleeps when the Hub says so"),
        ("ann/flowers", Wish(hardware="zero-a10g", sleep=60), "zero-a10g sleeps when"),
    ],
    ids=["spaces", "revision", "path", "hardware", "sleep", "zero"],
)
def test_wishes_that_cannot_be(
    hub: fake_spaces.Spaces, ours: Spaces, folder: Path, name: str, wish: Wish, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        ours.push(folder, name, wish)
    assert hub.seen == []


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, Unauthorized, "does not know this token"),
        (402, Forbidden, "paid for: Sorry"),
        (403, Forbidden, "may not write to ann/flowers: Sorry"),
        (400, InvalidInput, "refuses ann/flowers: Sorry"),
        (429, Unavailable, "too many calls"),
        (500, Unavailable, "fails just now .500."),
    ],
    ids=str,
)
@pytest.mark.parametrize("part", ["create", "preupload", "commit"])
def test_what_the_hub_refuses(
    hub: fake_spaces.Spaces, folder: Path, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str], part: str, status: int, kind: type[TaglineError], words: str,
) -> None:  # fmt: skip
    hub.sick[f"/{part}"] = status, "Sorry"
    with caplog.at_level(logging.DEBUG), pytest.raises(kind, match=words) as caught:
        Spaces(hub.url, TOKEN).push(folder, "ann/flowers", Wish(secrets={"A": "hush"}))
    printed = capfd.readouterr()
    everything = f"{caught.value} {caplog.text} {printed.out} {printed.err}"
    assert TOKEN not in everything
    assert "hush" not in everything


def test_a_token_that_nobody_knows(hub: fake_spaces.Spaces, folder: Path) -> None:
    with pytest.raises(Unauthorized, match="Make one that may write") as caught:
        Spaces(hub.url, "hf_bad").push(folder, "ann/flowers", Wish())
    assert "hf_bad" not in str(caught.value)
    with pytest.raises(Unauthorized):
        Spaces(hub.url, "hf_bad").push(folder, "flowers", Wish())


def test_somebody_elses_name(ours: Spaces, folder: Path) -> None:
    with pytest.raises(Forbidden, match="a name that is yours: you/flowers"):
        ours.push(folder, "bob/flowers", Wish())


def test_no_network(folder: Path) -> None:
    with pytest.raises(Unavailable, match="The Hub cannot be reached"):
        Spaces("http://127.0.0.1:9", TOKEN).push(folder, "ann/flowers", Wish())


def test_nothing_secret_is_shown() -> None:
    assert TOKEN not in repr(Spaces("http://127.0.0.1:9", TOKEN))
    assert "hush" not in repr(Wish(secrets={"A": "hush"}))
