"""Every task through huggingface_hub's own client, and what other clients add to the protocol."""

import json
from typing import Any

import pytest
from huggingface_hub import AsyncInferenceClient
from huggingface_hub.errors import HfHubHTTPError

from tests.api.wire import (
    CAT,
    FLOWERS,
    SECONDS,
    SPEECH,
    error_of,
    hugging_face,
    model_url,
    on_board,
    post,
)
from tests.conftest import CHATTER, DIABETES, EMBEDDER, IRIS, LISTENER, SEER, Server

SAID = "Mr. John Dashwood had then leisure to consider"
SENTENCES = ["That is a happy dog", "Today is a sunny day"]
QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
GREEDY: dict[str, Any] = {"do_sample": False, "max_new_tokens": 6}
SIMILAR = f"/models/{EMBEDDER}/pipeline/sentence-similarity"
EMBED = f"/models/{EMBEDDER}/pipeline/feature-extraction"


# Text ------------------------------------------------------------------------------------------


def test_sentence_similarity(server: Server) -> None:
    scores = hugging_face(server, EMBEDDER).sentence_similarity(
        "That is a happy person", other_sentences=SENTENCES
    )
    assert len(scores) == 2
    assert scores[0] > scores[1]


def test_feature_extraction(server: Server) -> None:
    vector = hugging_face(server, EMBEDDER).feature_extraction("A sunny day")
    assert vector.shape == (384,)
    assert (vector @ vector) == pytest.approx(1, abs=1e-4)


def test_feature_extraction_with_options_at_the_root(server: Server) -> None:
    client = hugging_face(server, EMBEDDER)
    plain = client.feature_extraction("A sunny day")
    short = client.feature_extraction("A sunny day", dimensions=32, normalize=True)
    asked = client.feature_extraction("A sunny day", prompt_name="query", truncate=True)
    assert short.shape == (32,)
    assert (short @ short) == pytest.approx(1, abs=1e-4)
    assert asked.shape == plain.shape


def test_zero_shot_classification(server: Server) -> None:
    labels = ["cooking", "astronomy", "football"]
    client = hugging_face(server, EMBEDDER)
    alone = client.zero_shot_classification("The telescope saw a new planet.", labels)
    each = client.zero_shot_classification(
        "The telescope saw a new planet.", labels, multi_label=True
    )
    assert alone[0].label == each[0].label == "astronomy"
    assert sum(found.score for found in alone) == pytest.approx(1)
    assert sum(found.score for found in each) != pytest.approx(1, abs=0.01)


def test_zero_shot_template(server: Server) -> None:
    client = hugging_face(server, EMBEDDER)
    found = client.zero_shot_classification(
        "Goal in the last minute!", ["cooking", "football"], hypothesis_template="News of {}."
    )
    assert found[0].label == "football"


def test_text_generation(server: Server) -> None:
    client = hugging_face(server, CHATTER)
    plain = client.text_generation("Once upon a time,", **GREEDY)
    whole = client.text_generation("Once upon a time,", return_full_text=True, **GREEDY)
    assert plain.strip()
    assert whole == "Once upon a time," + plain


def test_text_generation_in_detail(server: Server) -> None:
    client = hugging_face(server, CHATTER)
    found = client.text_generation("Once upon a time,", details=True, **GREEDY)
    assert found.details is not None
    assert found.details.finish_reason == "length"
    assert found.details.generated_tokens == len(found.details.tokens) == 6
    assert "".join(token.text for token in found.details.tokens) == found.generated_text


def test_text_generation_as_a_stream(server: Server) -> None:
    client = hugging_face(server, CHATTER)
    parts = list(client.text_generation("Once upon a time,", stream=True, **GREEDY))
    assert len(parts) == 6
    assert "".join(parts) == client.text_generation("Once upon a time,", **GREEDY)


def test_text_generation_as_a_stream_in_detail(server: Server) -> None:
    client = hugging_face(server, CHATTER)
    events = list(
        client.text_generation("Once upon a time,", stream=True, details=True, seed=7, **GREEDY)
    )
    texts = [event.token.text for event in events]
    assert [event.index for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event.generated_text for event in events] == [None] * 5 + ["".join(texts)]
    assert all(event.details is None for event in events[:-1])
    last = events[-1].details
    assert last is not None
    assert (last.finish_reason, last.generated_tokens, last.seed) == ("length", 6, 7)


