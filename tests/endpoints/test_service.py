"""The service over a real database: what is kept, what an engine is told, and one writer alone."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from endpoints.engines import Deployment
from endpoints.ledger import Ledger
from endpoints.service import Endpoints
from endpoints.spec import read
from endpoints.status import Status
from pipelines.errors import InvalidInput, NameTaken, Unavailable, UnknownEndpoint, WrongState
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from tests.conftest import EMBEDDER, STARTERS

pytestmark = pytest.mark.timeout(120)


class Cluster:
    """An engine elsewhere: keeps what it is told, and may fall silent or forget."""

    name = "local"

    def __init__(self) -> None:
        self.runs: dict[str, Deployment] = {}
        self.told: list[list[str]] = []
        self.silent = False
        self.forgotten: list[str] = []
        self.restarting, self.restarted = asyncio.Event(), asyncio.Event()

    def check(self, spec: Any) -> None:
        if spec.hardware.gpus:
            raise InvalidInput("hardware: there are no GPUs here.")

    async def apply(self, wanted: Sequence[Deployment]) -> None:
        self.answer()
        self.runs = {each.spec.name: each for each in wanted}
        self.told.append(sorted(self.runs))

    async def status(self) -> dict[str, Status]:
        self.answer()
        return {
            name: Status("scaledToZero" if each.asleep else "running" if each.model else "pending")
            for name, each in self.runs.items()
        }

    def answer(self) -> None:
        if self.silent:
            raise Unavailable("Nobody answers at that address.")

    async def restart(self, name: str, replica: str) -> None:
        self.restarting.set()
        await self.restarted.wait()

    async def forget(self, name: str) -> None:
        self.forgotten.append(name)

    async def close(self) -> None:
        self.runs = {}


def service(home: Path, cluster: Cluster, seconds: float = 60) -> Endpoints:
    settings = Settings(host="127.0.0.1", home=home, starters_dir=STARTERS, offline=True)
    engines: Any = {"local": cluster}
    return Endpoints(Models(settings, home / "hf"), engines, Ledger(settings, seconds))


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
async def served(tmp_path: Path, cluster: Cluster) -> AsyncIterator[Endpoints]:
    made = service(tmp_path, cluster)
    made.start()
    yield made
    await made.close()


def spec(name: str = "words", **given: Any) -> Any:
    return read({"name": name, "model": EMBEDDER, **given})


async def later(true: Any) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)


def state(served: Endpoints, name: str = "words") -> str:
    return served.get(name).status.state


async def test_without_endpoints_no_database_is_opened(tmp_path: Path, served: Endpoints) -> None:
    await served.settled()
    assert served.list() == []
    assert not (tmp_path / "tagline.db").exists()


async def test_an_endpoint_is_kept_and_brought_up(served: Endpoints, cluster: Cluster) -> None:
    await served.create(spec(), "ann", {"KEY": "hush"})
    await later(lambda: state(served) == "running")
    assert cluster.runs["words"].environment == {"KEY": "hush"}
    assert served.get("words").spec.secrets == ("KEY",)
    assert served.get("words").by == "ann"
    with pytest.raises(NameTaken):
        await served.create(spec(), "bob")
    with pytest.raises(InvalidInput, match="no GPUs"):
        await served.create(spec("gpu", hardware={"gpus": 1}), "bob")


async def test_another_server_finds_what_the_first_left(tmp_path: Path, cluster: Cluster) -> None:
    first = service(tmp_path, cluster)
    first.start()
    await first.create(spec(), "ann", {"KEY": "hush"})
    await first.create(spec("off"), "ann")
    await first.create(spec("slept"), "ann")
    await later(lambda: state(first, "slept") == "running")
    await first.pause("off", "ann")
    await first.scale_to_zero("slept", "ann")
    await first.close()
    second, anew = service(tmp_path, other := Cluster()), other
    second.start()
    await later(lambda: "words" in second.all and state(second) == "running")
    await later(lambda: state(second, "slept") == "scaledToZero")
    assert sorted(anew.runs) == ["slept", "words"]
    assert state(second, "off") == "paused"
    assert anew.runs["words"].environment == {"KEY": "hush"}
    await second.close()


async def test_drift_is_made_up_for(served: Endpoints, cluster: Cluster) -> None:
    await served.create(spec(), "ann")
    await later(lambda: state(served) == "running")
    cluster.runs = {}  # somebody has deleted it there
    await later(lambda: "words" in cluster.runs)


async def test_an_engine_that_does_not_answer(served: Endpoints, cluster: Cluster) -> None:
    await served.create(spec(), "ann")
    await later(lambda: state(served) == "running")
    cluster.silent = True
    await later(lambda: "does not answer" in served.get("words").status.reason)
    await served.create(spec("late"), "ann")  # it is kept, and told when the engine is back
    assert state(served, "late") == "pending"
    cluster.silent = False
    await later(lambda: state(served, "late") == "running")
    assert served.get("words").status.reason == ""


async def test_two_servers_never_write_at_once(tmp_path: Path, cluster: Cluster) -> None:
    first, second = service(tmp_path, cluster), service(tmp_path, Cluster())
    first.start()
    await first.create(spec(), "ann")
    second.start()
    with pytest.raises(Unavailable, match="Another server on this database"):
        await second.create(spec("other"), "bob")
    with pytest.raises(Unavailable, match="Another server"):
        await second.settled()
    await first.close()
    await later(lambda: "words" in second.all)
    await second.create(spec("other"), "bob")
    assert [each.spec.name for each in second.list()] == ["other", "words"]
    await second.close()


async def test_who_lost_the_lease_runs_nothing(tmp_path: Path, cluster: Cluster) -> None:
    first = service(tmp_path, cluster, seconds=0.5)
    first.start()
    await first.create(spec(), "ann")
    await later(lambda: state(first) == "running")
    assert first.ledger.lease
    thief = service(tmp_path, Cluster(), seconds=60)
    await asyncio.sleep(0.6)  # so long the first one was away
    await thief.ledger.open()
    await later(lambda: cluster.told[-1] == [])
    with pytest.raises(Unavailable, match="Another server"):
        await first.pause("words", "ann")
    await first.close()
    await thief.ledger.close()


async def test_what_needs_new_replicas_and_what_does_not(served: Endpoints) -> None:
    await served.create(spec(), "ann")
    changes: list[tuple[dict[str, Any], int]] = [
        ({"max_batch": 4, "tags": ["a"], "timeout": 9}, 1),
        ({"scaling": {"max_replicas": 3}}, 1),
        ({"access": {"level": "public"}}, 1),
        ({"env": {"A": "b"}}, 2),
        ({"env": {"A": "b"}}, 2),
        ({"dtype": "float16"}, 3),
    ]
    for change, version in changes:
        assert (await served.update("words", change, "ann")).version == version
    assert (await served.update("words", {}, "ann", {"KEY": "x"})).version == 4
    assert (await served.update("words", {}, "ann", {"KEY": "y"})).version == 5
    assert (await served.update("words", {"secrets": []}, "ann")).version == 6
    assert served.one("words").record.secrets == {}


async def test_an_unknown_model_fails_and_an_update_mends_it(
    served: Endpoints, cluster: Cluster
) -> None:
    await served.create(read({"name": "words", "model": "org/nope"}), "ann")
    await later(lambda: state(served) == "failed")
    assert "org/nope" in served.get("words").status.reason
    await served.update("words", {"model": EMBEDDER}, "ann")
    await later(lambda: state(served) == "running")
    await served.update("words", {"model": "org/nope"}, "ann")
    await later(lambda: state(served) == "updateFailed")
    assert cluster.runs["words"].spec.model == EMBEDDER  # which goes on
    assert served.model("words").id == EMBEDDER


async def test_a_task_that_the_model_cannot_do(served: Endpoints) -> None:
    await served.create(spec(task="image-classification"), "ann")
    await later(lambda: state(served) == "failed")
    assert "cannot do image-classification" in served.get("words").status.reason


async def test_states_that_do_not_allow_it(served: Endpoints, cluster: Cluster) -> None:
    await served.create(spec(), "ann")
    await later(lambda: state(served) == "running")
    with pytest.raises(WrongState, match="already running"):
        await served.resume("words", "ann")
    await served.pause("words", "ann")
    with pytest.raises(WrongState, match="Resume it first"):
        await served.scale_to_zero("words", "ann")
    await served.delete("words", "ann")
    for do in (served.pause, served.resume, served.scale_to_zero, served.delete):
        with pytest.raises(UnknownEndpoint):
            await do("words", "ann")
    assert cluster.forgotten == ["words"]


async def test_the_log_says_who_did_what(served: Endpoints) -> None:
    await served.create(spec(), "ann", {"KEY": "hush"})
    await later(lambda: state(served) == "running")
    await served.update("words", {"tags": ["a"], "env": {"A": "hush"}}, "bob")
    await served.delete("words", "eve")
    found = [(each.who, each.what, each.text) for each in await served.audit()]
    done = [each for each in found if each[0] != "tagline"]
    assert done == [
        ("eve", "delete", ""),
        ("bob", "update", "env, tags"),
        ("ann", "create", EMBEDDER),
    ]
    assert ("tagline", "running", "") in found
    assert "hush" not in str(found)


async def test_a_change_is_not_undone_by_a_restart_of_a_replica(
    served: Endpoints, cluster: Cluster
) -> None:
    await served.create(spec(), "ann")
    again = asyncio.create_task(served.restart("words", "one", "ann"))
    await cluster.restarting.wait()
    change = asyncio.create_task(served.update("words", {"env": {"A": "b"}}, "bob"))
    await asyncio.sleep(0.2)
    cluster.restarted.set()
    await asyncio.gather(again, change)
    (kept,) = await served.ledger.open()
    assert (kept.version, '"A":"b"' in kept.spec) == (2, True)


async def test_one_that_cannot_be_read_is_told_of(tmp_path: Path, cluster: Cluster) -> None:
    first = service(tmp_path, cluster)
    first.start()
    await first.create(spec(), "ann")
    await first.close()
    with closing(sqlite3.connect(tmp_path / "tagline.db")) as kept, kept:
        kept.execute("""UPDATE endpoints SET spec = replace(spec, '"auto"', '"int1"')""")
    second = service(tmp_path, cluster)
    second.start()
    with pytest.raises(Unavailable, match="words cannot be read.*dtype"):
        await second.settled()
    await second.close()


async def test_who_lacks_the_key_leaves_it_to_who_has_it(tmp_path: Path, cluster: Cluster) -> None:
    first = service(tmp_path, cluster)
    first.start()
    await first.create(spec(), "ann", {"KEY": "hush"})
    await first.close()
    key = tmp_path / "endpoints.key"
    aside = key.rename(tmp_path / "aside")
    lost = service(tmp_path, Cluster(), seconds=60)
    with pytest.raises(Unavailable, match="Bring"):
        await lost.ledger.open()
    aside.rename(key)
    found = service(tmp_path, Cluster(), seconds=60)
    assert len(await found.ledger.open()) == 1  # at once: nobody holds the lease
    await found.ledger.close()
    await lost.ledger.close()
