"""How many inputs go best through a model at once, as measured."""

from collections import Counter

from pipelines.engine.call import Call

WORSE = 1.2  # times the seconds of an input in a batch of half the size: then half is better
NEWS = 0.3  # how much the last measurement counts against those before
FIRST = 3  # measurements of which the best counts: some of these make ready what later ones find


class Sizes:
    """Of a model by one way. They are powers of two; one that was tried less than a few times is
    worth a try."""

    def __init__(self) -> None:
        self.seconds: dict[tuple[str, int], float] = {}
        self.tries: Counter[tuple[str, int]] = Counter()
        self.least: dict[str, int] = {}  # by task, what failed as a whole

    def note(self, call: Call, seconds: float) -> None:
        """That so many inputs took so long."""
        if not (weight := call.weight):
            return
        key, each = (call.task.tag, bucket(weight)), seconds / weight
        known = self.seconds.get(key, each)
        self.tries[key] += 1
        first = self.tries[key] <= FIRST
        self.seconds[key] = min(known, each) if first else known + NEWS * (each - known)

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
        half, whole = (tag, size), (tag, size * 2)
        if min(self.tries[half], self.tries[whole]) < FIRST:
            return False
        return self.seconds[whole] > WORSE * self.seconds[half]


def bucket(count: int) -> int:
    """The power of two that is not above it."""
    return 1 << (count.bit_length() - 1)
