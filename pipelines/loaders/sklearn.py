"""scikit-learn: estimators in skops files, which hold data and no code."""

from dataclasses import dataclass
from typing import Any

from pipelines.errors import InvalidInput, RefusedModel
from pipelines.hardware import Hardware
from pipelines.loaders.safety import refuse_pickle
from pipelines.model import Model


@dataclass(frozen=True)
class Estimator:
    """A fitted estimator and the columns it was fitted on, in order."""

    model: Any
    columns: tuple[str, ...]

    def predict(self, table: dict[str, list[Any]]) -> list[Any]:
        """One value per row. Raises InvalidInput naming the columns that are missing."""
        return list(self.model.predict(self.frame(table)).tolist())

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
    except (TypeError, ValueError):
        return column


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
