"""Every route, ours and Gradio's, at every level: who has no token gets nothing."""

from collections.abc import Iterator

import httpx
import pytest

from tests.api.guard.routes import METHODS, Asked, every
from tests.api.guard.servers import Guarded, at, bearer, guarded
from tests.api.wire import SECONDS, error_of
from tests.conftest import Server

READY = "/health/ready"
WHO = ("GET", "/api/whoami-v2")
OPEN = [(method, path) for method in ("GET", "HEAD") for path in ("/health", READY)]
STRANGER = at("203.0.113.1")
NOWHERE = ["/nonesuch", "/gradio_api/nonesuch", "/gradio_api/mcp", "/gradio_api/mcp/", "/metrics"]


@pytest.fixture(scope="module")
def routes() -> list[Asked]:
    found = every()
    assert {"/", "/config", "/gradio_api/queue/join", "/v1/models"} <= {path for _, path in found}
    return found


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with guarded(tmp_path_factory.mktemp("private"), "--level", "private") as found:
        yield found


def statuses(url: str, asked: list[Asked], headers: dict[str, str]) -> dict[Asked, int]:
    """Of each request without a body; what streams is not read."""
    with httpx.Client(base_url=url, headers=headers, timeout=SECONDS) as client:
        found = {}
        for method, path in asked:
            with client.stream(method, path) as answer:
                found[method, path] = answer.status_code
        return found


@pytest.mark.parametrize("level", ["protected", "private"])
def test_nothing_answers_without_a_token(
    routes: list[Asked], level: str, request: pytest.FixtureRequest
) -> None:
    found: Guarded = request.getfixturevalue(level)
    elsewhere = [(method, path) for path in NOWHERE for method in METHODS]
    answers = statuses(found.url, [*routes, *elsewhere], STRANGER)
    assert sorted(each for each, status in answers.items() if status != 401) == sorted(OPEN)


def test_what_it_says_then(protected: Guarded) -> None:
    for path in ("/v1/models", "/gradio_api/info", "/nonesuch"):
        answer = protected.ask(path)
        error_of(answer, 401, "asks for one of its own tokens", "Bearer tgl_", "/sign-in")
        assert answer.headers["www-authenticate"] == 'Bearer realm="Tagline"'


def test_a_token_opens_all_that_a_public_server_has(
    routes: list[Asked], protected: Guarded, public: Server
) -> None:
    unmanaged = [each for each in routes if not each[1].startswith("/v2/")]  # of scope admin alone
    shown = statuses(public.url, unmanaged, STRANGER)
    opened = statuses(protected.url, unmanaged, STRANGER | bearer(protected.secret))
    for method in ("GET", "HEAD"):  # each server is ready in its own time
        assert {opened.pop((method, READY)), shown.pop((method, READY))} <= {200, 503}
    assert (opened.pop(WHO), shown.pop(WHO)) == (200, 401)
    assert opened == shown
    assert not set(shown.values()) & {401, 303}
    assert {shown["POST", f"/admin/{what}"] for what in ("load", "unload", "pin")} == {403}


def test_gradios_probe_is_for_this_machine_alone(protected: Guarded) -> None:
    probe = "/gradio_api/startup-events"
    assert protected.ask(probe).status_code == 200
    for method, path, headers in (
        ("GET", probe, STRANGER), ("POST", probe, {}), ("GET", f"{probe}/", {}),
        ("GET", f"/{probe}", {}),
    ):  # fmt: skip
        assert protected.ask(path, method, headers=headers).status_code == 401
