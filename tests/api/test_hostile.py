"""Clients that mean harm: too large, too slow, too many, or nonsense. Others are served meanwhile.

The server that they meet takes 5 MB in a body, 12 MB of bodies at a time, and is impatient.
"""

import itertools
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPResponse

import httpx
import psutil
import pytest

from tests.api.wire import SECONDS, error_of, post, still_answers, until
from tests.conftest import EMBEDDER, Server

MB = 1_000_000
BODY = 5 * MB
EMBED = f"/models/{EMBEDDER}"
BODY_SECONDS, HEAD_SECONDS = 3, 1
DRIP = 0.05  # seconds between two bytes
CROWD = 500


@pytest.fixture(scope="module")
def besieged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(
        tmp_path_factory.mktemp("besieged"),
        *("--level", "public", "--host", "127.0.0.1", "--rate-limit", "9999/hour"),
        *("--max-body-mb", "5", "--bodies-mb", "12"),
        *("--body-seconds", str(BODY_SECONDS), "--head-seconds", str(HEAD_SECONDS)),
    ).wait()
    still_answers(server)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def goes_on(besieged: Server) -> Iterator[None]:
    yield
    still_answers(besieged)
    assert "Traceback" not in besieged.log.read_text()


def dial(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), SECONDS)


def head(path: str, *fields: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *fields, "", ""]).encode()


def heard(line: socket.socket) -> bytes:
    """All that the server still says, until it hangs up."""
    parts = []
    try:
        while part := line.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def reply(line: socket.socket) -> httpx.Response:
    """The next answer."""
    with closing(HTTPResponse(line)) as found:
        found.begin()
        return httpx.Response(found.status, headers=found.getheaders(), content=found.read())


# Too large --------------------------------------------------------------------------------------


def resident(server: Server) -> int:
    return psutil.Process(server.process.pid).memory_info().rss


def pour(line: socket.socket, parts: Iterator[bytes]) -> int:
    """Sends until the server answers or hangs up; how many bytes it took."""
    sent = 0
    line.setblocking(False)
    waiting = memoryview(b"")
    while True:
        try:
            if line.recv(1, socket.MSG_PEEK) or True:
                break
        except BlockingIOError:
            pass
        except ConnectionResetError:
            break
        waiting = waiting or memoryview(next(parts))
        try:
            count = line.send(waiting)
        except BlockingIOError:
            continue
        except (BrokenPipeError, ConnectionResetError):
            break
        sent += count
        waiting = waiting[count:]
    line.setblocking(True)
    line.settimeout(SECONDS)
    return sent


FORM_TYPE = "multipart/form-data; boundary=x"
PATHS = [
    (EMBED, "application/json"),
    (EMBED, "image/png"),
    (EMBED, FORM_TYPE),
    ("/v1/audio/transcriptions", FORM_TYPE),
    ("/admin/load", "application/json"),
    ("/gradio_api/queue/join", "application/json"),
    ("/nowhere/at/all", "text/plain"),
]


@pytest.mark.parametrize("told", [True, False], ids=["announced", "in chunks"])
def test_200_mb(besieged: Server, told: bool) -> None:
    """The server answers when it knows, long before the end, and its memory stays as it was."""
    size = "Content-Length: 200000000" if told else "Transfer-Encoding: chunked"
    piece = b"x" * 65_536
    part = piece if told else b"10000\r\n" + piece + b"\r\n"
    before = resident(besieged)
    for path, kind in PATHS:
        with closing(dial(besieged)) as line:
            line.sendall(head(path, f"Content-Type: {kind}", size))
            sent = pour(line, itertools.repeat(part))
            status = reply(line).status_code
        assert sent < 20 * MB, path  # 5 of them, and what the system keeps on its way
        assert status == 413 or path in ("/admin/load", "/nowhere/at/all")
        assert 400 <= status < 500
    assert resident(besieged) - before < 30 * MB


