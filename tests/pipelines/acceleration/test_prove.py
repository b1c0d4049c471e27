"""A faster way is taken only where its answers are the same: real models, real graphs."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipelines import registry
from pipelines.acceleration import openvino, prove
from pipelines.acceleration.decision import PLAIN, Decision, Tried, folder, read, write
from pipelines.acceleration.modules import module_of
from pipelines.acceleration.questions import questions
from pipelines.hardware import Hardware
from pipelines.kinds.outputs import output_kind
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from tests.conftest import DIABETES, EMBEDDER, SEER, STARTERS
from tests.pipelines.fakes import HARDWARE

F32 = "openvino-f32"
MODELS = Models(Settings(host="127.0.0.1", starters_dir=STARTERS, offline=True), Path("/none"))
CASES = [
    (EMBEDDER, "feature-extraction"),
    ("tagline/minilm-sentiment", "text-classification"),
    ("tagline/minilm-entities", "token-classification"),
    ("tagline/digits-vit", "image-classification"),
]


class Loaded:
    """A model with what it is asked."""

    def __init__(self, name: str, tag: str) -> None:
        self.task, self.model = registry.get(tag), MODELS.find(name)
        self.pipe = self.task.loader(self.model)(self.model, HARDWARE)
        self.rows, self.params = questions(self.task, self.model), self.task.params()
        self.kind = output_kind(self.task.output)

    def prove(self, place: Path, wanted: str = F32) -> Decision:
        return prove.prove(self.pipe, self.task, self.rows, self.params, HARDWARE, place, wanted)

    def adopt(self, place: Path) -> None:
        prove.adopt(self.pipe, HARDWARE, place, F32)

    def run(self) -> list[Any]:
        return list(self.task.run(self.pipe, self.rows, self.params))


@pytest.fixture(scope="module")
def loaded() -> Callable[[str, str], Loaded]:
    known: dict[tuple[str, str], Loaded] = {}

    def load(name: str, tag: str) -> Loaded:
        return known.setdefault((name, tag), Loaded(name, tag))

    return load


@pytest.mark.filterwarnings("ignore")  # torch's of tracing
@pytest.mark.parametrize(("name", "tag"), CASES, ids=[tag for _, tag in CASES])
def test_the_same_answers_by_a_graph(
    name: str, tag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prove, "WORTH", 0.0)  # how fast it is here is no matter of a test
    one = Loaded(name, tag)
    plain = one.run()
    found = one.prove(tmp_path)
    assert found.name == F32, found
    assert read(tmp_path) == found
    assert "OpenVINO f32, " in found.words
    one.adopt(tmp_path)
    graph = module_of(one.pipe).forward
    assert isinstance(graph, openvino.Graph)
    asked: list[Any] = []
    infer = graph.run

    def counted(named: Any) -> Any:
        asked.append(named)
        return infer(named)

    monkeypatch.setattr(graph, "run", counted)
    far = max(map(one.kind.distance, plain, one.run()))
    assert asked  # it was the graph that answered
    assert far < 1e-4


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "tag"), CASES[:3], ids=[tag for _, tag in CASES[:3]])
def test_several_runs_go_beside_one_another(
    name: str, tag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a second copy, which is not made for one input."""
    monkeypatch.setattr(prove, "WORTH", 0.0)
    one = Loaded(name, tag)
    rows = (one.rows * 12)[:12]
    plain = list(one.task.run(one.pipe, rows, one.params))
    assert one.prove(tmp_path).name == F32
    one.adopt(tmp_path)
    graph = module_of(one.pipe).forward
    one.task.run(one.pipe, rows[:1], one.params)
    assert "beside" not in vars(graph)
    found = list(one.task.run(one.pipe, rows, one.params))
    assert graph.beside.qsize() == graph.lanes == 2  # each was put back
    assert max(map(one.kind.distance, plain, found)) < 1e-4


def test_what_a_graph_cannot_do_stays_as_it_is(
    loaded: Callable[[str, str], Loaded], tmp_path: Path
) -> None:
    """EfficientNet's pooling is converted, and fails when it runs."""
    one = loaded(SEER, "image-classification")
    plain = one.run()
    found = one.prove(tmp_path)
    assert (found.name, found.words) == (PLAIN, "")
    assert "RuntimeError" in found.tried[0].why
    assert one.run() == plain


