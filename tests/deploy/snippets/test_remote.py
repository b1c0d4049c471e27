"""Every snippet that calls a server, of every task, run against a live one: it must answer as the
engine does."""

import pytest

from deploy.snippets.clients import CLIENTS
from pipelines.registry import TASKS
from tests.deploy.snippets.agree import agrees, given
from tests.deploy.snippets.conftest import Bench, refused

FAR = [name for name, client in CLIENTS.items() if client.far and name != "mcp"]


@pytest.mark.parametrize("tag", TASKS)
@pytest.mark.parametrize("client", FAR)
def test_it_answers_as_the_engine_does(bench: Bench, client: str, tag: str) -> None:
    if refused(bench, client, tag):
        return
    outcome = bench.told(client)[tag]
    assert "error" not in outcome, outcome["error"]
    found, wanted = given(outcome, bench.folder(client, tag)), bench.expected(tag)
    assert agrees(found, wanted, bench.ask(tag).kind), (str(found)[:600], str(wanted)[:600])
