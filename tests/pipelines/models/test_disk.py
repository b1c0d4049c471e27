"""The disk budget: what goes, in which order, and what never does."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from pipelines.errors import TooLarge, Unavailable
from pipelines.models import disk, usage
from pipelines.models.downloads import MARKS, last_used
from pipelines.models.offer import in_words
from pipelines.models.resolve import Models
from tests.pipelines.models.conftest import Make
from tests.pipelines.models.fake_hub import Hub
from tests.pipelines.models.samples import cached, files, lay

KB = 1000
THREE = {"cache_gb": 3.5e-5}  # 35 kB: three models of 10 kB, not four
ALICE = "hf_alice"


def weights(hub: Hub, *ids: str, size: int = 10 * KB) -> None:
    for id in ids:
        hub.add(id, {"config.json": b"{}", "model.safetensors": (id * size).encode()[: size - 2]})


def here(models: Models) -> list[str]:
    return [model.id for model in models.list()]


async def test_the_least_recently_used_goes(make: Make, hub: Hub) -> None:
    weights(hub, "o/a", "o/b", "o/c", "o/d", "o/e")
    models = make(**THREE)
    for id in ("o/a", "o/b", "o/c"):
        await models.resolve(id)
    models.find("o/a")
    await models.resolve("o/d")
    assert here(models) == ["o/a", "o/c", "o/d"]
    models.list()
    models.search("o/c")
    await models.resolve("o/e")
    assert here(models) == ["o/a", "o/d", "o/e"]


async def test_what_is_removed_is_gone_from_the_disk(make: Make, hub: Hub, tmp_path: Path) -> None:
    weights(hub, "o/a", "o/b", size=30 * KB)
    models = make(**THREE)
    await models.resolve("o/a")
    await models.resolve("o/b")
    assert not (tmp_path / "home/hub/models--o--a").exists()
    assert (await models.resolve("o/a")).id == "o/a"


async def test_private_copies_share_the_budget(make: Make, hub: Hub) -> None:
    weights(hub, "o/a", "o/b", size=30 * KB)
    hub.repos["o/a"].private, hub.repos["o/a"].readers = True, {ALICE}
    models = make(**THREE)
    private = await models.resolve("o/a", ALICE)
    await models.resolve("o/b")
    assert not private.path.exists()


async def test_only_downloads_are_ever_removed(
    make: Make, hub: Hub, tmp_path: Path, cache: Path
) -> None:
    weights(hub, "o/n", size=30 * KB)
    cached(cache, "o/cached", files(model__safetensors=b"w" * 50 * KB))
    lay(tmp_path / "home/starters/o/starter", files(model__safetensors=b"w" * 50 * KB))
    cached(tmp_path / "home/hub", "o/foreign", files(model__safetensors=b"w" * 50 * KB))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    models = make(**THREE)
    await models.resolve("o/n")
    assert before <= {path for path in tmp_path.rglob("*") if path.is_file()}
    assert here(models) == ["o/starter", "o/cached", "o/n"]


async def test_too_large_for_the_budget(make: Make, hub: Hub) -> None:
    weights(hub, "o/a")
    weights(hub, "o/large", size=40 * KB)
    models = make(**THREE)
    await models.resolve("o/a")
    for ask in (models.offer, models.resolve):
        with pytest.raises(TooLarge, match="takes 40 kB, and this server keeps at most 35 kB"):
            await ask("o/large")
    assert here(models) == ["o/a"]
    assert hub.asked("GET", "o/large/resolve") == []


async def test_too_large_for_the_disk(
    make: Make, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights(hub, "o/a")
    monkeypatch.setattr(disk.Disk, "free", lambda self: disk.SPARE + 5 * KB)
    for ask in (make().offer, make().resolve):
        with pytest.raises(TooLarge, match="has room for 5.0 kB"):
            await ask("o/a")


async def test_a_full_disk_makes_room_too(
    make: Make, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights(hub, "o/a", "o/b")
    models = make()
    await models.resolve("o/a")
    old = tmp_path / "home/hub/models--o--a"
    monkeypatch.setattr(
        disk.Disk, "free", lambda self: disk.SPARE + (5 if old.exists() else 15) * KB
    )
    await models.resolve("o/b")
    assert here(models) == ["o/b"]


async def test_what_is_held_stays(make: Make, hub: Hub) -> None:
    weights(hub, "o/a", "o/b", "o/c", "o/d")
    models = make(**THREE)
    for id in ("o/a", "o/b", "o/c"):
        await models.resolve(id)
    with models.hold(models.find("o/a")), models.hold(models.find("o/b")):
        models.find("o/c")
        await models.resolve("o/d")
        assert here(models) == ["o/a", "o/b", "o/d"]
    assert set(models.disk.held.values()) == {0}


async def test_a_download_under_way_is_not_removed(make: Make, hub: Hub) -> None:
    weights(hub, "o/slow", "o/fast", size=20 * KB)
    models = make(**THREE)
    reached, go = hub.paused("model.safetensors")
    slow = asyncio.create_task(models.resolve("o/slow"))
    await asyncio.to_thread(reached.wait, 30)
    with pytest.raises(Unavailable, match="no room for o/fast while other models") as caught:
        await models.resolve("o/fast")
    assert caught.value.retry_after == 60
    go.set()
    await slow
    assert here(models) == ["o/slow"]
    await models.resolve("o/fast")
    assert here(models) == ["o/fast"]
    assert models.disk.claims == {}


async def test_a_model_used_at_the_last_moment_stays(make: Make, hub: Hub) -> None:
    weights(hub, "o/a", "o/b")
    models = make()
    await models.resolve("o/a")
    [victim] = usage.repos(models.disk.caches())
    models.find("o/a")
    assert models.disk.remove(victim) is False
    assert here(models) == ["o/a"]


async def test_half_a_download_goes_first_and_is_counted(
    make: Make, hub: Hub, tmp_path: Path
) -> None:
    weights(hub, "o/a", "o/b", "o/c", "o/d")
    models = make(**THREE)
    hub.fail["model.safetensors"] = 1
    with pytest.raises(Unavailable):
        await models.resolve("o/a")
    junk = tmp_path / "home/hub/models--o--a/blobs/x.incomplete"
    lay(junk.parent, {junk.name: b"w" * 20 * KB})
    await models.resolve("o/b")
    assert not junk.exists()
    await models.resolve("o/c")
    await models.resolve("o/d")
    assert here(models) == ["o/b", "o/c", "o/d"]


async def test_a_damaged_download_can_be_removed(make: Make, hub: Hub, tmp_path: Path) -> None:
    weights(hub, "o/a", "o/b", size=30 * KB)
    models = make(**THREE)
    model = await models.resolve("o/a")
    (model.path / "config.json").resolve().unlink()
    assert here(models) == []
    await models.resolve("o/b")
    assert not (tmp_path / "home/hub/models--o--a").exists()


async def test_a_lost_file_is_fetched_again(make: Make, hub: Hub) -> None:
    weights(hub, "o/a")
    models = make()
    model = await models.resolve("o/a")
    (model.path / "config.json").resolve().unlink()
    assert (await models.resolve("o/a")).path == model.path
    assert len(hub.asked("GET", "model.safetensors")) == 1
    assert len(hub.asked("GET", "config.json")) == 2


async def test_the_last_use_is_remembered_across_starts(
    make: Make, hub: Hub, tmp_path: Path
) -> None:
    weights(hub, "o/a", "o/b", "o/c", "o/d")
    for id in ("o/a", "o/b", "o/c"):
        await make(**THREE).resolve(id)
    old = time.time_ns() - 10**12
    os.utime(tmp_path / "home/hub/models--o--b" / MARKS / "used", ns=(old, old))
    assert last_used(tmp_path / "home/hub/models--o--b") == old
    models = make(**THREE)
    await models.resolve("o/d")
    assert here(models) == ["o/a", "o/c", "o/d"]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_600, "1.0 MB"),
        (25_000_000, "25 MB"),
        (1_340_000_000, "1.3 GB"),
        (1_234_000_000_000, "1,234.0 GB"),
    ],
)
def test_in_words(size: int, words: str) -> None:
    assert in_words(size) == words
