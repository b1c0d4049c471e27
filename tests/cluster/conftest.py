"""One cluster for all tests of a file, and endpoints on it. `--heavy` adds tests that end nodes."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import pytest_asyncio

from endpoints.ray.engine import RayEngine
from pipelines.settings import Limits
from tests.cluster.cluster import Cluster, namespaces

# Ray is not in the environment of all other tests: `make test-cluster` has one that has it.
collect_ignore_glob = [] if find_spec("ray") else ["test_*.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--heavy", action="store_true", help="also end nodes and the head")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    for item in here:
        if item.get_closest_marker("heavy") and not config.getoption("--heavy", default=False):
            item.add_marker(pytest.mark.skip(reason="ends nodes: make test-cluster ARGS=--heavy"))


@pytest.fixture(scope="session")
def room() -> None:
    """Skips by name where there can be no namespaces."""
    if lack := namespaces():
        pytest.skip(lack)


@pytest.fixture(scope="module")
def cluster(room: None) -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="tg", dir="/tmp", ignore_cleanup_errors=True) as short:
        made = Cluster(Path(short))
        try:
            made.head("--num-cpus=8")
            made.wait()
            yield made
        finally:
            made.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(cluster: Cluster) -> AsyncIterator[RayEngine]:
    made = RayEngine(cluster.address, cluster.token, Limits())
    yield made
    await made.close()
