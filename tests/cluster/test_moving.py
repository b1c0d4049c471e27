"""An endpoint that outgrows its machine: to the cluster and back, under load, by one setting."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.endpoint_server import Running, running
from tests.cluster.cluster import Cluster
from tests.conftest import EMBEDDER

pytestmark = pytest.mark.timeout(560)
CALLERS, SECONDS = 4, 300
BODY: dict[str, Any] = {"inputs": "How are you?"}


@contextmanager
def load(url: str) -> Iterator[Counter[str]]:
    """Callers, each of which calls again as soon as it has an answer; what became of the calls."""
    counts: Counter[str] = Counter()
    over = threading.Event()

    def go_on() -> None:
        with httpx.Client(timeout=SECONDS, trust_env=False) as client:
            while not over.is_set():
                answer = client.post(url, json=BODY)
                counts[str(answer.status_code) if answer.is_success else answer.text] += 1

    threads = [threading.Thread(target=go_on) for _ in range(CALLERS)]
    for each in threads:
        each.start()
    try:
        yield counts
    finally:
        over.set()
        for each in threads:
            each.join(SECONDS)


def nodes(served: Running) -> set[str]:
    return {each.node for each in served.endpoints.get("words").status.replicas}


def test_one_setting_takes_it_there_and_back(cluster: Cluster, tmp_path: Path) -> None:
    known: dict[str, Any] = {"ray": cluster.address, "ray_token": cluster.token}
    with running(tmp_path, real=True, **known) as served:
        served.make("words", model=EMBEDDER, access={"level": "public"})
        assert nodes(served) == {"this machine"}
        with load(f"{served.url}/endpoints/words") as counts:
            for engine in ("ray", "local"):
                before = counts.total()
                served.do(served.endpoints.update("words", {"engine": engine}, "a test"))
                served.until("words", "running", SECONDS)
                assert ("this machine" in nodes(served)) == (engine == "local")
                assert len(nodes(served)) == 1
                while counts.total() < before + 50:
                    threading.Event().wait(0.1)
        assert list(counts) == ["200"]
        print(f"\nTo the cluster and back: 0 of {counts.total()} calls lost")
        served.do(served.endpoints.delete("words", "a test"))
