"""The endpoints for Gradio's clients, through the real Python client."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from pipelines import registry, samples
from pipelines.kinds.outputs import output_kind
from pipelines.model import HANDLER
from pipelines.slots import Slot, slots
from pipelines.task import Task
from tests.api.wire import CAT, FLOWERS, SECONDS, SPEECH, check_sentence, on_board
from tests.components.menagerie import of
from tests.conftest import CHATTER, EMBEDDER, IRIS, LISTENER, SAMPLES, SEER, Server
from tests.pipelines.media import blank_png

TASKS = list(registry.TASKS.values())
every_task = pytest.mark.parametrize("task", TASKS, ids=[task.tag for task in TASKS])
# Callers have these names in their code.
PINNED = {
    "/automatic_speech_recognition", "/conversational", "/feature_extraction",
    "/image_classification", "/image_feature_extraction", "/sentence_similarity",
    "/tabular_classification", "/tabular_regression", "/text_generation", "/text_ranking",
    "/zero_shot_classification",
}  # fmt: skip
# What makes an answer short, and always the same
BRIEF: dict[str, Any] = {
    "max_new_tokens": 4, "max_tokens": 4, "temperature": 0, "do_sample": "no",
    "generation_parameters": {"max_new_tokens": 4}, "num_inference_steps": 4, "num_frames": 9,
    "seed": 0,
}  # fmt: skip
STRONGER = {"do_sample": "temperature", "generation_parameters": "num_inference_steps"}
SAME = 1e-4
DIGIT = SAMPLES / "digit.png"  # the smallest picture there is here


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Client]:
    made = Client(server.url, verbose=False, httpx_kwargs={"timeout": SECONDS})
    yield made
    made.close()


def ask(client: Client, name: str, *given: Any, **named: Any) -> Any:
    """The result of an endpoint, or its error; never a call without an end."""
    return client.submit(*given, api_name=name, **named).result(timeout=SECONDS)


def endpoint(task: Task) -> str:
    return "/" + task.tag.replace("-", "_")


def fields(task: Task) -> list[Slot]:
    return [*slots(task.inputs), *(slot for slot in slots(task.params) if not slot.fixed)]


def brief(task: Task) -> dict[str, Any]:
    """The options of BRIEF that a task has; a text is drawn by `do_sample`, not by temperature, a
    model that writes tokens has no steps, and one that only sees a film tells its frames itself."""
    known = {slot.name: BRIEF[slot.name] for slot in slots(task.params) if slot.name in BRIEF}
    for stronger, weaker in STRONGER.items():
        if stronger in known:
            known.pop(weaker, None)
    if "num_inference_steps" not in known:
        known.pop("num_frames", None)
    return known


# What there is ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shown(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.view_api(return_format="dict", print_info=False)
    return found


def test_one_named_endpoint_for_each_task(shown: dict[str, Any]) -> None:
    assert list(shown["named_endpoints"]) == [endpoint(task) for task in TASKS]
    assert shown["unnamed_endpoints"] == {}


def test_names_stay(shown: dict[str, Any]) -> None:
    assert set(shown["named_endpoints"]) >= PINNED


@every_task
def test_the_signature_is_that_of_the_record(shown: dict[str, Any], task: Task) -> None:
    found = shown["named_endpoints"][endpoint(task)]
    named = {each["parameter_name"]: each["parameter_has_default"] for each in found["parameters"]}
    assert named == {"model": False} | {slot.name: not slot.required for slot in fields(task)}
    assert len(found["returns"]) == 1
    assert task.summary in found["description"]


@every_task
def test_defaults_are_those_of_the_record(shown: dict[str, Any], task: Task) -> None:
    found = shown["named_endpoints"][endpoint(task)]["parameters"]
    told = {each["parameter_name"]: each.get("parameter_default") for each in found}
    for slot in fields(task):
        if not slot.required and slot.default is not None:
            assert told[slot.name] == slot.default


@every_task
def test_types_are_exact(shown: dict[str, Any], task: Task) -> None:
    """No argument and no result is just any JSON."""
    found = shown["named_endpoints"][endpoint(task)]
    kinds = {each["parameter_name"]: each["python_type"]["type"] for each in found["parameters"]}
    answer = found["returns"][0]["python_type"]["type"]
    assert "str | float | bool | list | dict" not in [*kinds.values(), answer]
    assert "Any" not in [*kinds.values(), answer]
    for slot in fields(task):
        if slot.kind == "number":
            assert kinds[slot.name] == ("int" if slot.whole else "float")
        if slot.kind in ("lines", "names", "images"):
            assert kinds[slot.name].startswith("list[")
        assert not slot.is_file or kinds[slot.name] == "filepath"
        assert all(str(choice) in kinds[slot.name] for choice in slot.choices)


# Good calls -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def any_client(menagerie: Server) -> Iterator[Client]:
    """A client of a server that has a model for every task."""
    made = Client(menagerie.url, verbose=False, httpx_kwargs={"timeout": SECONDS})
    yield made
    made.close()


def plain(value: Any) -> Any:
    """A value as JSON carries it: files in base64."""
    if isinstance(value, list):
        return list(map(plain, value))
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, Path):
        return base64.b64encode(value.read_bytes()).decode()
    return value


def asked(task: Task) -> tuple[str, dict[str, Any]]:
    """A model that can do it, and the inputs of its first example, kept short where it can be."""
    able = next((model for model in on_board().list() if task.accepts(model)), None)
    first = (samples.of_model(task, able) if able else samples.of_task(task))[0]
    row = {k: handle_file(v) if isinstance(v, Path) else plain(v) for k, v in first.inputs.items()}
    # A model's own code refuses options that it does not know
    row |= first.parameters if able and able.library == HANDLER else brief(task)
    if not able and task.tag == "image-to-image":  # a tiny autoencoder halves a picture, no more
        row["image"] = handle_file(DIGIT)
    return able.id if able else f"tiny/{of(task).name}", row


def unset(slot: Slot) -> Any:
    """What a box holds before anybody touches it."""
    chosen = slot.kind in ("choice", "flag") and slot.default is None
    return "default" if chosen else slot.default


@every_task
def test_an_example_by_position_and_by_name(any_client: Client, task: Task) -> None:
    model, named = asked(task)
    places = [slot.name for slot in fields(task)]
    last = max(places.index(name) for name in named)
    empty = {slot.name: unset(slot) for slot in fields(task)}
    given = [named.get(name, empty[name]) for name in places[: last + 1]]
    by_name = ask(any_client, endpoint(task), model=model, **named)
    by_place = ask(any_client, endpoint(task), model, *given)
    if task.listed:
        by_name, by_place = by_name[0], by_place[0]
    assert output_kind(task.output).distance(by_name, by_place) <= SAME


def test_no_model_means_the_default_one(client: Client) -> None:
    task = registry.get("sentence-similarity")
    assert task.default_model == EMBEDDER
    assert len(ask(client, endpoint(task), "", "A dog", ["A cat", "A car"])) == 2


def test_lists_may_be_written_as_text(client: Client) -> None:
    assert len(ask(client, "/sentence_similarity", EMBEDDER, "A dog", "A cat\nA car")) == 2
    found = ask(client, "/zero_shot_classification", EMBEDDER, "A goal!", "football, cooking")
    assert found[0]["label"] == "football"


def test_options_are_honoured(client: Client) -> None:
    assert len(ask(client, "/feature_extraction", EMBEDDER, "A dog", dimensions=16)) == 16
    assert len(ask(client, "/image_classification", SEER, handle_file(CAT), top_k=2)) == 2


# Bad calls --------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["https://example.com/cat.jpg", "http://127.0.0.1:9/cat.jpg"])
def test_no_address_is_fetched(client: Client, address: str) -> None:
    for name, given in (
        ("/image_classification", {"image": handle_file(address)}),
        ("/automatic_speech_recognition", {"audio": handle_file(address)}),
        ("/conversational", {"messages": [{"role": "user", "content": [handle_file(address)]}]}),
    ):
        with pytest.raises(AppError, match="This server fetches no addresses"):
            ask(client, name, model="", **given)


SIMILAR, EMBED, CHAT = "/sentence_similarity", "/feature_extraction", "/conversational"


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        (EMBED, (EMBEDDER, ""), "inputs.text: is empty"),
        (EMBED, (EMBEDDER, " \n"), "inputs.text: is empty"),
        (EMBED, (EMBEDDER, "x" * 10_000_000), "10,000,000 characters"),
        (EMBED, ("nobody/nothing", "A dog"), "nobody/nothing is not on this machine"),
        (EMBED, ("../../etc/passwd", "A dog"), "is not a model id"),
        (EMBED, ("/etc/passwd", "A dog"), "is not a model id"),
        (EMBED, ("org/na\0me", "A dog"), "is not a model id"),
        (EMBED, (SEER, "A dog"), f"{SEER} cannot do feature-extraction"),
        (EMBED, (EMBEDDER, "A dog", True, "nonesuch"), "no prompt 'nonesuch'"),
        (EMBED, (EMBEDDER, "A dog", True, "", "perhaps"), "valid boolean"),
        (SIMILAR, (EMBEDDER, "A dog", []), "inputs.sentences"),
        (SIMILAR, (EMBEDDER, "A dog", ["A cat", ""]), "inputs.sentences.1: is empty"),
        (SIMILAR, (EMBEDDER, "A dog", [1, 2]), "inputs.sentences.0"),
        (SIMILAR, (EMBEDDER, "A dog", {"a": 1}), "inputs.sentences"),
        (SIMILAR, (EMBEDDER, "A dog", 7), "inputs.sentences"),
        (SIMILAR, (EMBEDDER, "A dog", ["x"] * 1_001), "1,001 items"),
        (CHAT, (CHATTER, []), "inputs.messages"),
        (CHAT, (CHATTER, "Hello"), "inputs.messages"),
        (CHAT, (CHATTER, [{"role": "wizard", "content": "Hi"}]), "inputs.messages.0.role"),
        (CHAT, (CHATTER, [{"role": "user", "content": "Hi"}], 100_000), "8192"),
        (CHAT, (CHATTER, [{"role": "user", "content": "Hi"}], 4, -1), "minimum"),
        ("/tabular_classification", (IRIS, {"petals": [5]}), "lacks the columns"),
        ("/tabular_classification", (IRIS, {}), "inputs.data"),
        ("/tabular_classification", (IRIS, [[1, 2]]), "inputs.data"),
        ("/tabular_classification", (IRIS, FLOWERS | {"extra": [1]}), "different lengths"),
    ],
    ids=lambda value: None if isinstance(value, tuple) else str(value).replace("/", ""),
)
def test_errors_come_as_text(client: Client, name: str, given: tuple[Any, ...], words: str) -> None:
    with pytest.raises(AppError) as caught:
        ask(client, name, *given)
    check_sentence(str(caught.value), [words])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.bin"


@pytest.mark.parametrize(
    ("name", "model", "data", "words"),
    [
        ("/image_classification", SEER, b"just text", "not a picture"),
        ("/image_classification", SEER, SPEECH.read_bytes(), "not a picture"),
        ("/image_classification", SEER, CAT.read_bytes()[:2_000], "damaged"),
        ("/image_classification", SEER, blank_png(13_000, 130), "13,000 x 13,000"),
        ("/automatic_speech_recognition", LISTENER, b"just text", "not sound"),
        ("/automatic_speech_recognition", LISTENER, CAT.read_bytes(), "sound"),
        ("/automatic_speech_recognition", LISTENER, SPEECH.read_bytes()[:3_000], "sound"),
    ],
    ids=["text", "sound", "cut", "bomb", "text as sound", "picture", "cut sound"],
)
def test_files_that_are_something_else(
    client: Client, file: Path, name: str, model: str, data: bytes, words: str
) -> None:
    file.write_bytes(data)
    with pytest.raises(AppError) as caught:
        ask(client, name, model, handle_file(file))
    check_sentence(str(caught.value), [words])


def test_files_of_the_server_are_not_read(client: Client) -> None:
    place = {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}
    with pytest.raises((AppError, ValueError)) as caught:
        ask(client, "/image_classification", SEER, place)
    assert "root:" not in str(caught.value)


def test_a_call_that_lacks_or_adds_something_is_not_sent(client: Client) -> None:
    with pytest.raises(TypeError):
        ask(client, SIMILAR, EMBEDDER)
    with pytest.raises(TypeError):
        ask(client, SIMILAR, EMBEDDER, "A dog", ["A cat"], frobnicate=1)


def test_after_all_that_it_answers(client: Client) -> None:
    assert len(ask(client, EMBED, EMBEDDER, "Still there?")) == 384