def test_real_clients_hear_of_it(besieged: Server) -> None:
    words = "larger than 5 MB", "TAGLINE_MAX_BODY_MB"
    for body in (bytes(200 * MB), iter([bytes(MB)] * 200)):
        error_of(post(besieged, EMBED, content=body), 413, *words)
    join = "/gradio_api/queue/join"
    error_of(post(besieged, join, content=bytes(20 * MB)), 413, *words)


def test_uploads_are_bound_by_the_file(besieged: Server) -> None:
    """They go to the disk, so several together may be larger than one body."""
    before = resident(besieged)
    small = [("files", (f"{n}.bin", bytes(4 * MB))) for n in range(3)]
    assert len(post(besieged, "/gradio_api/upload", files=small).json()) == 3
    large = [("files", ("large.bin", bytes(200 * MB)))]
    assert post(besieged, "/gradio_api/upload", files=large).status_code == 413
    assert resident(besieged) - before < 40 * MB


# Too much at a time -----------------------------------------------------------------------------


def test_all_bodies_together(besieged: Server) -> None:
    """Three that wait for their last byte do not fit; who left makes room."""
    start = head(EMBED, f"Content-Length: {BODY}") + b'{"inputs": "' + b"x" * int(4.5 * MB)
    with ExitStack() as stack:
        lines = [stack.enter_context(closing(dial(besieged))) for _ in range(3)]
        for line in lines:
            line.sendall(start)
        answers = [reply(line) for line in lines]
        assert sorted(each.status_code for each in answers) == [408, 408, 503]
        (late,) = (each for each in answers if each.status_code == 503)
        error_of(late, 503, "bodies", "TAGLINE_BODIES_MB")
        assert late.headers["retry-after"] == "2"
    long = {"inputs": "x" * int(4.5 * MB)}
    error_of(post(besieged, EMBED, json=long), 422, "characters")


def test_what_was_only_announced_takes_no_room(besieged: Server) -> None:
    with ExitStack() as stack:
        for _ in range(9):
            line = stack.enter_context(closing(dial(besieged)))
            line.sendall(head(EMBED, f"Content-Length: {BODY}"))
        still_answers(besieged)


# Too slow ---------------------------------------------------------------------------------------


def drip(line: socket.socket, server: Server) -> int:
    """Sends a byte at a time until the server answers; how many. Others are served meanwhile."""
    for count in range(MOST):
        if select.select([line], [], [], DRIP)[0]:
            return count
        if count == 10:
            still_answers(server)
        line.sendall(b"x")
    return MOST


MOST = 2_000  # bytes of a drip that nobody means to read to its end
FORM = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'


@pytest.mark.parametrize("path", [EMBED, "/gradio_api/queue/join", "/gradio_api/upload"])
def test_a_body_that_drips(besieged: Server, path: str) -> None:
    kind = "Content-Type: multipart/form-data; boundary=x"
    with closing(dial(besieged)) as line:
        line.sendall(head(path, kind, f"Content-Length: {MOST + len(FORM)}") + FORM)
        assert 0 < drip(line, besieged) < MOST
        error_of(reply(line), 408, f"within {BODY_SECONDS} seconds", "TAGLINE_BODY_SECONDS")
        assert drip(line, besieged) < MOST
        assert heard(line) == b""  # who goes on is cut


def test_headers_that_drip(besieged: Server) -> None:
    with closing(dial(besieged)) as line:
        line.sendall(head(EMBED).removesuffix(b"\r\n") + b"X-Slow: ")
        assert 0 < drip(line, besieged) < MOST
        error_of(reply(line), 408, "headers")


def test_headers_that_drip_after_a_good_request(besieged: Server) -> None:
    with closing(dial(besieged)) as line:
        line.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert reply(line).json()["status"] == "ok"
        line.sendall(b"POST /models")
        error_of(reply(line), 408, "headers")


