"""What the search box and the card of a model are told over HTTP."""

from typing import Any

import httpx
import pytest

from api.standing import foretold, loading
from api.texts import Texts
from pipelines.engine.call import Status
from pipelines.models.fit import Fit, Verdict
from tests.conftest import CHATTER, DIABETES, EMBEDDER, IRIS, SEER, Server

MB, GB = 10**6, 10**9


def ask(server: Server, path: str, **query: Any) -> Any:
    answer = httpx.get(f"{server.url}/picker/{path}", params=query, timeout=60)
    answer.raise_for_status()
    return answer.json()


def ids(server: Server, **query: Any) -> list[str]:
    return [row["id"] for row in ask(server, "models", **query)["rows"]]


def test_a_row_says_what_is_known(server: Server) -> None:
    rows = ask(server, "models", q="minilm-l6")["rows"]
    (row,) = rows
    assert row["id"] == EMBEDDER
    assert row["count"] == "22.7M"
    assert row["size"].endswith(" MB")
    assert (row["place"], row["fits"], row["served"]) == ("board", True, True)


def test_every_filter_narrows(server: Server) -> None:
    assert set(ids(server, library="sklearn")) == {IRIS, DIABETES}
    assert SEER in ids(server, task="image-classification", place="board")
    assert CHATTER not in ids(server, task="image-classification")
    assert CHATTER in ids(server, size="medium")
    assert IRIS not in ids(server, size="medium")
    assert IRIS in ids(server, size="small", fits="true")
    assert ids(server, place="folder") == []


def test_a_task_has_models_on_the_hub_too(server: Server) -> None:
    found = ask(server, "models", task="image-classification")["rows"]
    places = [row["place"] for row in found]
    assert places == sorted(places)  # board before hub
    assert {"board", "hub"} <= set(places)
    assert not ids(server, task="image-classification", q="nothing-is-called-so")


def test_named_models_come_apart(server: Server) -> None:
    told = ask(server, "models", names=[IRIS, "no/such", "../x"])
    assert [(row["id"], row["place"]) for row in told["named"]] == [
        (IRIS, "board"),
        ("no/such", "hub"),
    ]


def test_the_hub_is_silent_offline(server: Server) -> None:
    assert ask(server, "hub", q="bert") == {"rows": []}


def test_a_wrong_filter_is_refused(server: Server) -> None:
    answer = httpx.get(f"{server.url}/picker/models", params={"size": "vast"}, timeout=60)
    assert answer.status_code == 422


def test_choices_speak_the_language(server: Server) -> None:
    told = ask(server, "choices", lang="zh")
    assert "sklearn" in told["libraries"]
    tasks = dict(told["tasks"])
    assert tasks["robotics"] == Texts("zh")("playground.not_run")


def test_the_state_of_a_model(server: Server) -> None:
    httpx.post(f"{server.url}/admin/unload", json={"model": DIABETES}, timeout=60)
    now = ask(server, "state", model=DIABETES)
    assert now["label"] == "Not loaded"
    assert "of memory" in now["line"]
    assert now["load"]  # the tests call from the server's own machine
    assert ask(server, "state", model=DIABETES, lang="zh")["label"] == "未加载"
    answer = httpx.get(f"{server.url}/picker/state", params={"model": "no/such"}, timeout=60)
    assert answer.status_code == 404


def test_a_link_is_drawn(server: Server) -> None:
    answer = httpx.get(f"{server.url}/picker/qr", params={"link": server.url}, timeout=60)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert 'xmlns="http://www.w3.org/2000/svg"' in answer.text
    long = httpx.get(f"{server.url}/picker/qr", params={"link": "x" * 3000}, timeout=60)
    assert long.status_code == 422


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        ("fits", "It will take about 2.0 GB of memory, 3.0 s to load; 500 MB are free."),
        ("evicts", "It will take about 2.0 GB of memory, 3.0 s to load; a/b and c/d would be "
         "unloaded for it."),
        ("waits", "It will take about 2.0 GB of memory, and only 500 MB are free while others are "
         "busy."),
        ("never", "It will take about 2.0 GB of memory, more than this server has for models."),
    ],
)  # fmt: skip
def test_a_fit_in_words(verdict: Verdict, told: str) -> None:
    fit = Fit(verdict, 2 * GB, 500 * MB, ("a/b", "c/d"), 3.0)
    assert foretold(fit, Texts()) == told
    assert fit.sentence == told  # what is told over HTTP
    assert "2.0 GB" in foretold(fit, Texts("zh"))


def test_a_load_in_words() -> None:
    now = Status("loading", "reading", 2.0, done=250 * MB, total=GB, eta=6.2)
    assert loading(now, Texts()) == "250 MB of 1.0 GB read, about 6 s left"
    assert loading(Status("loading", seconds=4.4), Texts()) == "Getting ready, 4 s"
