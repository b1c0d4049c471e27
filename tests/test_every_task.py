"""The contract over every record: a new file in pipelines/tasks is tested before its author writes
a test of his own."""

import base64
import dataclasses
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio_client import Client, handle_file
from huggingface_hub.inference._generated import types
from pydantic import TypeAdapter, ValidationError

from api import schema
from components import inputs as widgets
from components import outputs
from pipelines import registry, samples, tasks
from pipelines.errors import InvalidInput, WrongShape
from pipelines.kinds.outputs import OutputKind, output_kind
from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.settings import Limits, Settings
from pipelines.slots import Slot, slots
from pipelines.task import Task
from tests.conftest import STARTERS, Server

LIMITS = Limits()
hub_types = vars(types)
TASKS = list(registry.TASKS.values())
BOARD = Models(
    Settings(host="127.0.0.1", starters_dir=STARTERS, models_dir=(), offline=True),
    STARTERS / "no cache",
).list()
PAIRS = [(task, model) for model in BOARD for task in registry.for_model(model)]
SAME = 1e-4  # how far two answers to one question may be apart
# The empty value of each kind of input
EMPTY: dict[str, Any] = {
    "text": " ",
    "line": " ",
    "table": {},
    "image": "",
    "audio": "",
    "video": "",
}
# What makes an answer short, and always the same
BRIEF = {
    "num_inference_steps": 4,
    "max_new_tokens": 8,
    "max_tokens": 8,
    "temperature": 0,
    "seed": 0,
}

every_task = pytest.mark.parametrize("task", TASKS, ids=[task.tag for task in TASKS])


def encoded(value: Any) -> Any:
    """A value as JSON carries it: a file in base64."""
    if isinstance(value, list):
        return list(map(encoded, value))
    if isinstance(value, dict):
        return {name: encoded(each) for name, each in value.items()}
    if isinstance(value, Path):
        value = value.read_bytes()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def row_of(sample: samples.Sample) -> dict[str, Any]:
    return {name: encoded(value) for name, value in sample.inputs.items()}


def rows_of(task: Task) -> list[dict[str, Any]]:
    return [row_of(sample) for sample in samples.of_task(task)]


def required(task: Task) -> list[Slot]:
    return [slot for slot in slots(task.inputs) if slot.required]


# The record ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [each.name for each in pkgutil.iter_modules(tasks.__path__)])
def test_a_file_is_named_after_its_tag_and_says_what_the_task_is(name: str) -> None:
    module = importlib.import_module(f"pipelines.tasks.{name}")
    assert module.TASK.tag == name.replace("_", "-")
    assert (module.__doc__ or "").strip()
    assert registry.TASKS[module.TASK.tag].inputs is module.TASK.inputs


@every_task
def test_the_record_is_whole(task: Task) -> None:
    assert task.summary
    assert not task.summary.endswith(".")
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", task.default_model)
    assert task.load
    assert all(map(callable, task.load.values()))
    assert output_kind(task.output).name in outputs.VIEWS
    assert required(task), "nothing is asked for"


@every_task
def test_a_task_that_streams_says_how_its_chunks_are_joined(task: Task) -> None:
    kind = output_kind(task.output)
    assert task.stream is None or (kind.join is not list and kind.delta is not str)


@every_task
def test_models_refuse_unknown_fields(task: Task) -> None:
    for model in (task.inputs, task.params):
        assert model.model_config.get("extra") == "forbid"


@every_task
def test_every_field_is_described_and_has_a_widget(task: Task) -> None:
    for slot in (*slots(task.inputs), *slots(task.params)):
        assert slot.fixed or slot.description, f"{slot.name} has no description"
        assert slot.fixed or slot.kind in widgets.WIDGETS, f"{slot.name} has no widget"


@every_task
def test_every_parameter_has_a_default_that_is_itself_valid(task: Task) -> None:
    assert not any(slot.required for slot in slots(task.params))
    defaults = task.params().model_dump(mode="json", exclude_none=True)
    assert task.read_params(defaults, LIMITS) == task.params()


