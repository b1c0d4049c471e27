"""compose.yaml: the server and, each in a profile of its own, what it can work with.

Source: the Compose specification.
"""

from typing import Any

from deploy.docker.dockerfile import image_name
from deploy.plan import Plan
from deploy.standalone import MODELS
from deploy.writing import as_yaml

HEAD = """\
# docker compose up --build
#
# Beside it, where asked for: docker compose --profile redis --profile postgres up --build
# The profiles, and what to set in .env for each:
#   redis       servers count calls together   TAGLINE_REDIS_URL=redis://redis:6379
#   postgres    tokens and kept runs in it     POSTGRES_PASSWORD=SECRET
#               TAGLINE_DATABASE=postgresql+psycopg://tagline:SECRET@postgres/tagline
#   prometheus  reads /metrics, on port 9090   PROMETHEUS_TOKEN=TOKEN, of scope read
"""
PORT = 7860
SCRAPED = "prometheus"  # the name of its configuration


def compose(plan: Plan, mount: bool, cuda: bool) -> str:
    return HEAD + as_yaml(stack(image_name(plan), mount, cuda))


def stack(image: str, mount: bool, cuda: bool) -> dict[str, Any]:
    beside = {"redis": redis(), "postgres": postgres(), "prometheus": prometheus()}
    return {
        "services": {"app": app(image, mount, cuda), **beside},
        "volumes": {"data": {}, "database": {}, "metrics": {}},
        "configs": {SCRAPED: {"content": as_yaml(scraping())}},
    }


def app(image: str, mount: bool, cuda: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "image": image,
        "build": {
            "context": ".",
            "args": {name: f"${{{name}:-}}" for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")},
        },
        "ports": [f"${{PORT:-{PORT}}}:{PORT}"],
        "environment": {
            "TAGLINE_LEVEL": "${TAGLINE_LEVEL:-protected}",
            "TAGLINE_REDIS_URL": "${TAGLINE_REDIS_URL:-}",
            "TAGLINE_DATABASE": "${TAGLINE_DATABASE:-}",
        },
        "volumes": ["data:/data", *([f"./{MODELS}:/app/{MODELS}:ro"] if mount else [])],
        "depends_on": {name: waited() for name in ("redis", "postgres")},
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "stop_grace_period": "20s",
        "restart": "unless-stopped",
    }
    return made | ({"deploy": gpu()} if cuda else {})


def waited() -> dict[str, Any]:
    return {"condition": "service_healthy", "required": False}


def gpu() -> dict[str, Any]:
    device = {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}
    return {"resources": {"reservations": {"devices": [device]}}}


def redis() -> dict[str, Any]:
    return {
        "image": "redis:7-alpine",
        "profiles": ["redis"],
        "healthcheck": checked("redis-cli", "ping"),
        "restart": "unless-stopped",
    }


def postgres() -> dict[str, Any]:
    return {
        "image": "postgres:17-alpine",
        "profiles": ["postgres"],
        "environment": {
            "POSTGRES_USER": "tagline",
            "POSTGRES_DB": "tagline",
            "POSTGRES_PASSWORD": "${POSTGRES_PASSWORD:-}",
        },
        "volumes": ["database:/var/lib/postgresql/data"],
        "healthcheck": checked("pg_isready", "--username", "tagline"),
        "restart": "unless-stopped",
    }


def prometheus() -> dict[str, Any]:
    return {
        "image": "prom/prometheus:v3.5.0",
        "profiles": ["prometheus"],
        "ports": ["127.0.0.1:9090:9090"],
        "configs": [{"source": SCRAPED, "target": "/etc/prometheus/prometheus.yml"}],
        "volumes": ["metrics:/prometheus"],
        "restart": "unless-stopped",
    }


def scraping() -> dict[str, Any]:
    """What Prometheus reads, and with whose token."""
    job = {
        "job_name": "tagline",
        "authorization": {"credentials": "${PROMETHEUS_TOKEN:-}"},
        "static_configs": [{"targets": [f"app:{PORT}"]}],
    }
    return {"scrape_configs": [job]}


def checked(*command: str) -> dict[str, Any]:
    return {"test": ["CMD", *command], "interval": "5s", "timeout": "5s", "retries": 12}
