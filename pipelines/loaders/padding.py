"""Which texts go through a model together: padding takes as long as text does."""

from collections.abc import Callable, Iterator, Sequence

BLOCK = 8  # texts that are never parted: fewer keep no processor busy
# What a run costs beside its tokens, in tokens: on a CPU, with all-MiniLM-L6-v2, about 60 by torch
# and 30 by OpenVINO (with what short runs lose); of graphics cards, which read thousands meanwhile,
# it is a guess.
ON_A_CPU, ELSEWHERE = 48, 4096
# A run by all threads, which wait for each other, loses a tenth to lanes, and a third where others
# compute too; that lanes begin and end costs as much as so many tokens. Measured as above.
ALONE, BEGIN = 1.2, 24
MANY = 4  # runs for each lane: so many keep the lanes busy however they are parted
Fits = Callable[[int, int], bool]  # whether so many texts of so many tokens may go together


def runs(sizes: Sequence[int], fits: Fits, device: str, lanes: int = 1) -> list[list[int]]:
    """Numbers of the texts of each run, the longest first. So many `lanes` do a run each at a time,
    in turn; a single run has all of the processor.

    `sizes` are in tokens; a text that fits nowhere goes alone.
    """
    apart = ON_A_CPU if device == "cpu" else ELSEWHERE
    order = sorted(range(len(sizes)), key=lambda at: -sizes[at])
    found = cheapest(order, sizes, fits, apart)
    if lanes == 1 or len(found) >= MANY * lanes:
        return found

    def cost(way: Sequence[Sequence[int]]) -> float:
        costs = [len(run) * sizes[run[0]] for run in way]
        if len(costs) < 2:
            return sum(costs) * ALONE / lanes + apart
        busy = [BEGIN] * lanes
        for each in costs:
            busy[busy.index(min(busy))] += each + apart
        return max(busy)

    others = [even(order, sizes, fits, lanes * times) for times in range(1, MANY)]
    return min(found, *others, key=cost)


def cheapest(order: Sequence[int], sizes: Sequence[int], fits: Fits, apart: int) -> list[list[int]]:
    """Of all ways to part the texts, ordered by length, into blocks that go together, the one that
    costs least in all."""
    blocks = list(parted(order, sizes, fits, apart))
    least, begins = [0], [0]
    for end in range(1, len(blocks) + 1):
        count, found = 0, []
        for begin in range(end - 1, -1, -1):
            count += len(blocks[begin])
            longest = sizes[blocks[begin][0]]
            if begin < end - 1 and not fits(count, longest):
                break
            found.append((least[begin] + count * longest + apart, begin))
        cost, begin = min(found)
        least.append(cost)
        begins.append(begin)
    cuts = [len(blocks)]
    while cuts[-1]:
        cuts.append(begins[cuts[-1]])
    return [
        [at for block in blocks[begin:end] for at in block]
        for end, begin in zip(cuts[-2::-1], cuts[:0:-1], strict=True)
    ]


def even(order: Sequence[int], sizes: Sequence[int], fits: Fits, count: int) -> list[list[int]]:
    """So many runs, if they fit, of which the dearest costs as little as can be."""
    least, most = 1, len(order) * max((sizes[at] for at in order), default=0)
    while least < most:
        bound = (least + most) // 2
        if len(bounded(order, sizes, fits, bound)) <= count:
            most = bound
        else:
            least = bound + 1
    return bounded(order, sizes, fits, most)


def bounded(order: Sequence[int], sizes: Sequence[int], fits: Fits, bound: int) -> list[list[int]]:
    """Runs of as many texts as cost no more than `bound`, padded; one text may cost more."""
    found, at = [], 0
    while at < len(order):
        longest = sizes[order[at]]
        many = max(1, min(bound // max(longest, 1), len(order) - at))
        while many > 1 and not fits(many, longest):
            many -= 1
        found.append(list(order[at : at + many]))
        at += many
    return found


def parted(
    order: Sequence[int], sizes: Sequence[int], fits: Fits, apart: int
) -> Iterator[list[int]]:
    """Blocks of `order`, each as long as may be up to BLOCK; a text whose padding alone would cost
    as much as a run begins another."""
    block: list[int] = []
    for at in order:
        longest = sizes[block[0]] if block else sizes[at]
        whole = len(block) == BLOCK or not fits(len(block) + 1, longest)
        if block and (whole or longest - sizes[at] > apart):
            yield block
            block = []
        block.append(at)
    if block:
        yield block
