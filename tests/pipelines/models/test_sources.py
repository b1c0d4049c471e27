"""Every source on this machine, their order, and what a revision means in each."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipelines.errors import InvalidInput, UnknownModel
from pipelines.model import Model
from pipelines.models.listing import Files
from tests.pipelines.models.conftest import Make
from tests.pipelines.models.fake_hub import Hub
from tests.pipelines.models.samples import SHA, cached, files, lay

OTHER = "f" * 40


def test_a_folder_named_on_the_command_line(tmp_path: Path, make: Make) -> None:
    folder = lay(tmp_path / "My model", files())
    models = make(model=str(folder))
    model = models.find("local/My-model")
    assert (models.shown, model.path, model.source) == (model.id, folder, "local")
    assert model.revision.startswith("local-")


def test_a_relative_folder_named_on_the_command_line(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path / "m", files())
    monkeypatch.chdir(tmp_path)
    models = make(model="./m")
    monkeypatch.chdir("/")
    assert models.find("local/m").path == tmp_path / "m"


def test_a_path_to_nothing_is_said_to_be_that(make: Make) -> None:
    with pytest.raises(InvalidInput, match="not a folder with a model"):
        _ = make(model="./nothing").shown


def test_an_id_in_the_settings_is_shown_as_it_is(make: Make) -> None:
    assert make(model="org/name").shown == "org/name"
    assert make().shown is None


def test_folders_of_models(tmp_path: Path, make: Make) -> None:
    lay(tmp_path / "a/org/name", files())
    lay(tmp_path / "b/gpt2", files())
    models = make(models_dir=(tmp_path / "a", tmp_path / "b", tmp_path / "missing"))
    assert models.find("org/name").source == "folder"
    assert models.find("gpt2").path == tmp_path / "b/gpt2"
    assert [model.id for model in models.list()] == ["gpt2", "org/name"]


def test_a_part_of_a_model_is_no_model(tmp_path: Path, make: Make) -> None:
    lay(tmp_path / "a/pipe", {"model_index.json": {}, "unet/config.json": {}})
    models = make(models_dir=(tmp_path / "a",))
    assert [model.id for model in models.list()] == ["pipe"]
    with pytest.raises(UnknownModel):
        models.find("pipe/unet")


def test_starters_come_first(tmp_path: Path, make: Make) -> None:
    lay(tmp_path / "home/starters/z/starter", files())
    lay(tmp_path / "a/a/folder", files())
    models = make(models_dir=(tmp_path / "a",))
    assert [(m.id, m.source) for m in models.list()] == [
        ("z/starter", "starter"),
        ("a/folder", "folder"),
    ]


def test_the_users_cache_is_read(make: Make, cache: Path) -> None:
    snapshot = cached(cache, "org/name", files())
    cached(cache, "gpt2", files())
    model = make().find("org/name")
    assert (model.path, model.revision, model.source) == (snapshot, SHA, "cache")
    assert [m.id for m in make().list()] == ["gpt2", "org/name"]


def test_a_cached_model_by_branch_and_by_commit(make: Make, cache: Path) -> None:
    cached(cache, "org/name", files(), SHA, main=SHA)
    cached(cache, "org/name", files("text-classification"), OTHER, v2=OTHER)
    models = make()
    assert models.find("org/name").revision == SHA
    assert models.find("org/name@main").revision == SHA
    assert models.find("org/name@v2").revision == OTHER
    assert models.find(f"org/name@{OTHER}").tag == "text-classification"
    with pytest.raises(UnknownModel, match=f"ask for org/name@({SHA}|{OTHER})"):
        models.find("org/name@v3")


@pytest.mark.parametrize(
    "part",
    [
        {"README.md": "# only a card"},
        {"config.json": {}},
        {
            "config.json": {},
            "model-00001-of-00002.safetensors": b"1",
            "model.safetensors.index.json": {
                "weight_map": {
                    "a": "model-00001-of-00002.safetensors",
                    "b": "model-00002-of-00002.safetensors",
                }
            },
        },
        {
            "model_index.json": {"_class_name": "X", "unet": ["d", "U"], "vae": ["d", "V"]},
            "unet/model.safetensors": b"1",
        },
    ],
)
def test_half_a_cached_model_is_none(part: dict[str, object], make: Make, cache: Path) -> None:
    cached(cache, "org/name", part)
    assert make().list() == []


def test_a_pipeline_without_an_optional_part_is_whole(make: Make, cache: Path) -> None:
    index = {"_class_name": "X", "unet": ["d", "U"], "safety_checker": [None, None]}
    cached(cache, "o/n", {"model_index.json": index, "unet/model.safetensors": b"1"})
    assert make().find("o/n").library == "diffusers"


def test_dead_links_and_strange_entries_do_no_harm(make: Make, cache: Path) -> None:
    snapshot = cached(cache, "org/name", files())
    (snapshot / "model.safetensors").resolve().unlink()
    lay(cache, {"models--x": "a file", "models--a--b--c--d/refs/main": SHA, "junk/x": "1"})
    lay(cache, {"models--o--n/refs/main": "../../../../etc"})
    assert make().list() == []


def test_the_first_source_wins(tmp_path: Path, make: Make, cache: Path) -> None:
    lay(tmp_path / "a/o/n", files())
    lay(tmp_path / "home/starters/o/n", files())
    cached(cache, "o/n", files())
    places = (tmp_path / "a", tmp_path / "home/starters")
    models = make(models_dir=(places[0],))
    assert models.find("o/n").source == "folder"
    assert [m.source for m in models.list()] == ["folder"]
    assert make().find("o/n").source == "starter"
    assert make(starters_dir=tmp_path / "none").find("o/n").source == "cache"


def test_a_commit_bypasses_folders_and_starters(tmp_path: Path, make: Make, cache: Path) -> None:
    lay(tmp_path / "home/starters/o/n", files())
    cached(cache, "o/n", files())
    models = make()
    assert models.find(f"o/n@{SHA}").source == "cache"
    mark = models.find("o/n").revision
    assert models.find(f"o/n@{mark}").source == "starter"
    with pytest.raises(UnknownModel):
        models.find("o/n@v1")


def test_a_stamp_follows_the_content(tmp_path: Path, make: Make) -> None:
    folder = lay(tmp_path / "a/o/n", files())
    models = make(models_dir=(tmp_path / "a",))
    before = models.find("o/n")
    assert models.find("o/n") == before
    lay(folder, files("text-classification"))
    after = models.find("o/n")
    assert (after.revision != before.revision, after.tag) == (True, "text-classification")


def test_new_folders_are_seen(tmp_path: Path, make: Make) -> None:
    models = make(models_dir=(tmp_path / "a",))
    assert models.list() == []
    lay(tmp_path / "a/o/n", files())
    assert [model.id for model in models.list()] == ["o/n"]


def test_an_unchanged_folder_is_read_once(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path / "a/o/n", files())
    models = make(models_dir=(tmp_path / "a",))
    reads: list[str] = []
    read = models.catalog.describer.read

    def counted(folder: Path, id: str, files: Files, source: str) -> Model:
        reads.append(id)
        return read(folder, id, files, source)

    monkeypatch.setattr(models.catalog.describer, "read", counted)
    for _ in range(3):
        models.list()
        models.find("o/n")
    assert reads == ["o/n"]


def test_trust_is_for_the_very_model(tmp_path: Path, make: Make) -> None:
    for id in ("o/n", "o/m"):
        lay(tmp_path / "a" / id, files(handler__py=""))
    models = make(models_dir=(tmp_path / "a",), trusted_code=("o/n",), trusted_pickle=("o/m",))
    flags = [(m.id, m.trusted_code, m.trusted_pickle, m.handler) for m in models.list()]
    assert flags == [("o/m", False, True, True), ("o/n", True, False, True)]


def test_search(tmp_path: Path, make: Make) -> None:
    lay(tmp_path / "a/org/tiny-bert", files("fill-mask"))
    lay(tmp_path / "a/org/tiny-gpt", files("text-generation"))
    models = make(models_dir=(tmp_path / "a",))
    assert [m.id for m in models.search("BERT tiny")] == ["org/tiny-bert"]
    assert [m.id for m in models.search(tag="text-generation")] == ["org/tiny-gpt"]
    assert len(models.search()) == 2
    assert len(models.search("tiny", limit=1)) == 1
    assert models.search("nothing") == []


def test_a_near_miss_is_named(tmp_path: Path, make: Make) -> None:
    lay(tmp_path / "a/org/tiny-bert", files())
    with pytest.raises(UnknownModel, match=r"Did you mean org/tiny-bert\?"):
        make(models_dir=(tmp_path / "a",)).find("org/tiny-brt")


def test_many_may_list_at_once(tmp_path: Path, make: Make) -> None:
    for number in range(20):
        lay(tmp_path / f"a/o/n{number:02}", files())
    models = make(models_dir=(tmp_path / "a",))
    with ThreadPoolExecutor(8) as pool:
        lists = list(pool.map(lambda _: [m.id for m in models.list()], range(32)))
    assert lists == [[f"o/n{number:02}" for number in range(20)]] * 32


def test_looking_never_asks_the_hub(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    models = make()
    models.list()
    models.search("o")
    with pytest.raises(UnknownModel):
        models.find("o/n")
    assert hub.seen == []


def test_a_folder_that_cannot_be_read_is_passed_over(tmp_path: Path, make: Make) -> None:
    folder = lay(tmp_path / "a/o/n", files())
    os.mkfifo(folder / "pipe")
    (tmp_path / "a/loop").symlink_to(tmp_path / "a")
    assert [m.id for m in make(models_dir=(tmp_path / "a",)).list()] == ["o/n"]
