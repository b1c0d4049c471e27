"""Snippets that read an answer piece by piece: the pieces together are the whole."""

import json
from typing import Any

import pytest

from deploy.snippets import clients, streams
from deploy.snippets.ask import Ask
from deploy.snippets.clients import CLIENTS
from pipelines.registry import TASKS
from tests.deploy.snippets.agree import agrees, given
from tests.deploy.snippets.conftest import Bench, refused

STREAMED = [tag for tag, task in TASKS.items() if task.stream]
FAR = ("curl", "hub", "requests", "openai", "js", "openai-js", "fetch")


@pytest.mark.parametrize("tag", STREAMED)
@pytest.mark.parametrize("client", FAR)
def test_the_pieces_are_the_whole(bench: Bench, client: str, tag: str) -> None:
    ask = bench.ask(tag)
    if refused(bench, client, tag):
        return
    outcomes = bench.told(client, True)
    if not clients.streams_with(client, ask):
        assert tag not in outcomes
        return
    outcome, wanted = outcomes[tag], bench.expected(tag)
    assert "error" not in outcome, outcome["error"]
    if client == "curl":
        assert whole(ask, outcome["printed"][0])
        return
    files = list(bench.folder(client, tag, True).glob("answer*"))
    found = given(outcome, bench.folder(client, tag, True)) if files else joined(outcome)
    assert agrees(found, wanted, ask.kind), (str(found)[:300], str(wanted)[:300])
    assert len(outcome["printed"]) >= (1 if files else 2)


def joined(outcome: dict[str, Any]) -> str:
    return "".join(each for each in outcome["printed"] if isinstance(each, str))


def whole(ask: Ask, text: str) -> bool:
    """Whether curl got events, the last of which ends the answer."""
    events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    assert events
    assert "error" not in events[-1]
    return bool(ask.kind.join(events)) if streams.words(ask) else "result" in events[-1]


def test_gradio_s_clients_and_a_file_of_settings_do_not_stream() -> None:
    assert [name for name in CLIENTS if name not in FAR] == ["gradio", "local", "gradio-js", "mcp"]