def test_text_generation_stops_at_a_word(server: Server) -> None:
    client = hugging_face(server, CHATTER)
    options: dict[str, Any] = {"do_sample": False, "max_new_tokens": 12}
    whole = client.text_generation("One, two, three,", **options)
    word = whole.split()[1]
    found = client.text_generation("One, two, three,", stop=[word], details=True, **options)
    assert found.details is not None
    assert found.details.finish_reason == "stop_sequence"
    assert found.generated_text == whole[: whole.index(word) + len(word)]


def test_text_generation_repeats_a_seed(server: Server) -> None:
    client = hugging_face(server, CHATTER)

    def draw(seed: int) -> str:
        return client.text_generation(
            "Once upon a time,", do_sample=True, temperature=2, max_new_tokens=6, seed=seed
        )

    first = draw(1)
    assert draw(1) == first
    assert draw(2) != first or draw(3) != first


def test_chat(server: Server) -> None:
    found = hugging_face(server, CHATTER).chat_completion(QUESTION, max_tokens=12, temperature=0)
    assert "Paris" in (found.choices[0].message.content or "")
    assert found.choices[0].finish_reason == "stop"
    assert found.usage.total_tokens == found.usage.prompt_tokens + found.usage.completion_tokens


def test_chat_as_a_stream(server: Server) -> None:
    client = hugging_face(server, CHATTER)
    whole = client.chat_completion(QUESTION, max_tokens=12, temperature=0)
    chunks = list(client.chat_completion(QUESTION, max_tokens=12, temperature=0, stream=True))
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert said == whole.choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].model == CHATTER


def test_text_ranking(server: Server) -> None:
    """huggingface_hub has no method for it."""
    inputs = {"query": "Which animal barks?", "texts": ["The cat sleeps.", "Dogs bark loudly."]}
    found = post(server, f"/models/{EMBEDDER}", json={"inputs": inputs}).json()
    assert [each["index"] for each in found] == [1, 0]
    body = {"inputs": inputs, "parameters": {"return_documents": True, "top_k": 1}}
    (best,) = post(server, f"/models/{EMBEDDER}/pipeline/text-ranking", json=body).json()
    assert best["text"] == "Dogs bark loudly."


# Sound, pictures, tables -----------------------------------------------------------------------


def test_speech_recognition_of_a_file(server: Server) -> None:
    client = hugging_face(server, LISTENER)
    assert SAID in client.automatic_speech_recognition(str(SPEECH)).text
    assert SAID in client.automatic_speech_recognition(SPEECH.read_bytes()).text


def test_speech_recognition_with_parameters(server: Server) -> None:
    found = hugging_face(server, LISTENER).automatic_speech_recognition(
        SPEECH, extra_body={"return_timestamps": True}
    )
    assert found.chunks
    assert SAID in found.text
    assert SAID in " ".join(chunk.text.strip() for chunk in found.chunks)


def test_image_classification(server: Server) -> None:
    client = hugging_face(server, SEER)
    by_path, by_bytes = (
        client.image_classification(CAT),
        client.image_classification(CAT.read_bytes()),
    )
    assert len(by_path) == 5
    assert "cat" in by_path[0].label
    assert by_bytes == by_path


def test_image_classification_with_parameters(server: Server) -> None:
    client = hugging_face(server, SEER)
    plain, raw = (
        client.image_classification(CAT, top_k=2),
        client.image_classification(CAT, top_k=2, function_to_apply="none"),
    )
    assert [each.label for each in plain] == [each.label for each in raw]
    assert plain[0].score < 1 < raw[0].score


def test_image_feature_extraction(server: Server) -> None:
    """huggingface_hub has no method for it."""
    path = f"/models/{SEER}/pipeline/image-feature-extraction"
    vector = post(server, path, content=CAT.read_bytes()).json()
    assert len(vector) == 1280
    assert all(isinstance(number, float) for number in vector)


def test_tabular_classification(server: Server) -> None:
    found = hugging_face(server, IRIS).tabular_classification(FLOWERS)
    assert found == ["setosa", "virginica"]


