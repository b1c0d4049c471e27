"""Downloads from a Hub on loopback: what is asked, what is fetched, what is left behind."""

import asyncio
from pathlib import Path
from threading import Event

import pytest

from pipelines.errors import Unavailable, UnknownModel
from pipelines.models.offer import Offer, Progress
from pipelines.models.resolve import Models
from tests.pipelines.models.conftest import Make
from tests.pipelines.models.fake_hub import Hub
from tests.pipelines.models.samples import cached, files, lay


async def under_way(models: Models, hub: Hub) -> tuple["asyncio.Task[object]", Event]:
    reached, go = hub.paused("model.safetensors")
    task: asyncio.Task[object] = asyncio.create_task(models.resolve("o/n"))
    await asyncio.to_thread(reached.wait, 30)
    return task, go


async def test_a_model_comes_from_the_hub_once(make: Make, hub: Hub, tmp_path: Path) -> None:
    commit = hub.add("o/n", files(pytorch_model__bin=b"x", run__py="x"), tag="fill-mask")
    models = make()
    model = await models.resolve("o/n")
    assert (model.id, model.revision, model.source) == ("o/n", commit, "download")
    assert (model.tag, model.owner) == ("fill-mask", None)
    assert model.path == tmp_path / "home/hub/models--o--n/snapshots" / commit
    assert {path.name for path in model.path.iterdir()} == set(files())
    asked = len(hub.seen)
    assert await models.resolve("o/n") == model
    assert models.find("o/n") == model
    assert make(offline=True).find("o/n") == model
    assert [m.id for m in models.list()] == ["o/n"]
    assert len(hub.seen) == asked


async def test_a_canonical_name(make: Make, hub: Hub) -> None:
    hub.add("gpt2", files())
    assert (await make().resolve("gpt2")).id == "gpt2"


async def test_a_revision(make: Make, hub: Hub) -> None:
    old = hub.add("o/n", files("fill-mask"))
    new = hub.add("o/n", files("text-classification"))
    hub.repos["o/n"].refs["refs/pr/1"] = old
    models = make()
    assert (await models.resolve(f"o/n@{old}")).revision == old
    with pytest.raises(UnknownModel, match=f"ask for o/n@{old}"):
        models.find("o/n")
    assert (await models.resolve("o/n")).revision == new
    assert (await models.resolve("o/n@refs/pr/1")).revision == old
    assert models.find("o/n@refs/pr/1").revision == old
    assert models.find("o/n@main").revision == new


