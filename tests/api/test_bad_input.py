"""What a caller can send that is wrong, by mistake or on purpose, over plain HTTP.

Each gets a status of its own fault and a sentence that says what to do; the server goes on.
"""

import base64
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.media import Sound
from tests.api.wire import CAT, FLOWERS, SECONDS, SPEECH, error_of, post, still_answers
from tests.conftest import CHATTER, EMBEDDER, IRIS, LISTENER, SEER, Server
from tests.pipelines.media import blank_png, filmed, recorded

EMBED = f"/models/{EMBEDDER}/pipeline/feature-extraction"
SIMILAR = f"/models/{EMBEDDER}/pipeline/sentence-similarity"
LABEL = f"/models/{EMBEDDER}/pipeline/zero-shot-classification"
RANK = f"/models/{EMBEDDER}/pipeline/text-ranking"
WRITE, SEE, HEAR, SORT = (f"/models/{id}" for id in (CHATTER, SEER, LISTENER, IRIS))
CHAT = "/v1/chat/completions"
JSON = {"content-type": "application/json"}
MB = 1_000_000


@pytest.fixture(autouse=True)
def goes_on(server: Server) -> Iterator[None]:
    yield
    still_answers(server)


# JSON that is none ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"inputs": ', "EOF"),
        (b"{'inputs': 'single quotes'}", "line 1 column 2"),
        (b'{"inputs": "a",}', "trailing comma"),
        (b'{"inputs": "a"} {"inputs": "b"}', "trailing characters"),
        (b'{"inputs": NaN}', "expected value"),
        (b'{"inputs": "a", "parameters": {"dimensions": Infinity}}', "expected value"),
        (b'{"inputs": "a", "parameters": {"dimensions": -Infinity}}', "number"),
        (b"[" * 100_000, "recursion limit"),
        (b'{"a":' * 100_000, "recursion limit"),
        (b'{"inputs":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "recursion limit"),
        (b'{"inputs": "\xff\xfe"}', "unicode"),
        (rb'{"inputs": "\ud800"}', "hex escape"),
        (rb'{"inputs": "a\udc00b"}', "surrogate"),
        (b'{"inputs": ' + b"9" * 10_000 + b"}", "number out of range"),
        (b"nul", "EOF"),
        (b"Just text", "expected value"),
        (b"\x00\x01\x02", "expected value"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_malformed_json(server: Server, body: bytes, words: str) -> None:
    for path in (EMBED, WRITE, CHAT):
        answer = post(server, path, content=body, headers=JSON)
        error_of(answer, 400, "not valid JSON", words, '{"inputs": "..."}')


def test_an_empty_body(server: Server) -> None:
    for body in (b"", b" \n"):
        error_of(post(server, EMBED, content=body, headers=JSON), 400, "The body is empty", "file")


# Values -----------------------------------------------------------------------------------------


def options(**values: Any) -> dict[str, Any]:
    return {"inputs": "Hello", "parameters": values}


def compare(one: Any, many: Any) -> dict[str, Any]:
    return {"inputs": {"source_sentence": one, "sentences": many}}


LABELS = {"candidate_labels": ["a", "b"]}
COLUMN = next(iter(FLOWERS))
WRONG: list[tuple[str, Any, tuple[str, ...]]] = [
    # the body as a whole
    (EMBED, {}, ("lacks 'inputs'", '{"inputs": <text>}')),
    (EMBED, {"inputs": None}, ("lacks 'inputs'",)),
    (EMBED, [], ("JSON object",)),
    (EMBED, "text", ("JSON object",)),
    (EMBED, 7, ("JSON object",)),
    (EMBED, {"inputs": "a", "frobnicate": 1}, ("frobnicate", "allowed: inputs, parameters")),
    (EMBED, {"inputs": "a", "parameters": "x"}, ("parameters must be an object",)),
    (EMBED, {"inputs": "a", "parameters": [1], "normalize": True}, ("parameters must be",)),
    # text
    (EMBED, {"inputs": ""}, ("inputs.text", "is empty")),
    (EMBED, {"inputs": " \n\t"}, ("inputs.text", "is empty")),
    (EMBED, {"inputs": 7}, ("inputs.text", "string")),
    (EMBED, {"inputs": True}, ("inputs.text", "string")),
    (EMBED, {"inputs": ["good", 7]}, ("inputs.text", "string")),
    (EMBED, {"inputs": "x" * 10 * MB}, ("10,000,000 characters", "TAGLINE_MAX_TEXT")),
    (EMBED, {"inputs": ["x"] * 1_001}, ("1,001 items", "1,000")),
    # parameters
    (EMBED, options(frobnicate=1), ("frobnicate", "allowed: dimensions")),
    (EMBED, options(dimensions=0), ("parameters.dimensions", "greater than or equal to 1")),
    (EMBED, options(dimensions="many"), ("parameters.dimensions", "integer")),
    (EMBED, options(dimensions=1.5), ("parameters.dimensions", "integer")),
    (EMBED, options(prompt_name="nonesuch"), ("prompt_name", "query, document")),
    (EMBED, options(**{"k" * MB: 1}), ("does not know",)),
    (WRITE, options(max_new_tokens=0), ("parameters.max_new_tokens", "1")),
    (WRITE, options(max_new_tokens=10**300), ("parameters.max_new_tokens",)),
    (WRITE, options(temperature=-1), ("parameters.temperature", "0.001")),
    (WRITE, options(seed=2**63), ("parameters.seed", "less than")),
    (WRITE, options(stop="a"), ("parameters.stop", "list")),
    (WRITE, options(grammar={"type": "json"}), ("parameters.grammar",)),
    (WRITE, {"inputs": "word " * 30_000}, ("tokens", "8,192", "Shorten")),
    # several fields
    (SIMILAR, {"inputs": "Hello"}, ("source_sentence", "sentences")),
    (SIMILAR, {"inputs": {"source_sentence": "a"}}, ("inputs.sentences", "required")),
    (SIMILAR, compare("", ["b"]), ("source_sentence", "is empty")),
    (SIMILAR, compare("a", []), ("sentences", "at least 1")),
    (SIMILAR, compare("a", "b"), ("sentences", "list")),
    (SIMILAR, compare("a", ["b", 7]), ("inputs.sentences.1", "string")),
    (SIMILAR, compare("a", ["b"] * 1_001), ("1,001 items",)),
    (LABEL, {"inputs": "a"}, ("text", "candidate_labels")),
    (LABEL, {"inputs": "a", "parameters": {"candidate_labels": []}}, ("candidate_labels",)),
    (LABEL, {"inputs": "a", "parameters": {**LABELS, "multi_label": "perhaps"}}, ("multi_label",)),
    (LABEL, {"inputs": "a", "parameters": {**LABELS, "hypothesis_template": "x"}}, ("{}",)),
    (RANK, {"inputs": {"query": "a", "text": ["b"]}}, ("text", "allowed: query, texts")),
    (RANK, {"inputs": {"query": "a", "texts": ["b"]}, "parameters": {"top_k": 0}}, ("top_k",)),
    # tables
    (SORT, {"inputs": {"data": {}}}, ("inputs.data", "no rows")),
    (SORT, {"inputs": {"data": {COLUMN: []}}}, ("inputs.data", "no rows")),
    (SORT, {"table": FLOWERS | {COLUMN: [1.0]}}, ("different lengths", f"{COLUMN}: 1")),
    (SORT, {"table": [[1, 2], [3, 4]]}, ("inputs.data", "dictionary")),
    (SORT, {"table": {"petals": [5]}}, ("lacks the columns", *FLOWERS)),
    (SORT, {"table": {"x": [0] * 100_001}}, ("100,000 cells",)),
    (SORT, {"table": FLOWERS | {COLUMN: [[1], [2]]}}, ("inputs.data",)),
    # files in JSON
    (SEE, {"inputs": "not base64!"}, ("inputs.image", "base64")),
    (SEE, {"inputs": "https://example.org/cat.jpg"}, ("inputs.image", "URL", "the file itself")),
    (SEE, {"inputs": "file:///etc/passwd"}, ("inputs.image", "base64")),
    (SEE, {"inputs": "/etc/passwd"}, ("inputs.image",)),
    (SEE, {"inputs": 7}, ("inputs.image", "base64")),
    (SEE, {"inputs": "aGVsbG8="}, ("inputs.image", "PNG, JPEG")),
    (SEE, {"inputs": "aGVsbG8=", "parameters": {"top_k": 1_001}}, ("PNG, JPEG",)),
    (HEAR, {"inputs": "aGVsbG8="}, ("inputs.audio", "wav, flac")),
    # streams
    (EMBED, {"inputs": "a", "stream": True}, ("stream", "feature-extraction")),
    (SEE, {"inputs": "aGVsbG8=", "stream": True}, ()),
    (WRITE, {"inputs": ["a", "b"], "stream": True}, ("stream", "one input at a time")),
    (WRITE, {"inputs": "a", "stream": "perhaps"}, ("body.stream", "boolean")),
    (WRITE, {"inputs": "a", "stream": {}}, ("body.stream", "boolean")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body", "words"), WRONG, ids=lambda value: json.dumps(value)[:60].replace("/", "|")
)
def test_wrong_values(server: Server, path: str, body: Any, words: tuple[str, ...]) -> None:
    error_of(post(server, path, json=body), 422, *words)


def test_null(server: Server) -> None:
    error_of(post(server, EMBED, content=b"null", headers=JSON), 422, "JSON object")


@pytest.mark.parametrize("text", ["a\0b", "\0", "\x07", "\N{REPLACEMENT CHARACTER}", "🙂" * 99])
def test_odd_text_is_text(server: Server, text: str) -> None:
    assert post(server, EMBED, json={"inputs": text}).status_code == 200


SAID = base64.b64encode(SPEECH.read_bytes()).decode()


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        (SORT, {"table": FLOWERS | {COLUMN: ["wide", 5.1]}}, (COLUMN,)),
        (SORT, {"table": FLOWERS | {COLUMN: [None, 5.1]}}, (COLUMN,)),
        (SORT, {"table": FLOWERS | {COLUMN: [10**400, 5.1]}}, (COLUMN,)),
        (WRITE, options(temperature=1e-300), ("parameters.temperature",)),
        (
            HEAR,
            {"inputs": SAID, "parameters": {"language": "german"}},
            ("parameters.language", "en"),
        ),
    ],
    ids=["text", "gap", "overflow", "temperature", "language"],
)
def test_wrong_values_that_only_the_model_sees(
    server: Server, path: str, body: Any, words: tuple[str, ...]
) -> None:
    error_of(post(server, path, json=body), 422, *words)


def test_timestamps_that_this_model_has_not(server: Server) -> None:
    body = {"inputs": SAID, "parameters": {"return_timestamps": "char"}}
    error_of(post(server, HEAR, json=body), 422, "parameters.return_timestamps", "'word'")


def test_an_overflowing_number(server: Server) -> None:
    body = b'{"inputs": "Hello", "parameters": {"temperature": 1e999}}'
    error_of(post(server, WRITE, content=body, headers=JSON), 422, "parameters.temperature")


def test_a_model_of_several_tasks_names_them(server: Server) -> None:
    answer = post(server, f"/models/{EMBEDDER}", json={"inputs": {"nonesuch": 1}})
    error_of(answer, 422, "nonesuch", "feature-extraction", "text-ranking")


# Files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "data", "kind", "words"),
    [
        (SEE, b"", "image/jpeg", ("inputs.image", "PNG, JPEG")),
        (SEE, b"just text", "image/png", ("inputs.image", "PNG, JPEG")),
        (SEE, b"just text", "text/plain", ("inputs.image", "PNG, JPEG")),
        (SEE, SPEECH.read_bytes(), "image/png", ("inputs.image", "PNG, JPEG")),
        (SEE, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", ("PNG, JPEG",)),
        (SEE, CAT.read_bytes()[:2_000], "image/jpeg", ("damaged",)),
        (SEE, blank_png(10, 1)[:60], "image/png", ("damaged",)),
        (HEAR, b"", "audio/wav", ("inputs.audio", "wav, flac")),
        (HEAR, b"just text", "audio/mpeg", ("inputs.audio", "wav, flac")),
        (HEAR, CAT.read_bytes(), "audio/flac", ("inputs.audio", "wav, flac")),
        (HEAR, filmed(), "video/mp4", ("no sound", "wav, flac")),
        (HEAR, b"#EXTM3U\nfile:///etc/passwd\n", "audio/x-mpegurl", ("inputs.audio",)),
        (HEAR, b"ffconcat version 1.0\nfile '/etc/passwd'\n", "audio/wav", ("inputs.audio",)),
        (CHAT, CAT.read_bytes(), "image/jpeg", ("messages",)),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value)[:40].replace("/", "|"),
)  # fmt: skip
def test_files_that_are_something_else(
    server: Server, path: str, data: bytes, kind: str, words: tuple[str, ...]
) -> None:
    error_of(post(server, path, content=data, headers={"content-type": kind}), 422, *words)


@pytest.mark.parametrize(
    ("path", "data", "kind", "words"),
    [
        (SEE, b"%!PS-Adobe-3.0\n", "application/postscript", ("application/postscript",)),
        (SEE, b"<p>Hello</p>", "text/html", ("'text/html' is not taken here", "image/...")),
        (SORT, b"a,b\n1,2\n", "text/csv", ("'text/csv'", "application/json")),
        (CHAT, b"<a/>", "application/xml; charset=utf-8", ("'application/xml'",)),
        (EMBED, CAT.read_bytes(), "image/jpeg", ("takes JSON", '{"inputs": <text>}')),
        (SORT, CAT.read_bytes(), "image/x-unknown", ("takes JSON",)),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value)[:40].replace("/", "|"),
)  # fmt: skip
def test_types_that_are_not_taken(
    server: Server, path: str, data: bytes, kind: str, words: tuple[str, ...]
) -> None:
    error_of(post(server, path, content=data, headers={"content-type": kind}), 415, *words)


FORMATS = {
    "wav": ("wav", "pcm_s16le", 16_000),
    "flac": ("flac", "flac", 16_000),
    "mp3": ("mp3", "libmp3lame", 16_000),
    "ogg": ("ogg", "libopus", 48_000),
    "m4a": ("ipod", "aac", 16_000),
    "aac": ("adts", "aac", 16_000),
    "webm": ("webm", "libopus", 48_000),
}
PLAY_IN_PARTS = ("mp3", "ogg", "webm")  # half of such a file is a whole file


def hear(server: Server, data: bytes) -> httpx.Response:
    few = {"generation_parameters": {"max_new_tokens": 4}}
    body = {"inputs": base64.b64encode(data).decode(), "parameters": few}
    return post(server, HEAR, json=body)


@pytest.mark.parametrize("name", FORMATS)
def test_sound_that_was_cut(server: Server, name: str) -> None:
    form, codec, rate = FORMATS[name]
    samples = Sound(SPEECH.read_bytes(), 600).decode(rate)[None, : 2 * rate]
    data = recorded(samples, rate, form, codec)
    assert hear(server, data).json()["text"].strip()
    half = hear(server, data[: len(data) // 2])
    if name not in PLAY_IN_PARTS:
        error_of(half, 422, "sound")
    assert half.status_code in (200, 422)
    for size in (8, 40):
        error_of(hear(server, data[:size]), 422, "inputs.audio", "wav, flac")


# Size -------------------------------------------------------------------------------------------


def peak(server: Server) -> int:
    """The most memory that the server and its children ever had, in bytes, one after the other."""
    main = server.process.pid
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    notes = [Path(f"/proc/{pid}/status").read_text() for pid in (main, *children)]
    return sum(1024 * int(note.partition("VmHWM:")[2].split()[0]) for note in notes)


@pytest.fixture
def within(server: Server) -> Iterator[None]:
    """The server's memory grows by less than 500 MB, although that is what was asked of it."""
    still_answers(server)
    before = peak(server)
    yield
    assert peak(server) - before < 500 * MB


@pytest.mark.usefixtures("within")
def test_a_picture_that_would_be_676_mb_large(server: Server) -> None:
    bomb = blank_png(13_000, 130)
    assert len(bomb) < MB
    words = "13,000 x 13,000", "at most 50,000,000", "TAGLINE_MAX_PIXELS"
    error_of(post(server, SEE, content=bomb), 422, *words)
    error_of(post(server, SEE, json={"inputs": base64.b64encode(bomb).decode()}), 422, *words)
    error_of(post(server, SEE, json={"inputs": [base64.b64encode(bomb).decode()] * 9}), 422, *words)


@pytest.mark.usefixtures("within")
def test_a_body_over_the_limit(server: Server) -> None:
    def chunks() -> Iterator[bytes]:
        yield from [bytes(MB)] * 600

    words = "larger than 50 MB", "TAGLINE_MAX_BODY_MB"
    error_of(post(server, EMBED, content=bytes(51 * MB)), 413, *words)
    error_of(post(server, CHAT, content=chunks()), 413, *words)


@pytest.mark.usefixtures("within")
def test_small_json_that_is_large_in_memory(server: Server) -> None:
    for piece in (b"[],", b"{},", b"999,"):
        body = b'{"inputs": [' + piece * (30 * MB // len(piece)) + b"0]}"
        error_of(post(server, EMBED, content=body, headers=JSON), 413, "JSON values")


@pytest.mark.usefixtures("within")
def test_a_million_wrong_items(server: Server) -> None:
    error_of(post(server, SIMILAR, json=compare("a", [7] * 900_000)), 422, "inputs.sentences")


def test_a_size_that_is_only_announced(server: Server) -> None:
    """Nothing of the body has been sent when the answer comes."""
    head = f"POST {EMBED} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"
    with closing(socket.create_connection(("127.0.0.1", server.port), SECONDS)) as line:
        line.sendall(head.encode())
        assert line.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_leaves_in_the_middle(server: Server) -> None:
    head = f"POST {EMBED} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n"
    for _ in range(5):
        with closing(socket.create_connection(("127.0.0.1", server.port), SECONDS)) as line:
            line.sendall(head.encode() + b'{"inputs": ')
    still_answers(server)
    assert "ClientDisconnect" not in server.log.read_text()


# Names ------------------------------------------------------------------------------------------

BAD_IDS = [
    "..%2F..%2Fetc%2Fpasswd", "%2e%2e/%2e%2e/etc/passwd", "..\\..\\windows", "....//....//etc",
    "%2Fetc%2Fpasswd", "a%00b/c", "a/b%0d%0ax-evil:1", "a/b/c/d", "org/", "@main",
    "org/name@", "org/name@..%2F..%2Fx", "org/name@a@b", "org/na me", "org/%F0%9F%99%82",
    "C:%5Cmodels", "org/name--x", "-org/name", "~/model", "./model",
    "$HOME/x", "x" * 5_000, "%ff%fe/x", "<b>/x",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_IDS, ids=lambda name: name[:30].replace("/", "|"))
def test_malformed_model_ids(server: Server, name: str) -> None:
    for path in (f"/models/{name}", f"/hf-inference/models/{name}", f"/models/{name}/v1{CHAT[3:]}"):
        body = (
            {"messages": [{"role": "user", "content": "Hi"}]}
            if "chat" in path
            else {"inputs": "Hi"}
        )
        answer = post(server, path, json=body)
        assert "passwd:" not in answer.text
        if name in ("org/", "%2Fetc%2Fpasswd", "./model"):  # what is left of these is an id
            error_of(answer, 404, "is not on this machine")
        else:
            error_of(answer, 422, "is not a model id", "org/name")


def test_unknown_models(server: Server) -> None:
    error_of(post(server, "/models/nobody/nothing", json={"inputs": "a"}), 404, "nobody/nothing")
    error_of(post(server, "/models/gpt2", json={"inputs": "a"}), 404, "gpt2 is not on this machine")
    close = EMBEDDER.replace("L6", "L7")
    error_of(post(server, f"/models/{close}", json={"inputs": "a"}), 404, close)
    error_of(post(server, "/models/local/passwd", json={"inputs": "a"}), 404, "local/")
    error_of(httpx.get(f"{server.url}/v1/models/nobody/nothing"), 404, "nobody/nothing")
    error_of(httpx.get(f"{server.url}/v1/models/..%2F..%2Fetc"), 422, "is not a model id")


def test_unknown_tasks(server: Server) -> None:
    for name in ("nonesuch", "Feature-Extraction", "feature_extraction", "%00", "x" * 5_000):
        answer = post(server, f"/models/{EMBEDDER}/pipeline/{name}", json={"inputs": "a"})
        error_of(answer, 404, "There is no task", "feature-extraction")


@pytest.mark.parametrize(
    ("model", "task"),
    [(EMBEDDER, "image-classification"), (SEER, "feature-extraction"), (IRIS, "text-generation"),
     (LISTENER, "tabular-regression"), (CHATTER, "automatic-speech-recognition")],
)  # fmt: skip
def test_tasks_that_a_model_cannot_do(server: Server, model: str, task: str) -> None:
    answer = post(server, f"/models/{model}/pipeline/{task}", json={"inputs": "a"})
    error_of(answer, 400, f"{model} cannot do {task}", "It can do: ")
