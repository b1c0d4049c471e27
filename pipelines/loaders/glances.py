"""Several pictures through a model at once, each as if it were alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipelines.loaders.seeing import fit_size, fit_to_see
from pipelines.media import Picture

TOGETHER = 16  # pictures of one run
Given = Mapping[str, Any]  # what the model reads of one picture: tensors of shape (1, ...)
Size = tuple[int, int]


def glances(pipe: Any, pictures: Sequence[Picture], names: Sequence[str]) -> list[dict[str, Any]]:
    """For each picture the outputs of these names, of shape (1, ...), None for those it has not.

    One decoded picture is held at a time. Raises InvalidInput for one that the model cannot see.
    """
    seen = [prepared(pipe, each) for each in pictures]
    found: dict[int, dict[str, Any]] = {}
    for batch in batches([given for _, given in seen]):
        found |= zip(batch, outputs(pipe, [seen[at] for at in batch], names), strict=True)
    return [found[at] for at in range(len(seen))]


def prepared(pipe: Any, picture: Picture) -> tuple[Size, Given]:
    image = picture.decode()
    with fit_to_see(image):
        return image.size, dict(pipe.preprocess(image))


def batches(given: Sequence[Given]) -> Iterator[list[int]]:
    """Numbers of those that fit into one tensor: processors do not bring all to the same size."""
    alike: dict[Any, list[int]] = {}
    for at, each in enumerate(given):
        alike.setdefault(form(each, at), []).append(at)
    for some in alike.values():
        for start in range(0, len(some), TOGETHER):
            yield some[start : start + TOGETHER]


def form(given: Given, at: int) -> Any:
    """The same for what fits together; its own number for what is not made of tensors alone."""
    import torch

    if not all(isinstance(value, torch.Tensor) for value in given.values()):
        return at
    return tuple((name, *value.shape) for name, value in sorted(given.items()))


def outputs(
    pipe: Any, seen: Sequence[tuple[Size, Given]], names: Sequence[str]
) -> list[dict[str, Any]]:
    """Where a run of several fails, each goes by itself: then it is known whose fault it is."""
    import torch

    sizes, given = zip(*seen, strict=True)
    if len(seen) == 1:
        with torch.inference_mode(), fit_size(sizes[0]):
            return parts(pipe.forward(dict(given[0])), names, 1)
    joined = {name: torch.cat([each[name] for each in given]) for name in given[0]}
    try:
        with torch.inference_mode():
            return parts(pipe.forward(joined), names, len(seen))
    except (RuntimeError, ValueError, IndexError):
        return [found for each in seen for found in outputs(pipe, [each], names)]


def parts(output: Mapping[str, Any], names: Sequence[str], count: int) -> list[dict[str, Any]]:
    """What belongs to each picture. Raises ValueError where that cannot be told."""
    whole = {name: output.get(name) for name in names}
    if any(value is not None and len(value) != count for value in whole.values()):
        raise ValueError("the model's output has not one row for each picture")
    return [
        {name: None if value is None else value[at : at + 1] for name, value in whole.items()}
        for at in range(count)
    ]