# Its example -----------------------------------------------------------------------------------


@every_task
def test_examples_are_read_as_a_body(task: Task) -> None:
    assert rows_of(task)
    for row in rows_of(task):
        body = json.loads(json.dumps({"inputs": row, "parameters": {}}))
        asked = task.read(body, LIMITS)
        assert (len(asked.inputs), asked.many) == (1, False)
        assert asked.inputs[0].model_fields_set == row.keys()


@every_task
def test_examples_are_read_in_a_list(task: Task) -> None:
    asked = task.read({"inputs": rows_of(task)}, LIMITS)
    assert asked.many
    assert asked.inputs == [task.read({"inputs": row}, LIMITS).inputs[0] for row in rows_of(task)]


@every_task
def test_one_required_field_may_stand_bare(task: Task) -> None:
    for row in rows_of(task):
        bare = {"inputs": row[required(task)[0].name]}
        if len(required(task)) == 1:
            alone = {required(task)[0].name: bare["inputs"]}
            assert task.read(bare, LIMITS) == task.read({"inputs": alone}, LIMITS)
        else:
            with pytest.raises(WrongShape, match=required(task)[-1].name):
                task.read(bare, LIMITS)


@every_task
def test_the_open_api_schema_takes_the_example(task: Task) -> None:
    body = schema.body_model(task)
    for row in rows_of(task):
        body.model_validate({"inputs": row})
        with pytest.raises(ValidationError):
            body.model_validate({"inputs": row, "parameters": {"no_such": 1}})
        body.model_validate({"inputs": [row, row]})