@pytest.mark.filterwarnings("ignore")
def test_answers_that_differ_are_not_taken(
    loaded: Callable[[str, str], Loaded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = loaded(*CASES[1])
    right = openvino.Graph.run

    def wrong(self: openvino.Graph, named: Any) -> Any:
        found = right(self, named)
        found.logits += 1.5 * found.logits.sign()
        return found

    monkeypatch.setattr(openvino.Graph, "run", wrong)
    found = one.prove(tmp_path)
    assert found.name == PLAIN
    assert "differ" in found.tried[0].why
    assert found.tried[0].difference > prove.TOLERANCE["labels"]


@pytest.mark.filterwarnings("ignore")
def test_a_graph_that_fails_later_gives_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prove, "WORTH", 0.0)
    one = Loaded(*CASES[1])
    plain = one.run()
    assert one.prove(tmp_path).name == F32
    one.adopt(tmp_path)

    def fail(named: Any) -> Any:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(module_of(one.pipe).forward, "run", fail)
    assert max(map(one.kind.distance, plain, one.run())) < 1e-6  # parted as the graph has them
    assert "forward" not in vars(module_of(one.pipe))
    after = read(tmp_path)
    assert after is not None
    assert (after.name, after.tried[0].why) == (PLAIN, "RuntimeError: out of memory")


def test_graphs_that_are_gone_are_proven_anew(
    loaded: Callable[[str, str], Loaded], tmp_path: Path
) -> None:
    one = loaded(*CASES[1])
    write(tmp_path, Decision(F32, 2.0, 1e-7, (Tried(F32, 2.0, 1e-7),)))
    with pytest.raises(FileNotFoundError):
        one.adopt(tmp_path)
    assert read(tmp_path) is None


@pytest.mark.filterwarnings("ignore")
def test_what_takes_too_long_is_given_up(
    loaded: Callable[[str, str], Loaded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prove, "PATIENCE", 0.0)
    one = loaded(*CASES[1])
    found = one.prove(tmp_path)
    assert (found.name, found.tried[0].why) == (
        PLAIN, "TimeoutError: It takes too long to be proven.",
    )  # fmt: skip
    assert not [each for each in tmp_path.iterdir() if each.is_dir()]


def test_what_has_no_module_is_left_alone(tmp_path: Path) -> None:
    task, model = registry.get("tabular-regression"), MODELS.find(DIABETES)
    pipe = task.loader(model)(model, HARDWARE)
    found = prove.prove(pipe, task, [], task.params(), HARDWARE, tmp_path)
    assert found == Decision(PLAIN)
    assert not prove.able(task, HARDWARE)
    gpu = Hardware(**{**vars(HARDWARE), "device": "cuda"})
    assert not prove.able(registry.get("feature-extraction"), gpu)


def test_decisions_are_kept_by_model_machine_and_versions(tmp_path: Path) -> None:
    task, model = registry.get("feature-extraction"), MODELS.find(EMBEDDER)
    place = folder(tmp_path, task, model, HARDWARE)
    assert place == folder(tmp_path, task, model, HARDWARE)
    other = Hardware(**{**vars(HARDWARE), "threads": 7})
    assert place != folder(tmp_path, task, model, other)
    assert read(place) is None
    found = Decision(F32, 2.0, 1e-7, (Tried(F32, 2.0, 1e-7),))
    write(place, found)
    assert read(place) == found
    (place / "decision.json").write_text("{")
    assert read(place) is None


def test_questions_are_of_many_lengths() -> None:
    task = registry.get("feature-extraction")
    rows = questions(task, MODELS.find(EMBEDDER))
    sizes = {len(row.text.split()) for row in rows}
    assert len(sizes) > 6
    assert max(sizes) > 40
    masked = registry.get("fill-mask")  # takes no text without its mark
    assert len(questions(masked, MODELS.find(EMBEDDER))) == len(masked.examples())
    seen = questions(registry.get("image-classification"), MODELS.find(SEER))
    assert all(row.image.decode().width for row in seen)


def test_what_the_processor_has_not_is_not_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """OpenVINO would take float32 without a word, under another name."""
    monkeypatch.setattr("pipelines.acceleration.openvino.has", lambda name: "bf16" not in name)
    bench: Any = SimpleNamespace(
        ask=None, place=tmp_path, test=lambda _, name: Tried(name, 2.0, 0.0)
    )
    subject: Any = SimpleNamespace(convert=lambda *_: None, keep=lambda *_: None)
    lacking, good = prove.held(subject, ("openvino-bf16", "openvino-f32"), bench)
    assert lacking.why == "this processor has no bfloat16"
    assert good == Tried("openvino-f32", 2.0, 0.0)
    (only,) = prove.held(subject, ("openvino-bf16",), bench)
    assert only.why
