"""Code that runs a model by its library alone: it must compute what the engine does."""

import pytest

from deploy.snippets import clients
from pipelines.registry import TASKS
from tests.deploy.snippets.agree import given
from tests.deploy.snippets.alone import agrees_alone
from tests.deploy.snippets.cases import BESIDE
from tests.deploy.snippets.conftest import Bench, refused


@pytest.mark.parametrize("tag", TASKS)
def test_it_computes_what_the_engine_does(bench: Bench, tag: str) -> None:
    if refused(bench, "local", tag):
        return
    outcome = bench.told("local")[tag]
    assert "error" not in outcome, outcome["error"]
    found, wanted = given(outcome, bench.folder("local", tag)), bench.expected(tag)
    assert agrees_alone(found, wanted, bench.ask(tag).kind), (str(found)[:600], str(wanted)[:600])


@pytest.mark.parametrize("name", BESIDE)
def test_other_kinds_of_models_have_code_of_their_own(beside: Bench, name: str) -> None:
    outcome = beside.told("local")[name]
    assert "error" not in outcome, outcome["error"]
    found, wanted = given(outcome, beside.folder("local", name)), beside.expected(name)
    assert agrees_alone(found, wanted, beside.ask(name).kind), (str(found)[:600], str(wanted)[:600])


def test_it_names_neither_a_server_nor_tagline(bench: Bench) -> None:
    for tag in TASKS:
        if snippet := bench.snippet("local", tag, stream=False):
            assert bench.server.url not in snippet.code
            assert "tagline" not in snippet.code.replace(bench.ask(tag).where, "").lower()
    assert clients.CLIENTS["local"].far is False
