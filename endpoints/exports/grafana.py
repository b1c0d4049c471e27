"""A dashboard of Grafana over what `/metrics` tells of endpoints.

Source: "JSON model" in Grafana's documentation, schema version 39. Import it, and choose the
Prometheus that reads this server.
"""

import json
from collections.abc import Mapping
from typing import Any

EACH = 'endpoint=~"$endpoint"'
RATE = "[$__rate_interval]"
TIMES = f"tagline_endpoint_request_seconds_bucket{{{EACH}}}{RATE}"
SOURCE = {"type": "prometheus", "uid": "${source}"}
WIDTH, HEIGHT = 12, 8  # of a panel; a row is 24 wide
UID, VERSION = "tagline-endpoints", 1


def percentile(part: float) -> str:
    return f"histogram_quantile({part}, sum by (le, endpoint) (rate({TIMES})))"


def of(metric: str) -> str:
    return f"sum by (endpoint) ({metric}{{{EACH}}})"


# Title, unit, and what is drawn: legend -> query.
PANELS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    (
        "Requests a second, by status", "reqps",
        {
            "{{endpoint}} {{status}}": "sum by (endpoint, status) "
            f"(rate(tagline_endpoint_requests_total{{{EACH}}}{RATE}))"
        },
    ),
    (
        "Latency of good answers", "s",
        {f"{{{{endpoint}}}} p{part * 100:g}": percentile(part) for part in (0.5, 0.9, 0.99)},
    ),
    (
        "Replicas", "short",
        {
            "{{endpoint}} ready": of("tagline_endpoint_replicas"),
            "{{endpoint}} wanted": of("tagline_endpoint_replicas_wanted"),
        },
    ),
    ("Calls in line", "short", {"{{endpoint}}": of("tagline_endpoint_queue_length")}),
    ("Memory of replicas", "bytes", {"{{endpoint}}": of("tagline_endpoint_memory_bytes")}),
    (
        "State", "short",
        {"{{endpoint}} {{state}}": f"max by (endpoint, state) (tagline_endpoint_state{{{EACH}}})"},
    ),
)  # fmt: skip


def dashboard() -> dict[str, Any]:
    return {
        "uid": UID,
        "title": "Tagline: endpoints",
        "tags": ["tagline"],
        "schemaVersion": 39,
        "version": VERSION,
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "30s",
        "templating": {"list": [source(), names()]},
        "panels": [panel(at, *each) for at, each in enumerate(PANELS)],
    }


def source() -> Mapping[str, Any]:
    return {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}


def names() -> Mapping[str, Any]:
    """The choice of endpoints."""
    query = "label_values(tagline_endpoint_replicas_wanted, endpoint)"
    return {
        "name": "endpoint", "label": "Endpoint", "type": "query", "datasource": SOURCE,
        "query": {"query": query, "refId": "endpoint"}, "refresh": 2, "multi": True,
        "includeAll": True, "allValue": ".*", "current": {"text": "All", "value": "$__all"},
    }  # fmt: skip


def panel(at: int, title: str, unit: str, queries: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "id": at + 1,
        "type": "timeseries",
        "title": title,
        "datasource": SOURCE,
        "gridPos": {"x": at % 2 * WIDTH, "y": at // 2 * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + row), "expr": query, "legendFormat": legend}
            for row, (legend, query) in enumerate(queries.items())
        ],
    }


def grafana() -> str:
    return json.dumps(dashboard(), indent=2) + "\n"
