"""ZeroGPU: a GPU that a Space is lent for the time of one call.

Source: the `spaces` package, which is there on ZeroGPU and looks for decorated functions before
the page is launched.
"""

from typing import Any

from pipelines.task import Task


def lend(work: Any) -> Any:
    """`work(task, pipe, inputs, params)`, run with a GPU for as long as the task may need one."""
    import spaces

    return spaces.GPU(duration=seconds)(work)


def seconds(task: Task, pipe: Any, inputs: Any, params: Any) -> int:
    return task.gpu_seconds
