"""The table of metrics says what the server counts, and the table of fields what it logs."""

from contextlib import suppress
from types import SimpleNamespace

import pytest
from prometheus_client import Metric

from api.endpoint_gauges import EndpointGauges
from api.exchange import Exchange
from api.metrics import Metrics
from endpoints.status import Status
from pipelines.engine import past
from pipelines.errors import TaglineError
from pipelines.logs import FIELDS
from pipelines.tracing import Request
from tests.docs.pages import ROOT
from tests.pipelines.engine.stage import CALL, Stage


class Words:
    """Endpoints of which there is one."""

    def list(self) -> list[SimpleNamespace]:
        now = Status("running")
        return [SimpleNamespace(spec=SimpleNamespace(name="words"), status=now)]


PAGE = (ROOT / "docs" / "observability.md").read_text(encoding="utf-8")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


async def counted(stage: Stage) -> list[Metric]:
    """What is counted in an engine where everything has happened once."""
    engine = stage.engine(places=1)
    metrics = Metrics(engine)
    with suppress(TaglineError):
        await engine.predict(CALL("b", text="die"))
    await engine.predict(CALL("a"))
    await engine.load(CALL("c"))
    metrics.answered(Exchange({"type": "http", "method": "GET"}, Request("x")))
    metrics.endpoint("words", 200, 0.1)
    metrics.registry.register(EndpointGauges(Words()))  # type: ignore[arg-type]
    found = [each for each in metrics.registry.collect() if each.name.startswith("tagline_")]
    await engine.close()
    return found


def row(metric: Metric) -> list[str]:
    name = metric.name + ("_total" if metric.type == "counter" else "")
    labels = [label for label in metric.samples[0].labels if label != "le"]
    return [
        f"`{name}`",
        metric.type,
        ", ".join(f"`{each}`" for each in labels),
        metric.documentation,
    ]


async def test_every_metric_has_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(past, "MOST_CRASHES", 1)
    stage = Stage()
    stage.poison = "die"
    told = [cells(line) for line in PAGE.splitlines() if line.startswith("| `tagline_")]
    assert told == [row(each) for each in await counted(stage)]


def test_every_field_has_a_row() -> None:
    for name in (*FIELDS, "request_id", "exception"):
        assert f"`{name}`" in PAGE