async def test_a_revision_that_is_not_there(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    with pytest.raises(UnknownModel, match="no revision 'v9' of it"):
        await make().resolve("o/n@v9")


async def test_an_offer_moves_no_file(make: Make, hub: Hub) -> None:
    commit = hub.add("o/n", files(pytorch_model__bin=b"x"), tag="text2text-generation")
    models = make()
    offer = await models.offer("o/n")
    size = sum(map(len, files().values()))
    assert offer == Offer("o/n", commit, "text-generation", size, tuple(files()))
    assert hub.asked("GET", "/resolve/") == []
    assert models.list() == []
    await models.resolve("o/n")
    assert await models.offer("o/n") == Offer("o/n", commit, "fill-mask", 0, ())


async def test_local_sources_come_before_the_hub(
    make: Make, hub: Hub, tmp_path: Path, cache: Path
) -> None:
    hub.add("o/a", files())
    hub.add("o/b", files())
    lay(tmp_path / "home/starters/o/a", files())
    cached(cache, "o/b", files())
    models = make()
    assert [(await models.resolve(id)).source for id in ("o/a", "o/b")] == ["starter", "cache"]
    assert hub.seen == []


async def test_what_libraries_left_half_done_is_fetched_again(
    make: Make, hub: Hub, cache: Path
) -> None:
    hub.add("o/n", files())
    cached(cache, "o/n", {"config.json": {}})
    before = sorted(cache.rglob("*"))
    assert (await make().resolve("o/n")).source == "download"
    assert sorted(cache.rglob("*")) == before


async def test_callers_share_one_download(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    models = make()
    told: list[list[Progress]] = [[] for _ in range(20)]
    found = await asyncio.gather(*(models.resolve("o/n", progress=t.append) for t in told))
    assert {model.revision for model in found} == {models.find("o/n").revision}
    assert len(hub.asked("GET", "/api/models/")) == 1
    assert len(hub.asked("GET", "/resolve/")) == len(files())
    assert len(hub.asked("HEAD", "/resolve/")) == len(files())
    total = sum(map(len, files().values()))
    for progress in told:
        assert progress[0].stage == "looking"
        assert progress[-1].stage == "done"
        assert (progress[-1].done_bytes, progress[-1].total_bytes) == (total, total)


async def test_progress_only_grows(make: Make, hub: Hub) -> None:
    hub.add("o/n", files(model__safetensors=b"w" * 25_000_000))
    told: list[Progress] = []
    await make().resolve("o/n", progress=told.append)
    stages = [p.stage for p in told]
    assert stages == sorted(stages, key=["looking", "making room", "downloading", "done"].index)
    steps = [p.done_bytes for p in told]
    assert steps == sorted(steps)
    assert len(set(steps)) > 4
    assert all(0 <= p.done_bytes <= p.total_bytes for p in told)
    assert told[-1].eta == 0


async def test_a_late_caller_hears_how_far_it_is(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    reached, go = hub.paused("model.safetensors")
    models = make()
    first = asyncio.create_task(models.resolve("o/n"))
    await asyncio.to_thread(reached.wait, 30)
    told: list[Progress] = []
    second = asyncio.create_task(models.resolve("o/n", progress=told.append))
    while len(told) < 2:
        await asyncio.sleep(0.01)
    go.set()
    assert await first == await second
    assert [told[0].stage, told[1].stage] == ["looking", "downloading"]
    assert len(hub.asked("GET", "model.safetensors")) == 1


async def test_a_listener_that_fails_harms_nobody(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    told: list[Progress] = []

    def fail(progress: Progress) -> None:
        raise RuntimeError("a fault of the listener")

    models = make()
    found = await asyncio.gather(
        models.resolve("o/n", progress=fail),
        models.resolve("o/n", progress=told.append),
    )
    assert found[0] == found[1]
    assert told[-1].stage == "done"


async def test_a_failed_download_leaves_nothing_to_find(
    make: Make, hub: Hub, tmp_path: Path
) -> None:
    commit = hub.add("o/n", files())
    hub.fail["model.safetensors"] = 1
    models = make()
    task, go = await under_way(models, hub)
    snapshot = tmp_path / "home/hub/models--o--n/snapshots" / commit
    while not {"README.md", "config.json"} <= {path.name for path in snapshot.glob("*")}:
        await asyncio.sleep(0.01)
    go.set()
    with pytest.raises(Unavailable, match="broke off at .* Ask for the model again") as caught:
        await task
    assert caught.value.retry_after == 30
    assert models.list() == []
    with pytest.raises(UnknownModel):
        models.find("o/n")
    told: list[Progress] = []
    await models.resolve("o/n", progress=told.append)
    assert len(hub.asked("GET", "config.json")) == 1
    assert told[-1].done_bytes == told[-1].total_bytes


async def test_all_waiting_hear_of_a_failure(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    hub.fail["model.safetensors"] = 1
    models = make()
    outcomes = await asyncio.gather(
        *(models.resolve("o/n") for _ in range(5)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 5
    assert len(hub.asked("GET", "model.safetensors")) == 1


async def test_a_cut_connection_is_taken_up_again(make: Make, hub: Hub) -> None:
    weights = bytes(range(256)) * 100_000
    hub.add("o/n", files(model__safetensors=weights))
    hub.cut.add("model.safetensors")
    told: list[Progress] = []
    model = await make().resolve("o/n", progress=told.append)
    assert (model.path / "model.safetensors").read_bytes() == weights
    assert len(hub.asked("GET", "model.safetensors")) == 2
    assert told[-1].done_bytes == told[-1].total_bytes


async def test_nobody_waits_any_more(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    models = make()
    task, go = await under_way(models, hub)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    again = asyncio.create_task(models.resolve("o/n"))
    await asyncio.sleep(0)
    assert models.list() == []
    go.set()
    assert (await again).id == "o/n"
    assert len(hub.asked("GET", "model.safetensors")) == 2


async def test_others_wait_on(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    models = make()
    task, go = await under_way(models, hub)
    other = asyncio.create_task(models.resolve("o/n"))
    while not any(flight.waiting == 2 for flight in models.downloads.flying.values()):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go.set()
    assert (await other).id == "o/n"
    assert len(hub.asked("GET", "model.safetensors")) == 1


async def test_closing_stops_downloads(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    models = make()
    task, go = await under_way(models, hub)
    closing = asyncio.create_task(models.close())
    await asyncio.sleep(0)
    go.set()
    await closing
    with pytest.raises(Unavailable, match="was stopped"):
        await task
    assert models.list() == []


async def test_a_file_of_another_size_than_promised(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    hub.lies["model.safetensors"] = 5
    models = make()
    with pytest.raises(Unavailable, match="model.safetensors has not the size"):
        await models.resolve("o/n")
    assert models.list() == []
    hub.lies.clear()
    await models.resolve("o/n")
    assert len(hub.asked("GET", "model.safetensors")) == 2


async def test_two_commits_at_once(make: Make, hub: Hub) -> None:
    old = hub.add("o/n", files("fill-mask"))
    new = hub.add("o/n", files("text-classification"))
    models = make()
    found = await asyncio.gather(models.resolve(f"o/n@{old}"), models.resolve("o/n"))
    assert [model.revision for model in found] == [old, new]
    assert models.disk.claims == {}
