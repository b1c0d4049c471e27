"""Endpoints on a real Ray of one node: what users do, and what happens to replicas."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import psutil
import pytest

from endpoints.engines import Deployment
from endpoints.ray.application import name_of
from endpoints.ray.engine import RayEngine
from pipelines.errors import UnknownEndpoint
from tests.cluster.cluster import Cluster
from tests.cluster.load import Load, call, deployment, until
from tests.conftest import CHATTER, EMBEDDER

pytestmark = [pytest.mark.timeout(560), pytest.mark.asyncio(loop_scope="module")]
TAG = "feature-extraction"
ONE = {"max_replicas": 1, "target": 8}
THREE = {"min_replicas": 1, "max_replicas": 3, "target": 2}
SECRET = {"KEY": "hush-hush"}


def words(version: int = 1, **more: Any) -> Deployment:
    return deployment("words", EMBEDDER, version, **{"task": TAG, "secrets": SECRET, **more})


@pytest.fixture(scope="module")
def figures() -> Iterator[list[str]]:
    """What was counted, printed in the end."""
    found: list[str] = []
    yield found
    print("", *found, sep="\n")


async def settled(engine: RayEngine, wanted: Deployment, ready: int = 1) -> float:
    """Applies it; the seconds until just so many replicas, all good, are there."""
    await engine.apply([wanted])
    return await until(
        engine, wanted.spec.name,
        lambda now: now.state == "running" and now.ready == ready == len(now.replicas),
    )  # fmt: skip


async def test_two_models_come_up_and_answer(engine: RayEngine, figures: list[str]) -> None:
    chat = deployment("chat", CHATTER, task="text-generation")
    await engine.apply([words(scaling=ONE), chat])
    for each in ("words", "chat"):
        seconds = await until(engine, each, lambda now: now.state == "running")
        figures.append(f"{each}: first replica there {seconds:.1f} s after those before it")
    answer = await engine.predict("words", call(words(), ["one", "two", "three"]))
    assert [len(each) for each in answer.values] == [384] * 3
    asked = call(chat, "The capital of France is", max_new_tokens=8, do_sample=False)
    whole = (await engine.predict("chat", asked)).values
    chunks = [chunk async for chunk in engine.stream("chat", call(
        chat, "The capital of France is", max_new_tokens=8, do_sample=False))]  # fmt: skip
    assert len(chunks) > 3
    assert "Paris" in str(whole)
    lines = [each.text for each in await engine.logs("words")]
    assert any("answered feature-extraction" in each for each in lines)
    await leave_early(engine, chat)
    await engine.apply([words(scaling=ONE)])
    with pytest.raises(UnknownEndpoint):
        await engine.predict("chat", asked)


async def leave_early(engine: RayEngine, chat: Deployment) -> None:
    """The model stops for a caller who has left, as the replica's log tells."""
    chunks = engine.stream("chat", call(chat, "Count: 1, 2,", max_new_tokens=400, do_sample=False))
    assert await anext(chunks)
    await chunks.aclose()
    async with asyncio.timeout(60):
        while not any("left text-generation" in each.text for each in await engine.logs("chat")):
            await asyncio.sleep(0.5)


async def test_an_open_port_is_no_open_endpoint(engine: RayEngine, cluster: Cluster) -> None:
    [proxy] = await engine.proxies("words")
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        for path in ("/ep-words", "/ep-words/"):
            assert (await client.post(f"{proxy}{path}", content=b"x")).status_code == 403
        assert (await client.get(f"{cluster.address}/api/serve/applications/")).status_code == 401
    details = json.dumps(cluster.details())
    assert SECRET["KEY"] not in details
    assert cluster.token not in details
    assert '"sealed"' in details


async def test_applying_the_same_again_changes_nothing(engine: RayEngine, cluster: Cluster) -> None:
    before = deployed(cluster)
    await engine.apply([words(scaling=ONE)])
    other = RayEngine(cluster.address, cluster.token, engine.desired.limits)
    await other.apply([words(scaling=ONE)])
    await other.close()
    assert deployed(cluster) == before


def deployed(cluster: Cluster) -> object:
    details: Any = cluster.details()
    return details["applications"][name_of("words")]["last_deployed_time_s"]


async def test_a_rolling_update_of_one_replica_loses_nothing(
    engine: RayEngine, figures: list[str]
) -> None:
    async with Load(engine, words()) as load:
        await load.answered(200)
        before = [each.id for each in (await engine.status())["words"].replicas]
        seconds = await settled(engine, words(2, scaling=ONE))
        await load.answered(500)
    after = [each.id for each in engine.desired.seen["words"].replicas]
    figures.append(load.said("Rolling update, 1 replica", seconds))
    assert load.lost == []
    assert not set(before) & set(after)


