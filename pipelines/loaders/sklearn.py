"""scikit-learn: estimators in skops files, which hold data and no code."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

from pipelines.errors import InvalidInput, RefusedModel
from pipelines.hardware import Hardware
from pipelines.loaders import trees
from pipelines.loaders.safety import first_line, refuse_pickle
from pipelines.model import Model

Table = dict[str, list[Any]]
LARGEST = 3.4e38  # what a 32-bit float holds, which trees compute in


@dataclass(frozen=True)
class Estimator:
    """A fitted estimator and the columns it was fitted on, in order; `words` are those of text."""

    model: Any
    columns: tuple[str, ...]
    words: frozenset[str] = frozenset()

    def predict(self, table: Table) -> list[Any]:
        """One value per row. Raises InvalidInput naming the columns that are missing or odd."""
        found = list(self.apply(self.model.predict, table).tolist())
        if not all(isfinite(each) for each in found if isinstance(each, float)):
            raise InvalidInput("data: these values are too large for this model. Scale them down.")
        return found

    def probabilities(self, table: Table) -> list[dict[str, float]]:
        """The probability of each class, row by row. Raises InvalidInput if the model has none."""
        if not hasattr(self.model, "predict_proba"):
            raise InvalidInput(
                "parameters.probabilities: this model names a class and gives no probabilities. "
                "Leave it out."
            )
        rows = self.apply(self.model.predict_proba, table).tolist()
        names = [str(name) for name in self.model.classes_]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def apply(self, method: Callable[[Any], Any], table: Table) -> Any:
        import numpy as np

        frame = self.frame(table)
        try:
            with np.errstate(all="ignore"):  # what is no number is refused, not warned of
                return method(frame)
        except (ValueError, OverflowError) as error:
            raise InvalidInput(
                f"data: this model cannot use {', '.join(odd(frame)) or 'these values'}: "
                f"{first_line(error)} Fill gaps, and send numbers where it wants numbers."
            ) from error

    def frame(self, table: Table) -> Any:
        import pandas as pd

        columns = self.columns or tuple(table)
        if missing := [name for name in columns if name not in table]:
            raise InvalidInput(
                f"The table lacks the columns {', '.join(missing)}; this model wants "
                f"{', '.join(columns)}."
            )
        return pd.DataFrame({name: self.typed(name, table[name]) for name in columns})

    def typed(self, name: str, column: list[Any]) -> list[Any]:
        if name in self.words:
            return [cell if cell is None else str(cell) for cell in column]
        return numbers(column)


def numbers(column: list[Any]) -> list[Any]:
    """The column as numbers if every cell is one: JavaScript clients send them as strings."""
    try:
        return [float(cell) for cell in column]
    except (TypeError, ValueError, OverflowError):
        return column


def odd(frame: Any) -> list[str]:
    """The columns that hold anything but finite numbers."""

    def is_number(cell: Any) -> bool:
        return isinstance(cell, int | float) and abs(cell) < LARGEST and isfinite(cell)

    return [name for name in frame.columns if not all(map(is_number, frame[name].tolist()))]


def load(model: Model, hardware: Hardware) -> Estimator:
    """Reads the repository's skops file. Raises RefusedModel if it names foreign types."""
    import skops.io

    refuse_pickle(model, "*.skops")
    about = model.config.get("sklearn") or {}
    file = model.path / (about.get("model") or {}).get("file", "model.skops")
    if ".." in file.parts or not file.is_relative_to(model.path):
        raise RefusedModel(f"{model.id} names a file outside of its folder in config.json.")
    found = skops.io.get_untrusted_types(file=file)
    if strange := [name for name in found if name not in trees.OWN]:
        raise RefusedModel(
            f"{model.id} uses types that this server does not trust: {', '.join(strange)}. "
            "Choose a model made of other estimators."
        )
    fitted = skops.io.load(file, trusted=found)
    trees.check(fitted)
    known = about.get("columns") or getattr(fitted, "feature_names_in_", [])
    words = example_words(about.get("example_input")) | learned_words(fitted)
    return Estimator(fitted, tuple(map(str, list(known))), words)


def example_words(example: Any) -> frozenset[str]:
    """The columns that hold text in the example of the model's own config.json."""
    if not isinstance(example, dict):
        return frozenset()
    return frozenset(name for name, cells in example.items() if is_text(cells))


def learned_words(fitted: Any) -> frozenset[str]:
    """The columns whose categories, as an encoder learned them, are text."""
    steps = [step for _, step in getattr(fitted, "steps", ())]
    parts = [part for step in (fitted, *steps) for part in getattr(step, "transformers_", ())]
    return frozenset(
        str(name)
        for _, encoder, names in parts
        for name, known in zip(names, getattr(encoder, "categories_", ()), strict=False)
        if is_text(list(known))
    )


def is_text(cells: Any) -> bool:
    given = [cell for cell in cells if cell is not None] if isinstance(cells, list) else []
    return bool(given) and all(isinstance(cell, str) for cell in given)
