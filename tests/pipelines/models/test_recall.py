"""What was found a moment ago is not looked for on the disk again, and no longer than that."""

import shutil
from pathlib import Path

import pytest

from pipelines.errors import UnknownModel
from pipelines.model import Model
from pipelines.models import recall
from pipelines.models.names import Name
from pipelines.models.recall import SECONDS, Recall
from pipelines.models.resolve import Models
from pipelines.models.usage import repos
from tests.pipelines.models.conftest import Make
from tests.pipelines.models.fake_hub import Hub
from tests.pipelines.models.samples import cached, files, lay


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def looks(models: Models, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[Name]:
    """The names that are looked for on the disk from now on."""
    seen: list[Name] = []
    look = models.catalog.look

    def counted(wanted: Name, token: str | None) -> Model | None:
        seen.append(wanted)
        return look(wanted, token)

    monkeypatch.setattr(models.catalog, "look", counted)
    models.catalog.recall = Recall(clock=clock)
    return seen


async def test_one_look_serves_the_calls_of_a_moment(
    tmp_path: Path, make: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path / "a/o/n", files())
    models = make(models_dir=(tmp_path / "a",))
    seen = looks(models, clock, monkeypatch)
    found = {(await models.resolve("o/n")).revision for _ in range(5)}
    assert (len(found), len(seen)) == (1, 1)
    clock.now += SECONDS
    await models.resolve("o/n")
    assert len(seen) == 2


async def test_asking_on_does_not_keep_it(
    tmp_path: Path, make: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is asked for, what changed on the disk is seen when the moment is over."""
    folder = lay(tmp_path / "a/o/n", files())
    models = make(models_dir=(tmp_path / "a",), offline=True)
    looks(models, clock, monkeypatch)
    before = await models.resolve("o/n")
    lay(folder, files("text-classification"))
    for _ in range(3):
        clock.now += SECONDS / 4
        assert (await models.resolve("o/n")).tag == before.tag
    clock.now += SECONDS / 4
    assert (await models.resolve("o/n")).tag == "text-classification"
    shutil.rmtree(folder)
    clock.now += SECONDS
    with pytest.raises(UnknownModel):
        await models.resolve("o/n")


async def test_what_was_not_there_is_seen_at_once(tmp_path: Path, make: Make, cache: Path) -> None:
    models = make(models_dir=(tmp_path / "a",), offline=True)
    ids = ("o/n", "o/s", "o/c")
    for id in ids:
        with pytest.raises(UnknownModel):
            await models.resolve(id)
    lay(tmp_path / "a/o/n", files())
    lay(tmp_path / "home/starters/o/s", files())
    cached(cache, "o/c", files())
    assert [(await models.resolve(id)).id for id in ids] == list(ids)


async def test_a_download_that_made_room_is_not_remembered(make: Make, hub: Hub) -> None:
    """Nobody is handed a model whose files are being removed."""
    hub.add("o/n", files())
    models = make()
    await models.resolve("o/n")
    await models.resolve("o/n")
    (victim,) = repos(models.disk.caches())
    assert models.disk.remove(victim)
    before = len(hub.asked("GET", "o/n/resolve"))
    assert (await models.resolve("o/n")).path.exists()
    assert len(hub.asked("GET", "o/n/resolve")) > before  # it was fetched anew


async def test_a_remembered_download_counts_as_used(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    models = make()
    await models.resolve("o/n")
    await models.resolve("o/n")
    (victim,) = repos(models.disk.caches())
    await models.resolve("o/n")
    assert not models.disk.remove(victim)


async def test_no_token_opens_what_anothers_did() -> None:
    memory, model = Recall(), Model("o/n", Path("/m"), "r", None, None)
    wanted = Name("o/n")
    memory.look((wanted, "one"), lambda: model)
    assert memory.get((wanted, "one")) is model
    assert memory.get((wanted, "other")) is None
    assert memory.get((wanted, None)) is None


def test_it_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "MOST", 3)
    memory, model = Recall(), Model("o/n", Path("/m"), "r", None, None)
    for number in range(10):
        memory.look((Name(f"o/{number}"), None), lambda: model)
        assert len(memory.known) <= 3
