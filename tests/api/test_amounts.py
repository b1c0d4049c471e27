"""The classic API's headers of an answer: what came in, which model, and what was kept."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.kept import Kept
from pipelines.engine.call import Answer
from pipelines.media import Sound
from tests.api.wire import CAT, SPEECH, on_board, post
from tests.conftest import CHATTER, EMBEDDER, LISTENER, SEER, Server

AMOUNTS = ("x-compute-characters", "x-compute-images", "x-compute-audio-length")
SPEAKER, PAINTER = "tagline/hibari-tts", "tagline/digits-diffusion"


def amounts(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    found = {name: answer.headers[name] for name in AMOUNTS if name in answer.headers}
    assert set(found) <= set(answer.headers["access-control-expose-headers"].split(", "))
    return found


@pytest.mark.parametrize(
    ("path", "body", "count"),
    [
        (f"/models/{EMBEDDER}/pipeline/feature-extraction", {"inputs": "a\u00e9 \U0001f600"}, "4"),
        (f"/models/{EMBEDDER}/pipeline/feature-extraction", {"inputs": ["abc", "de"]}, "5"),
        (
            f"/models/{EMBEDDER}",
            {"inputs": {"source_sentence": "abc", "sentences": ["de", "fgh"]}},
            "8",
        ),
        (f"/models/{CHATTER}", {"inputs": "One, two,", "parameters": {"max_new_tokens": 1}}, "9"),
        (f"/models/{SPEAKER}", {"inputs": "Hello."}, "6"),
        ("/v1/embeddings", {"input": ["abc", "de"], "model": EMBEDDER}, "5"),
        (
            "/v1/chat/completions",
            {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1},
            "5",
        ),
        (
            "/v1/completions",
            {"prompt": "Hello", "max_tokens": 1, "model": CHATTER},
            "5",
        ),
    ],
)
def test_characters(server: Server, path: str, body: Any, count: str) -> None:
    assert amounts(post(server, path, json=body)) == {"x-compute-characters": count}


def test_pictures_and_seconds(server: Server) -> None:
    seen = post(server, f"/models/{SEER}", content=CAT.read_bytes())
    assert amounts(seen) == {"x-compute-images": "1"}
    heard = post(server, f"/models/{LISTENER}", content=SPEECH.read_bytes())
    (length,) = amounts(heard).values()
    assert float(length) == pytest.approx(Sound(SPEECH.read_bytes(), 600).length, abs=0.001)
    form = {"file": ("speech.flac", SPEECH.read_bytes())}
    again = post(server, "/v1/audio/transcriptions", files=form, data={"model": LISTENER})
    assert amounts(again) == {"x-compute-audio-length": length}


def test_a_stream_tells_what_is_known_at_its_start(server: Server) -> None:
    body = {"inputs": "One, two,", "stream": True, "parameters": {"max_new_tokens": 2}}
    answer = post(server, f"/models/{CHATTER}", json=body)
    assert amounts(answer) == {"x-compute-characters": "9"}
    assert answer.headers["x-compute-type"] in ("cpu", "gpu")
    assert "x-compute-time" not in answer.headers


def test_an_error_tells_of_no_work(server: Server) -> None:
    body = {"inputs": "Hello", "parameters": {"prompt_name": "nonesuch"}}
    answer = post(server, f"/models/{EMBEDDER}/pipeline/feature-extraction", json=body)
    assert answer.status_code == 422
    assert not set(AMOUNTS) & answer.headers.keys()


def test_the_commit_of_a_model(server: Server) -> None:
    body = {"inputs": "Hello"}
    for id in (EMBEDDER, "tagline/minilm-sentiment"):
        revision = on_board().find(id).revision
        answer = post(server, f"/models/{id}", json=body)
        assert answer.headers.get("x-sha") == (revision if len(revision) == 40 else None)


# Answers that are kept --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("keeping")
    server = Server(home, TAGLINE_ANSWER_CACHE_MB="1").wait()
    yield server
    server.stop()


def kinds(server: Server, path: str, body: Any, **headers: str) -> list[str]:
    """Where the answers to three equal calls came from; all of them are equal."""
    found = [post(server, path, json=body, headers=headers) for _ in range(3)]
    assert len({answer.content for answer in found}) == 1
    timed = ["x-compute-time" in answer.headers for answer in found]
    kinds = [answer.headers["x-compute-type"] for answer in found]
    assert timed == [kind != "cache" for kind in kinds]
    return ["cache" if kind == "cache" else "computed" for kind in kinds]


EMBED = f"/models/{EMBEDDER}/pipeline/feature-extraction"
KEPT, NEW = ["computed", "cache", "cache"], ["computed"] * 3


def test_an_answer_is_kept_for_who_asks_again(keeping: Server) -> None:
    assert kinds(keeping, EMBED, {"inputs": "kept"}) == KEPT
    assert kinds(keeping, EMBED, {"inputs": ["kept"]}) == KEPT  # another shape of answer
    assert kinds(keeping, EMBED, {"inputs": "kept", "parameters": {"dimensions": 8}}) == KEPT
    assert kinds(keeping, f"/models/{EMBEDDER}@main/pipeline/feature-extraction",
                 {"inputs": "kept"}) == ["cache"] * 3  # fmt: skip


def test_who_wants_it_new_gets_it_new(keeping: Server) -> None:
    assert kinds(keeping, EMBED, {"inputs": "new"}, **{"x-use-cache": "false"}) == NEW
    assert kinds(keeping, EMBED, {"inputs": "new"}, **{"X-Use-Cache": "0"}) == NEW
    assert kinds(keeping, EMBED, {"inputs": "new", "options": {"use_cache": False}}) == NEW
    assert kinds(keeping, EMBED, {"inputs": "new"}) == KEPT
    odd = post(keeping, EMBED, json={"inputs": "new"}, headers={"x-use-cache": "perhaps"})
    assert odd.status_code == 422


def test_what_may_be_drawn_is_not_kept(keeping: Server) -> None:
    body = {"inputs": "One, two,", "parameters": {"max_new_tokens": 2}}
    assert kinds(keeping, f"/models/{CHATTER}", body) == NEW


def test_a_model_need_not_be_loaded_for_it(keeping: Server) -> None:
    kinds(keeping, EMBED, {"inputs": "warm"})
    unload = httpx.post(f"{keeping.url}/admin/unload", json={"model": EMBEDDER}, timeout=30)
    assert unload.status_code == 200
    cold = {"x-load-model": "0"}
    assert len(post(keeping, EMBED, json={"inputs": "warm"}, headers=cold).json()) == 384
    other = post(keeping, EMBED, json={"inputs": "cold"}, headers=cold).json()
    assert other == {"error": "not loaded yet"}


def test_nothing_is_kept_unless_settings_say_so(server: Server) -> None:
    assert kinds(server, EMBED, {"inputs": "kept"}) == NEW


def test_the_oldest_go_first() -> None:
    kept, answer = Kept(30), Answer([], 0.1, "cpu", ("a notice",))
    for key in (b"a", b"b", b"c"):
        kept.put(key, "x" * 9, answer)
    assert kept.get(b"a") == ("x" * 9, Answer([], 0, "cache", ("a notice",)))
    kept.put(b"d", "x" * 9, answer)
    assert [bool(kept.get(key)) for key in (b"a", b"b", b"c", b"d")] == [True, False, True, True]
    kept.put(b"a", "x" * 19, answer)
    kept.put(b"e", "x" * 99, answer)
    assert [bool(kept.get(key)) for key in (b"a", b"b", b"c", b"d", b"e")] == [
        True, False, False, True, False,
    ]  # fmt: skip
    assert kept.held <= 30
