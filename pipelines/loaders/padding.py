"""Which texts go through a model together: padding takes as long as text does."""

from collections.abc import Callable, Iterator, Sequence

BLOCK = 8  # texts that are never parted: fewer keep no processor busy
# What a run costs beside its tokens, in tokens: on a CPU, with all-MiniLM-L6-v2, about 60 by torch
# and 30 by OpenVINO (with what short runs lose); of graphics cards, which read thousands meanwhile,
# it is a guess.
ON_A_CPU, ELSEWHERE = 48, 4096
Fits = Callable[[int, int], bool]  # whether so many texts of so many tokens may go together


def runs(sizes: Sequence[int], fits: Fits, device: str) -> Iterator[list[int]]:
    """Numbers of the texts of each run, the longest first.

    Of all ways to part them, ordered by length, into blocks that go together, it is the one that
    costs least. `sizes` are in tokens; a text that fits nowhere goes alone.
    """
    apart = ON_A_CPU if device == "cpu" else ELSEWHERE
    order = sorted(range(len(sizes)), key=lambda at: -sizes[at])
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
    for end, begin in zip(cuts[-2::-1], cuts[:0:-1], strict=True):
        yield [at for block in blocks[begin:end] for at in block]


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