def test_tabular_regression(server: Server) -> None:
    """huggingface_hub has the method, but sends no request to a server of one's own."""
    example = on_board().find(DIABETES).config["sklearn"]["example_input"]
    found = post(server, f"/models/{DIABETES}", json={"inputs": {"data": example}}).json()
    assert len(found) == len(next(iter(example.values())))
    assert all(isinstance(value, float) for value in found)


async def test_the_asynchronous_client(server: Server) -> None:
    embedder = AsyncInferenceClient(model=model_url(server, EMBEDDER), timeout=SECONDS)
    chatter = AsyncInferenceClient(model=model_url(server, CHATTER), timeout=SECONDS)
    vector = await embedder.feature_extraction("A sunny day")
    assert vector.shape == (384,)
    chunks = await chatter.chat_completion(QUESTION, max_tokens=8, temperature=0, stream=True)
    said = [chunk.choices[0].delta.content async for chunk in chunks]
    assert "".join(filter(None, said)).strip()
    for client in (embedder, chatter):
        await client.close()  # type: ignore[no-untyped-call]


# Addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        f"/models/{EMBEDDER}/pipeline/feature-extraction",
        f"/hf-inference/models/{EMBEDDER}/pipeline/feature-extraction",
        f"/hf-inference/models/{EMBEDDER}",
        f"/models/{EMBEDDER}/",
        f"//models//{EMBEDDER.replace('/', '//')}///",
        f"/models/{EMBEDDER}/pipeline/feature-extraction/",
        f"/models/{EMBEDDER.replace('/', '%2F')}",
    ],
)
def test_addresses_of_one_model(server: Server, path: str) -> None:
    answer = post(server, path, json={"inputs": "A sunny day"})
    assert answer.status_code == 200
    assert len(answer.json()) == 384


def test_a_slash_after_the_address_of_a_client(server: Server) -> None:
    assert hugging_face(server, EMBEDDER + "/").feature_extraction("A sunny day").shape == (384,)
    found = hugging_face(server, CHATTER + "/").chat_completion(QUESTION, max_tokens=1)
    assert found.model == CHATTER


def test_chat_below_the_prefix_of_the_hosted_api(server: Server) -> None:
    path = f"/hf-inference/models/{CHATTER}/v1/chat/completions"
    found = post(server, path, json={"messages": QUESTION, "max_tokens": 1}).json()
    assert found["object"] == "chat.completion"


def test_a_revision(server: Server) -> None:
    revision = on_board().find(EMBEDDER).revision
    good = post(server, f"/models/{EMBEDDER}@{revision}", json={"inputs": "A sunny day"})
    assert len(good.json()) == 384
    bad = post(server, f"/models/{EMBEDDER}@{'0' * 40}", json={"inputs": "A sunny day"})
    error_of(bad, 404, f"{EMBEDDER}@{'0' * 40}", "not on this machine")


def test_the_task_in_the_address_decides(server: Server) -> None:
    """The same body means two tasks to one model."""
    body = {"inputs": {"query": "Which animal barks?", "texts": ["Dogs bark."]}}
    assert "index" in post(server, f"/models/{EMBEDDER}/pipeline/text-ranking", json=body).json()[0]
    error_of(post(server, SIMILAR, json=body), 422, "source_sentence", "sentences")


# Bodies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "application/x-www-form-urlencoded",  # curl -d
        "text/plain",
        "text/plain;charset=UTF-8",  # a browser's fetch with a string
        "application/octet-stream",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/vnd.api+json",
    ],
)
def test_json_under_any_type(server: Server, kind: str | None) -> None:
    headers = {"content-type": kind} if kind else {}
    answer = post(server, EMBED, content=b' {"inputs": "A sunny day"}', headers=headers)
    assert len(answer.json()) == 384


@pytest.mark.parametrize(
    "kind", [None, "image/jpeg", "application/octet-stream", "application/x-www-form-urlencoded"]
)
def test_a_file_under_any_type(server: Server, kind: str | None) -> None:
    headers = {"content-type": kind} if kind else {}
    found = post(server, f"/models/{SEER}", content=CAT.read_bytes(), headers=headers).json()
    assert "cat" in found[0]["label"]


def test_options_of_the_classic_api_are_taken(server: Server) -> None:
    body = {"inputs": "A sunny day", "options": {"wait_for_model": True, "use_cache": False}}
    assert len(post(server, EMBED, json=body).json()) == 384


