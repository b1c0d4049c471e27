"""How many inputs go best through a model at once, as measured."""

from pipelines.engine.call import Call

WORSE = 1.2  # times the seconds of an input in a batch of half the size: then half is better
NEWS = 0.3  # how much the last measurement counts against those before


class Sizes:
    """Of one stay of a model. They are powers of two; one that was not tried is worth a try."""

    def __init__(self) -> None:
        self.seconds: dict[tuple[str, int], float] = {}
        self.least: dict[str, int] = {}  # by task, what failed as a whole

    def note(self, call: Call, seconds: float) -> None:
        """That so many inputs took so long."""
        if not (weight := call.weight):
            return
        key, each = (call.task.tag, bucket(weight)), seconds / weight
        self.seconds[key] = each + (1 - NEWS) * (self.seconds.get(key, each) - each)

    def failed(self, call: Call) -> None:
        """That they did not go through together, though each did alone: for lack of memory, say."""
        self.least[call.task.tag] = max(1, bucket(call.weight) // 2)

    def most(self, call: Call) -> int:
        """For calls like this one: at most what its record allows."""
        tag = call.task.tag
        top = min(call.task.together, self.least.get(tag, call.task.together))
        size = 1
        while size * 2 <= top and not self.worse(tag, size):
            size *= 2
        return size

    def worse(self, tag: str, size: int) -> bool:
        half, whole = self.seconds.get((tag, size)), self.seconds.get((tag, size * 2))
        return half is not None and whole is not None and whole > WORSE * half


def bucket(count: int) -> int:
    """The power of two that is not above it."""
    return 1 << (count.bit_length() - 1)
