"""`python app.py endpoint`, over the HTTP API of a server."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from pipelines.errors import InvalidInput, TaglineError, Unavailable
from tests.api.endpoint_server import Running, running
from tests.conftest import CHATTER, free_port

Do = Callable[..., int]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("cli"), proxied=False) as found:
        yield found


@pytest.fixture
def do(served: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Do:
    for name in ("TAGLINE_LEVEL", "TAGLINE_TOKEN", "SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TAGLINE_HOME", str(tmp_path))
    return lambda *words: run(["endpoint", "--url", served.url, *words])


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)["tagline"]["spec"]


def test_the_life_of_an_endpoint(
    do: Do, served: Running, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert do("list") == 0
    assert "There is no endpoint" in capsys.readouterr().out
    monkeypatch.setenv("KEY", "hush")
    words = "create chat --access public --max-replicas 2 --min-replicas 0 --to-zero-after 900"
    do(*words.split(), "--model", CHATTER, "--env", "A=b=c", "--secret", "KEY", "--tag", "x")
    assert capsys.readouterr().out == f"{served.url}/endpoints/chat\n"
    served.until("chat", "running")
    do("show", "chat")
    spec = told(capsys)
    assert (spec["env"], spec["secrets"], spec["tags"]) == ({"A": "b=c"}, ["KEY"], ["x"])
    assert (spec["scaling"]["max_replicas"], spec["scaling"]["to_zero_after"]) == (2, 900)
    do("update", "chat", "--timeout", "9", "--to-zero-after", "never")
    capsys.readouterr()
    do("show", "chat")
    spec = told(capsys)
    assert (spec["timeout"], spec["scaling"]["to_zero_after"], spec["model"]) == (9, None, CHATTER)
    assert (spec["access"]["level"], spec["scaling"]["max_replicas"]) == ("public", 2)
    do("list")
    table = capsys.readouterr().out.splitlines()
    assert table[0].split()[:3] == ["NAME", "STATE", "REPLICAS"]
    assert table[1].split()[0] == "chat"
    run(["endpoint", "export", "chat", "ray-serve", "--url", served.url])  # behind the verb too
    assert "name: ep-chat" in capsys.readouterr().out
    more = ("--memory-gb", "0.5", "--acceleration", "off", "--max-batch", "4", "--max-waiting", "9")
    do("update", "chat", *more)
    capsys.readouterr()
    do("show", "chat")
    spec = told(capsys)
    assert (spec["hardware"]["memory_gb"], spec["acceleration"]) == (0.5, "off")
    assert (spec["max_batch"], spec["max_waiting"]) == (4, 9)
    do("pause", "chat")
    assert "Endpoint chat is paused" in capsys.readouterr().out
    do("resume", "chat")
    do("scale-to-zero", "chat")
    assert "Endpoint chat is scaledToZero" in capsys.readouterr().out
    assert do("logs", "chat", "--tail", "5") == 0
    for odd in ("x/../chat", "chat?x", "chat%2f"):
        with pytest.raises(TaglineError, match="There is no"):
            do("delete", odd)
    do("delete", "chat")
    assert "Endpoint chat is deleted" in capsys.readouterr().out
    assert served.endpoints.list() == []


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (("show", "nope"), TaglineError, "There is no endpoint 'nope'"),
        (("logs", "nope"), TaglineError, "There is no endpoint 'nope'"),
        (("create", "A B", "--model", CHATTER), TaglineError, "name: "),
        (("create", "a", "--model", CHATTER, "--secret", "NOT_SET"), InvalidInput, "NOT_SET"),
        (("create", "a", "--model", CHATTER, "--gpus", "9"), TaglineError, "cannot give 9 GPUs"),
        (("create", "a", "--model", CHATTER, "--tier", "h200"), TaglineError, "give tier h200"),
        (("create", "a", "--model", CHATTER, "--label", "hw=big"), TaglineError, "give labels"),
        (("create", "a", "--model", CHATTER, "--interface", "::1"), TaglineError, "private ones"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)
def test_what_goes_wrong_is_said(do: Do, words: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        do(*words)


@pytest.mark.parametrize(
    "words",
    [("create", "a"), ("create", "a", "--model", "b/c", "--env", "A"), ("fly", "a"),
     ("update", "a", "--to-zero-after", "soon"), ("update", "a", "--access", "secret")],
    ids=" ".join,
)  # fmt: skip
def test_words_that_mean_nothing(do: Do, words: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        do(*words)
    assert ended.value.code == 2


def test_without_a_server(do: Do) -> None:
    with pytest.raises(Unavailable, match="No server answers at"):
        run(["endpoint", "--url", f"http://127.0.0.1:{free_port()}", "list"])