def test_a_query_holds_parameters(server: Server) -> None:
    path, picture = f"/models/{SEER}", CAT.read_bytes()
    raw = post(server, path, content=picture, params={"top_k": "2"})
    assert len(raw.json()) == 2
    both = post(server, EMBED, json={"inputs": "A sunny day"}, params={"dimensions": "16"})
    assert len(both.json()) == 16
    body = {"inputs": "A sunny day", "parameters": {"dimensions": 8}}
    assert len(post(server, EMBED, json=body, params={"dimensions": "16"}).json()) == 8


def test_a_list_is_a_batch(server: Server) -> None:
    texts = ["A sunny day", "Dogs bark loudly", "A sunny day"]
    many = post(server, EMBED, json={"inputs": texts}).json()
    one = post(server, EMBED, json={"inputs": texts[1]}).json()
    assert [len(vector) for vector in many] == [384] * 3
    assert many[0] == pytest.approx(many[2], abs=1e-5)
    assert many[1] == pytest.approx(one, abs=1e-5)
    assert [len(v) for v in post(server, EMBED, json={"inputs": texts[:1]}).json()] == [384]


def test_a_batch_of_every_shape(server: Server) -> None:
    pair = {"source_sentence": "A dog", "sentences": SENTENCES}
    scores = post(server, SIMILAR, json={"inputs": [pair, pair]}).json()
    assert [len(each) for each in scores] == [2, 2]
    body = {"inputs": ["Goal!", "Bake it."], "parameters": {"candidate_labels": "football, food"}}
    path = f"/models/{EMBEDDER}/pipeline/zero-shot-classification"
    found = post(server, path, json=body).json()
    assert [each[0]["label"] for each in found] == ["football", "food"]
    body = {"inputs": ["One, two,", "Red, green,"], "parameters": {"max_new_tokens": 2}}
    texts = post(server, f"/models/{CHATTER}", json=body).json()
    assert [list(each[0]) for each in texts] == [["generated_text"]] * 2


# Headers ---------------------------------------------------------------------------------------


def test_headers_of_an_answer(server: Server) -> None:
    answer = post(server, EMBED, json={"inputs": "A sunny day"})
    assert answer.headers["x-compute-type"] in ("cpu", "gpu")
    assert float(answer.headers["x-compute-time"]) > 0
    exposed = answer.headers["access-control-expose-headers"].split(", ")
    assert {"x-compute-type", "x-compute-time", "x-request-id"} <= set(exposed)


def test_request_ids(server: Server) -> None:
    body = {"inputs": "A sunny day"}
    own = post(server, EMBED, json=body, headers={"x-request-id": "my-call-7"})
    assert own.headers["x-request-id"] == "my-call-7"
    failed = post(server, EMBED, json={}, headers={"x-request-id": "my-call-8"})
    assert (failed.status_code, failed.headers["x-request-id"]) == (422, "my-call-8")
    new = {post(server, EMBED, json=body).headers["x-request-id"] for _ in range(2)}
    assert len(new) == 2
    odd = post(server, EMBED, json=body, headers=[(b"x-request-id", b"caf\xe9")])
    assert odd.headers["x-request-id"].isascii()
    long = post(server, EMBED, json=body, headers={"x-request-id": "x" * 5000})
    assert len(long.headers["x-request-id"]) <= 128


def test_errors_reach_the_client_as_words(server: Server) -> None:
    client = hugging_face(server, EMBEDDER)
    with pytest.raises(HfHubHTTPError, match="no prompt 'nonesuch'"):
        client.feature_extraction("A sunny day", prompt_name="nonesuch")
    with pytest.raises(HfHubHTTPError, match="nobody/nothing is not on this machine"):
        hugging_face(server, "nobody/nothing").feature_extraction("A sunny day")


def test_a_token_is_taken_and_changes_nothing(server: Server) -> None:
    headers = {"authorization": "Bearer hf_not_a_real_token"}
    answer = post(server, EMBED, json={"inputs": "A sunny day"}, headers=headers)
    assert len(answer.json()) == 384


def test_text_that_looks_like_a_file_name(server: Server) -> None:
    answer = post(server, EMBED, json={"inputs": "/etc/passwd"})
    assert len(json.loads(answer.content)) == 384