# Gradio leaves the file open that it looks at.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@every_task
async def test_widgets_show_an_example_and_read_it_back(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with gr.Blocks():
        for sample in samples.of_task(task):
            for slot in slots(task.inputs):
                if slot.required or slot.name in sample.inputs:
                    assert through_widget(slot, sample.inputs[slot.name]) == expected(slot, sample)


def through_widget(slot: Slot, value: Any) -> Any:
    """What the task gets when `value` is shown, sent to the browser, and sent back."""
    widget = widgets.of(slot)
    component: Any = widget.make(slot, None)
    payload = component.postprocess(widget.show(value))
    return widget.read(component.preprocess(payload))


def expected(slot: Slot, sample: samples.Sample) -> Any:
    value = samples.as_raw(sample.inputs)[slot.name]
    # The box holds the words of one turn; the conversation before it is on the other side.
    return value[-1]["content"] if slot.kind == "messages" else value


@every_task
async def test_parameters_have_widgets_that_start_at_the_default(task: Task) -> None:
    with gr.Blocks():
        for slot in slots(task.params):
            if not slot.fixed:
                assert through_widget(slot, slot.default) == slot.default, slot.name


# What is refused -------------------------------------------------------------------------------


@every_task
def test_an_unknown_parameter_is_refused_with_the_known_ones(task: Task) -> None:
    with pytest.raises(InvalidInput, match="no_such") as caught:
        task.read({"inputs": rows_of(task)[0], "parameters": {"no_such": 1}}, LIMITS)
    assert all(name in str(caught.value) for name in task.params.model_fields)


@every_task
def test_a_null_parameter_is_one_not_given(task: Task) -> None:
    for nothing in (None, {}, dict.fromkeys(task.params.model_fields)):
        asked = task.read({"inputs": rows_of(task)[0], "parameters": nothing}, LIMITS)
        assert asked.params == task.params()


@every_task
@pytest.mark.parametrize("parameters", ["text", [], [1], 1, True])
def test_parameters_that_are_no_object_are_refused(task: Task, parameters: Any) -> None:
    with pytest.raises(InvalidInput, match="parameters must be an object"):
        task.read({"inputs": rows_of(task)[0], "parameters": parameters}, LIMITS)


@every_task
def test_a_missing_field_is_named(task: Task) -> None:
    for slot in required(task):
        rest = {name: value for name, value in rows_of(task)[0].items() if name != slot.name}
        with pytest.raises(InvalidInput, match=slot.name):
            task.read({"inputs": rest}, LIMITS)


@every_task
def test_an_empty_field_is_named(task: Task) -> None:
    for slot in required(task):
        with pytest.raises(InvalidInput, match=slot.name):
            task.read({"inputs": {**rows_of(task)[0], slot.name: EMPTY.get(slot.kind, [])}}, LIMITS)


@every_task
@pytest.mark.parametrize("body", [{}, {"inputs": None}, [], "text", None, 1])
def test_a_body_without_inputs_says_what_is_wanted(task: Task, body: Any) -> None:
    with pytest.raises(WrongShape, match="inputs"):
        task.read(body, LIMITS)


@every_task
def test_raw_bytes_go_where_a_file_is_asked_for(task: Task) -> None:
    if len(required(task)) == 1 and required(task)[0].is_file:
        for sample in samples.of_task(task):
            data = samples.as_raw(sample.inputs)[required(task)[0].name]
            asked = task.read_bytes(data, {}, LIMITS)
            assert asked == task.read({"inputs": row_of(sample)}, LIMITS)
    else:
        with pytest.raises(WrongShape, match="takes"):
            task.read_bytes(b"bytes", {}, LIMITS)


# The Hub's own names ---------------------------------------------------------------------------

# Where the Hub's generated types call a task's parameters otherwise than `<Task>Parameters`
HUB_NAMES = {
    "text-generation": "TextGenerationInputGenerateParameters",
    "feature-extraction": "FeatureExtractionInput",  # at the root of the body
    "conversational": "ChatCompletionInput",  # at the root of the body
}
# What is no parameter there: the inputs themselves, and what the HTTP route answers for
NOT_OURS = {"inputs", "messages", "model", "stream", "stream_options"}


@every_task
def test_every_parameter_of_the_hub_is_known(task: Task) -> None:
    camel = task.tag.title().replace("-", "")
    theirs = hub_types.get(HUB_NAMES.get(task.tag, f"{camel}Parameters"))
    if theirs is None:
        assert task.tag not in HUB_NAMES
        return
    ours = task.params.model_fields.keys() | task.inputs.model_fields.keys()
    assert field_names(theirs) - NOT_OURS <= ours


def test_every_generation_parameter_of_the_hub_is_known() -> None:
    from pipelines.loaders.generation import GenerationParameters

    theirs = hub_types["AutomaticSpeechRecognitionGenerationParameters"]
    assert field_names(theirs) <= GenerationParameters.model_fields.keys()


def field_names(made: Any) -> set[str]:
    return {field.name for field in dataclasses.fields(made)}


# A real answer ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A model on board that was asked a task's example over HTTP, and what came back."""

    server: Server
    task: Task
    model: Model
    response: httpx.Response

    @property
    def kind(self) -> OutputKind:
        return output_kind(self.task.output)

    @property
    def value(self) -> Any:
        """The value of the one input that was asked."""
        return self.one(self.response)

    def one(self, response: httpx.Response) -> Any:
        kind = response.headers["content-type"]
        if not kind.endswith("json"):
            return {"content": response.content, "mime": kind}
        found = response.json()
        return found[0] if self.task.listed else found

    @property
    def inputs(self) -> Any:
        return self.task.read(self.body(), LIMITS).inputs[0]

    def samples(self) -> list[samples.Sample]:
        return samples.of_model(self.task, self.model)

    def body(self, **more: Any) -> dict[str, Any]:
        return {"inputs": row_of(self.samples()[0]), "parameters": brief(self.task)} | more

    @property
    def url(self) -> str:
        return f"{self.server.url}/models/{self.model.id}/pipeline/{self.task.tag}"

    def post(self, **more: Any) -> httpx.Response:
        answer = httpx.post(self.url, json=self.body(**more), timeout=120)
        assert answer.status_code == 200, answer.text
        return answer


def brief(task: Task) -> dict[str, Any]:
    return {name: value for name, value in BRIEF.items() if samples.knows(task, name, value)}


@pytest.fixture(
    scope="module", params=PAIRS, ids=[f"{task.tag}-{model.id}" for task, model in PAIRS]
)
def asked(request: pytest.FixtureRequest, server: Server) -> Asked:
    task, model = request.param
    first = Asked(server, task, model, httpx.Response(200))
    return Asked(server, task, model, first.post())


def test_an_answer_has_the_documented_shape(asked: Asked) -> None:
    TypeAdapter(asked.task.output).validate_python(asked.value)
    assert asked.value
    sent = asked.response.headers["content-type"]
    assert sent == (asked.value["mime"] if is_file(asked.value) else "application/json")


def test_an_answer_says_what_it_cost(asked: Asked) -> None:
    headers = asked.response.headers
    assert headers["x-compute-type"] in ("cpu", "cuda", "mps")
    assert float(headers["x-compute-time"]) >= 0
    assert headers["x-request-id"]
    exposed = headers["access-control-expose-headers"]
    assert all(name in exposed for name in ("x-compute-type", "x-compute-time", "x-request-id"))


def test_an_answer_is_no_distance_from_itself(asked: Asked) -> None:
    assert asked.kind.distance(asked.value, asked.value) == pytest.approx(0, abs=1e-12)


async def test_the_page_shows_the_answer(asked: Asked) -> None:
    view = outputs.VIEWS[asked.kind.name]
    shown = view.show(asked.value, asked.inputs, asked.kind)
    assert shown
    with gr.Blocks():
        drawn: Any = view.make()
        drawn.postprocess(shown)
    assert json.loads(outputs.raw(asked.value)) == outputs.short(asked.value)


def test_a_list_is_answered_as_its_items_are(asked: Asked) -> None:
    rows = [row_of(sample) for sample in asked.samples()[:2]]
    several = asked.post(inputs=[rows[-1], rows[0]]).json()
    alone = asked.one(asked.post(inputs=rows[-1])) if len(rows) > 1 else asked.value
    assert len(several) == 2
    assert asked.kind.distance(filed(several[0]), alone) <= SAME
    assert asked.kind.distance(filed(several[1]), asked.value) <= SAME


def is_file(value: Any) -> bool:
    return isinstance(value, dict) and "mime" in value


def filed(value: Any) -> Any:
    """A file in a list of them, as it is alone."""
    if not isinstance(value, dict) or "blob" not in value:
        return value
    return {"content": base64.b64decode(value["blob"]), "mime": value["content-type"]}


def test_the_chunks_of_a_stream_are_the_whole_answer(asked: Asked) -> None:
    body = asked.body(stream=True)
    if not asked.task.streams(asked.model):
        refusal = httpx.post(asked.url, json=body, timeout=60)
        assert refusal.status_code == 422
        assert "stream" in refusal.json()["error"]
        return
    chunks = list(events(asked.url, body))
    assert chunks
    assert asked.kind.join(chunks) == asked.value
    assert "".join(map(asked.kind.delta, chunks)) == asked.kind.text(asked.value)


def events(url: str, body: dict[str, Any]) -> Iterator[Any]:
    with httpx.stream("POST", url, json=body, timeout=120) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                yield json.loads(line.removeprefix("data: "))


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Client]:
    made = Client(server.url, verbose=False, httpx_kwargs={"timeout": 60})
    yield made
    made.close()


def test_the_gradio_client_gets_the_same_answer(asked: Asked, client: Client) -> None:
    sample = asked.samples()[0]
    given = {
        name: handle_file(value) if isinstance(value, Path) else value
        for name, value in sample.inputs.items()
    }
    endpoint = "/" + asked.task.tag.replace("-", "_")
    job = client.submit(asked.model.id, api_name=endpoint, **given, **brief(asked.task))
    found = job.result(timeout=120)
    if is_file(asked.value):
        found = {**asked.value, "content": Path(found).read_bytes()}
    assert asked.kind.distance(found[0] if asked.task.listed else found, asked.value) <= SAME