async def test_from_one_to_three_under_load(engine: RayEngine, figures: list[str]) -> None:
    await engine.apply([words(2, scaling=THREE)])
    async with Load(engine, words()) as load:
        seconds = await until(engine, "words", lambda now: now.ready == 3)
        await load.answered(300)
    figures.append(load.said("From 1 to 3 replicas", seconds))
    assert load.lost == []


async def test_kill_9_of_replicas_loses_nothing(
    engine: RayEngine, cluster: Cluster, figures: list[str]
) -> None:
    """The calls that it had are tried again elsewhere, since nothing of an answer was sent."""
    async with Load(engine, words()) as load:
        await load.answered(300)
        cluster.processes("ray::ServeReplica:ep-words")[0].kill()
        await load.answered(300)
        seconds = await until(engine, "words", lambda now: now.ready == 3)
        await load.answered(300)
    figures.append(load.said("kill -9 of 1 of 3 replicas", seconds))
    assert load.lost == []


async def test_kill_9_of_a_models_process_loses_nothing(
    engine: RayEngine, cluster: Cluster, figures: list[str]
) -> None:
    async with Load(engine, words()) as load:
        await load.answered(300)
        model(cluster).kill()
        await load.answered(300)
    figures.append(load.said("kill -9 of the model's process in 1 of 3 replicas"))
    assert load.lost == []


def model(cluster: Cluster) -> psutil.Process:
    """The youngest below a replica: its parent is the fork server."""
    replica = cluster.processes("ray::ServeReplica:ep-words")[0]
    return max(replica.children(recursive=True), key=lambda each: each.create_time())


async def test_kill_9_of_the_only_proxy(
    engine: RayEngine, cluster: Cluster, figures: list[str]
) -> None:
    """Nobody can call until Ray has started another; callers wait that long."""
    async with Load(engine, words()) as load:
        await load.answered(100)
        [proxy] = cluster.processes("ray::ProxyActor")
        proxy.kill()
        await load.answered(100)
    figures.append(load.said("kill -9 of the only proxy"))
    assert load.good > 100


async def test_a_broken_update_leaves_the_old_version_at_work(
    engine: RayEngine, figures: list[str]
) -> None:
    good = words(2, scaling=ONE)
    await settled(engine, good)
    assert good.model
    broken = replace(good, version=3, model=replace(good.model, id="org/absent"))
    async with Load(engine, good, callers=2) as load:
        await engine.apply([broken])
        await until(engine, "words", lambda now: now.state == "updateFailed")
        await load.answered(100)
    assert "has no org/absent" in engine.desired.seen["words"].reason
    assert load.lost == []
    figures.append(load.said("An update that failed"))
    await settled(engine, replace(good, version=4))


async def test_to_zero_and_back_by_a_call(engine: RayEngine, figures: list[str]) -> None:
    zero = {"min_replicas": 0, "max_replicas": 1, "target": 8, "to_zero_after": 5}
    asleep = words(4, scaling=zero)
    await engine.apply([asleep])
    seconds = await until(
        engine, "words", lambda now: now.state == "scaledToZero" and not now.replicas
    )
    figures.append(f"At zero {seconds:.1f} s after to_zero_after became 5 s")
    assert await engine.arrives("words", 0) is False
    loop = asyncio.get_running_loop()
    start = loop.time()
    answers = await asyncio.gather(*(engine.predict("words", call(asleep)) for _ in range(8)))
    assert [len(each.values) for each in answers] == [1] * 8
    figures.append(f"Woke and answered 8 calls in {loop.time() - start:.1f} s")


async def test_what_others_run_goes_on(engine: RayEngine, cluster: Cluster) -> None:
    theirs = {
        "name": "theirs", "route_prefix": "/theirs", "import_path": "tests.cluster.theirs:app",
        "deployments": [{"name": "Theirs", "ray_actor_options": {"num_cpus": 0.1}}],
    }  # fmt: skip
    details: Any = cluster.details()
    ours = [each["deployed_app_config"] for each in details["applications"].values()]
    await engine.rest.put({**{k: details[k] for k in ("proxy_location", "http_options")},
                           "applications": [*ours, theirs]})  # fmt: skip
    await engine.apply([])
    async with asyncio.timeout(120):
        while set((await engine.rest.details())["applications"]) != {"theirs"}:
            await asyncio.sleep(0.5)
