"""The Hub's search, against a Hub on loopback: what is asked, and silence where nothing comes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.models.hub_search import Found, HubSearch
from pipelines.settings import Settings
from tests.pipelines.models.fake_hub import Hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()
    yield hub
    hub.close()


def search(hub: Hub, tmp_path: Path, **settings: Any) -> HubSearch:
    about = {"host": "127.0.0.1", "home": tmp_path, "hub": hub.url, **settings}
    return HubSearch(Settings(**about))


def fill(hub: Hub) -> None:
    hub.add("some/bert-small", {}, tag="fill-mask", library="transformers", downloads=3)
    hub.add("some/bert-large", {}, tag="fill-mask", downloads=9, parameters=340_000_000)
    hub.add("some/bert-secret", {}, private=True)
    hub.add("some/bert-ner", {}, tag="ner", gated="manual", downloads=1)


async def test_the_most_downloaded_come_first(hub: Hub, tmp_path: Path) -> None:
    fill(hub)
    found = await search(hub, tmp_path).find("bert", None, None, 10)
    assert [each.id for each in found] == ["some/bert-large", "some/bert-small", "some/bert-ner"]
    assert found[0] == Found("some/bert-large", "fill-mask", None, 9, False, 340_000_000)
    assert found[2].gated
    assert found[2].tag == "token-classification"  # an old name of it
    assert hub.seen[-1].token is None


async def test_a_task_and_a_limit_narrow_it(hub: Hub, tmp_path: Path) -> None:
    fill(hub)
    found = await search(hub, tmp_path).find("bert", "fill-mask", None, 1)
    assert [each.id for each in found] == ["some/bert-large"]


@pytest.mark.parametrize("settings", [{"offline": True}, {"level": "public"}])
async def test_who_may_not_download_asks_nothing(
    hub: Hub, tmp_path: Path, settings: dict[str, Any]
) -> None:
    fill(hub)
    assert await search(hub, tmp_path, **settings).find("bert", None, None, 10) == []
    assert not hub.seen


async def test_a_hub_that_fails_is_left_alone_for_a_while(hub: Hub, tmp_path: Path) -> None:
    hub.sick = 500
    asked = search(hub, tmp_path)
    assert await asked.find("bert", None, None, 10) == []
    assert await asked.find("bert", None, None, 10) == []
    assert len(hub.seen) == 1


async def test_an_answer_that_is_none_is_no_error(tmp_path: Path) -> None:
    hub = Hub()
    hub.close()
    assert await search(hub, tmp_path).find("bert", None, None, 10) == []