def test_a_crowd_that_says_nothing(besieged: Server) -> None:
    before = resident(besieged)
    with ExitStack() as stack:
        crowd = [stack.enter_context(closing(dial(besieged))) for _ in range(CROWD)]
        still_answers(besieged)
        assert resident(besieged) - before < 50 * MB
        assert [heard(line) for line in crowd] == [b""] * CROWD  # each is cut, without a word


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the system has no such bound")
def test_an_answer_that_nobody_takes(besieged: Server) -> None:
    """It would lie in memory for as long as the line stands."""

    def lines_of(port: int) -> int:
        known = psutil.Process(besieged.process.pid).net_connections("tcp4")
        return sum(1 for each in known if each.raddr and each.raddr.port == port)

    with closing(socket.socket()) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", besieged.port))
        port = line.getsockname()[1]
        line.sendall(b"GET /config HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
        until(lambda: lines_of(port) == 1)
        still_answers(besieged)
        until(lambda: lines_of(port) == 0)


# Nonsense ---------------------------------------------------------------------------------------

JSON = b'{"inputs": ""}'
GOOD = head(EMBED, f"Content-Length: {len(JSON)}") + JSON


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),  # TLS
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",  # without a host
        head(EMBED, "Content-Length: -1") + JSON,
        head(EMBED, "Content-Length: 1", "Content-Length: 2") + JSON,
        head(EMBED, "Content-Length: 99999999999999999999999") + JSON,
        head(EMBED, "Transfer-Encoding: gzip") + JSON,
        head(EMBED, "X: " + "y" * 200_000),
        head(EMBED, *(f"X-{n}: {n}" for n in range(20_000))),
        b"POST /" + b"x" * 200_000 + b" HTTP/1.1\r\n\r\n",
        head(EMBED, " Folded: x"),
        head(EMBED, "No colon"),
    ],
    ids=lambda sent: repr(sent[:24]),
)
def test_no_http(besieged: Server, sent: bytes) -> None:
    with closing(dial(besieged)) as line:
        line.sendall(sent)
        error_of(reply(line), 400)


@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\n",
        b"-1\r\n",
        b"5\r\nabc",
        b"ffffffffffffffffffff\r\n",
        b"3\r\nabcdef\r\n0\r\n\r\n",
        b"",
    ],
)
def test_broken_chunks(besieged: Server, chunks: bytes) -> None:
    with closing(dial(besieged)) as line:
        line.sendall(head(EMBED, "Transfer-Encoding: chunked") + chunks)
        line.shutdown(socket.SHUT_WR)
        answer = heard(line)
    assert not answer or 400 <= int(answer.split()[1]) < 500


def test_length_and_chunks_at_once(besieged: Server) -> None:
    """One request, not two: nothing is smuggled in behind it."""
    inner = b"0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    fields = f"Content-Length: {len(inner)}", "Transfer-Encoding: chunked", "Connection: close"
    with closing(dial(besieged)) as line:
        line.sendall(head(EMBED, *fields) + inner)
        assert heard(line).count(b"HTTP/1.1 ") == 1


def test_requests_in_one_go_are_answered_in_order(besieged: Server) -> None:
    last = GOOD.replace(b"Host", b"Connection: close\r\nHost")
    with closing(dial(besieged)) as line:
        line.sendall(GOOD + b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" + last)
        answers = heard(line).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"422", b"200", b"422"]


def test_nonsense_behind_a_good_request(besieged: Server) -> None:
    with closing(dial(besieged)) as line:
        line.sendall(GOOD + b"\x00nonsense\r\n\r\n")
        answers = heard(line).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"422", b"400"]


# Forgery ----------------------------------------------------------------------------------------


def test_an_address_in_a_header_is_not_believed(besieged: Server) -> None:
    """No proxy is trusted here, so all these calls are of one caller."""
    left = []
    for field in ("x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "x-client-ip"):
        for value in ("1.2.3.4", "for=1.2.3.4", "127.0.0.1", "::1"):
            answer = post(besieged, EMBED, headers={field: value})
            left.append(int(answer.headers["ratelimit"].split(";")[1].removeprefix("r=")))
    assert left == list(range(left[0], left[0] - len(left), -1))
