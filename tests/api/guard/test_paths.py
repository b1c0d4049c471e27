"""Other spellings of what is open open nothing. Sent raw: a client would tidy them up."""

import re
import socket

import pytest

from tests.api.guard.servers import Guarded
from tests.api.wire import SECONDS

REFUSED = {400, 401, 404}  # 400 and 404 are uvicorn's own, for what is no request or no HTTP path


def send(guarded: Guarded, request: bytes) -> tuple[int, bytes]:
    """The status, and all that came."""
    with socket.create_connection(("127.0.0.1", guarded.server.port), SECONDS) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        got = b"".join(iter(lambda: line.recv(65_536), b""))
    status = re.match(rb"HTTP/1\.[01] (\d+)", got)
    return int(status[1]) if status else 400, got


def ask(guarded: Guarded, method: str, path: str, *headers: str) -> tuple[int, bytes]:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers, "", ""]
    return send(guarded, "\r\n".join(lines).encode("latin-1"))


def test_health_itself(protected: Guarded) -> None:
    status, body = ask(protected, "GET", "/health")
    assert status == 200
    assert b'"status":"ok"' in body


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "QUERY"])
@pytest.mark.parametrize(
    "path",
    [
        "//health", "/health/", "/health//ready", "/./health", "/x/../health", "/health/../models",
        "/health/../v1/models", "/health/..%2fv1/models", "/health%2f..%2fv1%2fmodels",
        "/%68ealth", "/health%0a", "/health%00", "/health%20", "/health;/v1/models", "/HEALTH",
        "/health%3f", "/health/ready/", "/health/x", "/healthx",
        "/sign-in/", "//sign-in", "/sign-in/../v1/models", "/sign-in/style.css/../../config",
        "/sign-in%2f..%2fconfig", "/sign-in/page.html", "/sign-in/../../app.py", "/sign-i%6e",
        "/gradio_api/startup-events/", "//gradio_api/startup-events",
        "/gradio_api/startup-events/../info", "/gradio_api/%73tartup-events",
        "/gradio_api/../v1/models", "//", "/..", "/%2e%2e/v1/models", "/v1/models?/health",
        "/v1/models%23/health", "http://127.0.0.1/v1/models", "http://127.0.0.1/health",
        "/health#/v1/models", "http://health/v1/models", "*",
        "/config\\..\\health", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json",
    ],
)  # fmt: skip
def test_another_spelling(protected: Guarded, method: str, path: str) -> None:
    status, body = ask(protected, method, path)
    assert status in REFUSED
    assert b"sentence-transformers" not in body


def test_a_query_changes_nothing(protected: Guarded) -> None:
    assert ask(protected, "GET", "/health?x=/../v1/models")[0] == 200


def test_only_to_read(protected: Guarded) -> None:
    for method in ("POST", "DELETE", "OPTIONS"):
        assert ask(protected, method, "/health")[0] == 401


@pytest.mark.parametrize("path", ["/", "/gradio_api/queue/data", "/health", "/sign-in"])
def test_a_websocket(protected: Guarded, path: str) -> None:
    upgrade = (
        "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )  # fmt: skip
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: Upgrade", *upgrade, "", ""]
    status, _ = send(protected, "\r\n".join(lines).encode())
    assert status in {400, 401, 403} | ({200} if path in ("/health", "/sign-in") else set())


def test_a_form_that_does_not_come(protected: Guarded) -> None:
    """Where nobody has a token yet, nobody holds a line for long."""
    head = "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ntoken="
    with socket.create_connection(("127.0.0.1", protected.server.port), SECONDS) as line:
        line.sendall(head.encode())
        got = b""
        while b"}" not in got and (more := line.recv(65_536)):
            got += more
    assert got.startswith(b"HTTP/1.1 400")
    assert b"did not come within" in got
