"""Who may bring a model here, with whose token, and what is refused before a weight moves."""

import asyncio
import socket
from pathlib import Path

import pytest
from huggingface_hub import constants

from pipelines.errors import InvalidInput, RefusedModel, Unavailable, UnknownModel
from pipelines.models.downloads import digest
from pipelines.models.hub import Hub as HubClient
from pipelines.models.names import Name
from pipelines.settings import Settings
from tests.pipelines.models.conftest import Make
from tests.pipelines.models.fake_hub import Hub
from tests.pipelines.models.samples import files

SERVER, ALICE, BOB = "hf_server", "hf_alice", "hf_bob"
OPEN = {"host": "0.0.0.0", "level": "public"}


async def test_offline_asks_nobody(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    models = make(offline=True, models=("o/n",))
    with pytest.raises(UnknownModel, match="never asks the Hub"):
        await models.resolve("o/n", ALICE)
    with pytest.raises(UnknownModel, match="never asks the Hub"):
        await models.offer("o/n")
    assert hub.seen == []


async def test_local_names_never_reach_the_hub(make: Make, hub: Hub) -> None:
    hub.add("local/n", files())
    with pytest.raises(UnknownModel, match="local/ is for the folder"):
        await make().resolve("local/n")
    assert hub.seen == []


async def test_strangers_bring_only_listed_models(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    hub.add("o/m", files())
    models = make(**OPEN, models=("o/n",))
    with pytest.raises(RefusedModel, match="TAGLINE_MODELS"):
        await models.resolve("o/m", ALICE)
    with pytest.raises(RefusedModel, match="TAGLINE_ALLOW_DOWNLOADS"):
        await models.offer("o/m")
    assert hub.seen == []
    assert (await models.resolve("o/n")).id == "o/n"
    assert (await make(**OPEN, allow_downloads=True).resolve("o/m")).id == "o/m"


async def test_who_may_do_as_he_likes_brings_any_model(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    models = make(level="protected")
    with pytest.raises(RefusedModel, match="TAGLINE_MODELS"):
        await models.resolve("o/n")
    assert (await models.resolve("o/n", freely=True)).id == "o/n"
    with pytest.raises(UnknownModel, match="never asks the Hub"):
        await make(offline=True, level="protected").resolve("o/m", freely=True)


async def test_a_model_that_is_nowhere(make: Make, hub: Hub) -> None:
    with pytest.raises(UnknownModel, match=f"Check the spelling at {hub.url}/models"):
        await make().resolve("o/nothing")
    assert [seen.token for seen in hub.seen] == [None]


async def test_no_token_is_sent_where_none_is_needed(make: Make, hub: Hub) -> None:
    hub.add("o/n", files())
    model = await make(models=("o/n",), hf_token=SERVER).resolve("o/n", ALICE)
    assert model.owner is None
    assert {seen.token for seen in hub.seen} == {None}


@pytest.mark.parametrize("about", [{"gated": "manual"}, {"private": True}])
async def test_the_servers_token_is_for_listed_models(
    about: dict[str, object], make: Make, hub: Hub
) -> None:
    hub.add("o/listed", files(), readers={SERVER}, **about)
    hub.add("o/other", files(), readers={SERVER}, **about)
    models = make(models=("o/listed@main",), hf_token=SERVER)
    model = await models.resolve("o/listed")
    assert (model.source, model.owner) == ("download", None)
    assert models.find("o/listed") == model
    with pytest.raises((RefusedModel, UnknownModel)):
        await models.resolve("o/other")
    assert {seen.token for seen in hub.seen if "o/other" in seen.path} == {None}


@pytest.mark.parametrize("about", [{"gated": "auto"}, {"private": True}])
async def test_a_visitors_files_are_his_alone(
    about: dict[str, object], make: Make, hub: Hub, tmp_path: Path
) -> None:
    hub.add("o/n", files(), readers={ALICE}, **about)
    models = make()
    model = await models.resolve("o/n", ALICE)
    assert (model.source, model.owner) == ("private", digest(ALICE))
    assert model.path.is_relative_to(tmp_path / "home/private" / digest(ALICE))
    assert models.find("o/n", ALICE) == model
    assert ALICE not in str(sorted(tmp_path.rglob("*")))
    assert models.list() == models.search("o/n") == []
    for other in (None, "", BOB, digest(ALICE), "hf_", "alice"):
        with pytest.raises(UnknownModel) as caught:
            models.find("o/n", other)
        assert model.revision not in str(caught.value)
        with pytest.raises((RefusedModel, UnknownModel)):
            await models.resolve("o/n", other)


async def test_two_visitors_have_two_copies(make: Make, hub: Hub) -> None:
    hub.add("o/n", files(), readers={ALICE, BOB}, private=True)
    models = make()
    one, two = await asyncio.gather(models.resolve("o/n", ALICE), models.resolve("o/n", BOB))
    assert one.path != two.path
    assert (one.owner, two.owner) == (digest(ALICE), digest(BOB))


async def test_gated_says_what_to_do(make: Make, hub: Hub) -> None:
    hub.add("o/n", files(), readers={ALICE}, gated="auto")
    with pytest.raises(RefusedModel, match=f"Accept their terms at {hub.url}/o/n"):
        await make().resolve("o/n")
    with pytest.raises(RefusedModel, match="The token you sent has no access"):
        await make().offer("o/n", BOB)
    assert hub.asked("GET", "/resolve/") == []


async def test_a_token_that_is_not_the_hubs_is_never_sent(make: Make, hub: Hub) -> None:
    hub.add("o/n", files(), readers={"tagline_secret"}, private=True)
    with pytest.raises(UnknownModel, match="not without a token"):
        await make().resolve("o/n", "tagline_secret")
    assert {seen.token for seen in hub.seen} == {None}


async def test_errors_never_tell_a_token(make: Make, hub: Hub) -> None:
    hub.add("o/n", files(), private=True)
    models = make(models=("o/n",), hf_token=SERVER)
    with pytest.raises(UnknownModel) as caught:
        await models.resolve("o/n", ALICE)
    assert not any(token in str(caught.value) for token in (SERVER, ALICE, digest(ALICE)))


async def test_pickle_is_refused_before_a_weight_moves(make: Make, hub: Hub) -> None:
    named = files(pytorch_model__bin=b"pickle")
    del named["model.safetensors"]
    hub.add("o/n", named)
    with pytest.raises(RefusedModel, match="only as a pickle"):
        await make().resolve("o/n")
    with pytest.raises(RefusedModel, match="only as a pickle"):
        await make().offer("o/n")
    assert hub.asked("GET", "/resolve/") + hub.asked("HEAD", "/resolve/") == []
    model = await make(trusted_pickle=("o/n",)).resolve("o/n")
    assert model.trusted_pickle
    assert (model.path / "pytorch_model.bin").read_bytes() == b"pickle"


async def test_code_comes_only_with_trust(make: Make, hub: Hub, tmp_path: Path) -> None:
    hub.add("o/n", files(modeling__py="x = 1"))
    assert not ((await make().resolve("o/n")).path / "modeling.py").exists()
    model = await make(trusted_code=("o/n",), home=tmp_path / "other").resolve("o/n")
    assert (model.path / "modeling.py").exists()


@pytest.mark.parametrize("token", [None, ALICE])
async def test_the_hub_is_down(token: str | None, make: Make, hub: Hub) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(UnknownModel, match="not on this machine and the Hub cannot be reached"):
        await make(hub=address).resolve("o/n", token)


async def test_a_name_that_no_server_knows(make: Make) -> None:
    with pytest.raises(UnknownModel, match="the Hub cannot be reached"):
        await make(hub="http://hub.invalid").resolve("o/n")


def test_a_hub_that_never_answers(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = HubClient(Settings(home=tmp_path, hub=address), timeout=0.1)
        with pytest.raises(UnknownModel, match="the Hub cannot be reached"):
            client.plan(Name("o/n"), None)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_sick_hub(status: int, make: Make, hub: Hub) -> None:
    hub.sick = status
    with pytest.raises(Unavailable, match=f"answered {status}") as caught:
        await make().resolve("o/n", ALICE)
    assert caught.value.retry_after == 7
    assert len(hub.seen) == 1


async def test_what_is_no_hub_at_all(make: Make, hub: Hub) -> None:
    hub.sick = 200
    with pytest.raises(Unavailable, match="does not answer as the Hub does"):
        await make().resolve("o/n")


async def test_the_environments_offline_mode_counts(
    make: Make, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UnknownModel, match="never asks"):
        await make().resolve("o/n")
    with pytest.raises(InvalidInput):
        await make().resolve("../o")
    assert hub.seen == []


async def test_a_home_that_cannot_be_written_to(make: Make, hub: Hub, tmp_path: Path) -> None:
    hub.add("o/n", files())
    (tmp_path / "file").touch()
    models = make(home=tmp_path / "file" / "home")
    for ask in (models.offer, models.resolve):
        with pytest.raises(Unavailable, match="should check TAGLINE_HOME"):
            await ask("o/n")
    assert models.list() == []


async def test_a_client_library_in_offline_mode(
    make: Make, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UnknownModel, match="offline mode is enabled"):
        await make().resolve("o/n")
    assert hub.seen == []
