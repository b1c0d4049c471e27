"""Every tiny model: found by its own files, loaded by its record, and answering as direct code
does."""

import pytest

from pipelines import registry
from pipelines.settings import Limits
from pipelines.task import Request, Task
from tests.zoo.alike import alike
from tests.zoo.cage import Cage, run
from tests.zoo.tiny import Tiny, every

ALL = every()


@pytest.fixture(scope="module")
def cage(tmp_path_factory: pytest.TempPathFactory) -> Cage:
    return Cage(tmp_path_factory.mktemp("cage"))


@pytest.fixture(params=ALL, ids=[tiny.name for tiny in ALL])
def tiny(request: pytest.FixtureRequest) -> Tiny:
    made: Tiny = request.param
    return made


def read(tiny: Tiny) -> tuple[Task, Request]:
    task = registry.get(tiny.tag)
    return task, task.read(tiny.body, Limits())


def test_its_task_takes_it(cage: Cage, tiny: Tiny) -> None:
    assert registry.get(tiny.tag).accepts(cage.built(tiny)), cage.built(tiny)


def test_it_answers_as_direct_code_does(cage: Cage, tiny: Tiny) -> None:
    task, asked = read(tiny)
    value = task.wire(run(task, cage.pipe(tiny), asked), asked.many)
    assert alike(value, tiny.direct(cage.path(tiny))), value


def test_several_are_answered_as_each_alone(cage: Cage, tiny: Tiny) -> None:
    task, asked = read(tiny)
    again = Request([asked.inputs[0]] * 2, asked.params, many=True)
    alone = run(task, cage.pipe(tiny), Request(asked.inputs[:1], asked.params))
    assert alike(run(task, cage.pipe(tiny), again), alone * 2)
