"""Endpoints on a real Ray of three nodes, of which some end. Counts and times are printed with
their conditions, not judged: they are Ray's."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from endpoints.engines import Deployment
from endpoints.ray.engine import RayEngine
from pipelines.errors import TaglineError
from pipelines.settings import Limits
from tests.cluster.cluster import Cluster
from tests.cluster.load import Load, deployment, until
from tests.conftest import EMBEDDER

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.timeout(560),
    pytest.mark.asyncio(loop_scope="module"),
]
WHERE = "3 nodes on one machine, head without replicas, 1 replica and 1 proxy on each other node"
TWO = {"min_replicas": 2, "max_replicas": 2, "target": 4}
AWAY_SECONDS = 8  # of the head


def words() -> Deployment:
    """Two replicas, each of which asks for more than half of a node."""
    more: dict[str, Any] = {"scaling": TWO, "hardware": {"cpus": 3}}
    return deployment("words", EMBEDDER, task="feature-extraction", **more)


@pytest.fixture(scope="module")
def cluster(room: None) -> Iterator[Cluster]:
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("needs redis-server (Debian: apt-get install redis-server)")
    with tempfile.TemporaryDirectory(prefix="tg", dir="/tmp", ignore_cleanup_errors=True) as short:
        made = Cluster(Path(short), redis=True)
        try:
            made.run(9, server, "--port", "6390", "--protected-mode", "no", "--save", "")
            made.head("--num-cpus=0")
            made.wait()
            for number in (2, 3):
                made.node(number, "--num-cpus=4")
            made.wait(3)
            yield made
        finally:
            made.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(cluster: Cluster) -> AsyncIterator[RayEngine]:
    made = RayEngine(cluster.address, cluster.token, Limits())
    await made.apply([words()])
    await until(made, "words", lambda now: now.state == "running" and now.ready == 2)
    async with asyncio.timeout(120):
        while len(await made.proxies("words")) < 2:
            await asyncio.sleep(0.5)
            await made.desired.refresh()
    yield made
    await made.close()


@pytest.fixture(scope="module")
def figures() -> Iterator[list[str]]:
    found: list[str] = [WHERE]
    yield found
    print("", *found, sep="\n")


async def test_kill_9_of_one_of_the_proxies(
    engine: RayEngine, cluster: Cluster, figures: list[str]
) -> None:
    async with Load(engine, words()) as load:
        await load.answered(200)
        node = cluster.nodes[2]
        [proxy] = [
            each for each in cluster.processes("ray::ProxyActor") if each in node.processes()
        ]
        proxy.kill()
        await load.answered(1000)
    figures.append(load.said("kill -9 of one of the proxies"))
    assert load.good > 1000


async def test_kill_9_of_a_node(engine: RayEngine, cluster: Cluster, figures: list[str]) -> None:
    async with Load(engine, words()) as load:
        await load.answered(200)
        cluster.nodes[2].kill()
        await load.answered(1000)
        await until(engine, "words", lambda now: now.ready == 1)
        cluster.node(2, "--num-cpus=4")
        seconds = await until(engine, "words", lambda now: now.ready == 2)
        await load.answered(200)
    figures.append(load.said("kill -9 of a node, started again", seconds))
    assert load.good > 1200


async def test_kill_9_of_the_head(engine: RayEngine, cluster: Cluster, figures: list[str]) -> None:
    async with Load(engine, words()) as load:
        await load.answered(200)
        cluster.nodes[1].kill()
        await asyncio.sleep(AWAY_SECONDS)
        cluster.head("--num-cpus=0")
        loop = asyncio.get_running_loop()
        start = loop.time()
        while not await answers(engine):
            await asyncio.sleep(0.5)
        back = loop.time() - start
        seconds = await until(engine, "words", lambda now: now.ready == 2)
        await load.answered(200)
    figures.append(
        load.said(f"kill -9 of the head, begun again after {AWAY_SECONDS} s, Redis elsewhere")
        + f" REST API back {back:.1f} s after that, both replicas seen {seconds:.1f} s later."
    )
    await engine.apply([words()])
    assert load.good > 400


async def answers(engine: RayEngine) -> bool:
    try:
        await engine.rest.details()
    except TaglineError:
        return False
    return True
