"""scikit-learn: estimators in skops files, which hold data and no code."""

from dataclasses import dataclass
from typing import Any

from pipelines.errors import InvalidInput, RefusedModel
from pipelines.hardware import Hardware
from pipelines.loaders.safety import first_line, refuse_pickle
from pipelines.model import Model

LARGEST = 3.4e38  # what a 32-bit float holds, which trees compute in


@dataclass(frozen=True)
class Estimator:
    """A fitted estimator and the columns it was fitted on, in order."""

    model: Any
    columns: tuple[str, ...]

    def predict(self, table: dict[str, list[Any]]) -> list[Any]:
        """One value per row. Raises InvalidInput naming the columns that are missing or odd."""
        frame = self.frame(table)
        try:
            return list(self.model.predict(frame).tolist())
        except (ValueError, OverflowError) as error:
            raise InvalidInput(
                f"data: this model cannot use {', '.join(odd(frame)) or 'these values'}: "
                f"{first_line(error)} Fill gaps, and send numbers where it wants numbers."
            ) from error

    def frame(self, table: dict[str, list[Any]]) -> Any:
        import pandas as pd

        columns = self.columns or tuple(table)
        if missing := [name for name in columns if name not in table]:
            raise InvalidInput(
                f"The table lacks the columns {', '.join(missing)}; this model wants "
                f"{', '.join(columns)}."
            )
        return pd.DataFrame({name: numbers(table[name]) for name in columns})


def numbers(column: list[Any]) -> list[Any]:
    """The column as numbers if every cell is one: JavaScript clients send them as strings."""
    try:
        return [float(cell) for cell in column]
    except (TypeError, ValueError, OverflowError):
        return column


def odd(frame: Any) -> list[str]:
    """The columns that hold anything but finite numbers."""
    from math import isfinite

    def is_number(cell: Any) -> bool:
        return isinstance(cell, int | float) and abs(cell) < LARGEST and isfinite(cell)

    return [name for name in frame.columns if not all(map(is_number, frame[name].tolist()))]


def load(model: Model, hardware: Hardware) -> Estimator:
    """Reads the repository's skops file. Raises RefusedModel if it names foreign types."""
    import skops.io

    refuse_pickle(model, "*.skops")
    about = model.config.get("sklearn") or {}
    file = model.path / (about.get("model") or {}).get("file", "model.skops")
    if strange := skops.io.get_untrusted_types(file=file):
        raise RefusedModel(
            f"{model.id} uses types that this server does not trust: {', '.join(strange)}. "
            "Choose a model of scikit-learn's own types."
        )
    return Estimator(skops.io.load(file), tuple(about.get("columns") or ()))
