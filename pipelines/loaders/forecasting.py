"""Models of time series: the values so far to the values that come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.loaders.seeds import drawn
from pipelines.loaders.transformers import check, options, weights
from pipelines.model import Model
from pipelines.notices import tell

LARGEST = 1e30  # of a value; models square it, in 32 bits
# Model types whose class is no AutoModel's
CLASSES = {"patchtst": "PatchTSTForPrediction", "patchtsmixer": "PatchTSMixerForPrediction"}
# Model types that look at one series at a time, of any length
ALONE = ("timesfm", "timesfm2_5")
# The rest (Time Series Transformer, Informer, Autoformer) want calendar features, which are part of
# how each was trained and stand in none of its files.
TYPES = (*ALONE, *CLASSES)


@dataclass(frozen=True)
class Forecaster:
    """A model that sees `context` values and tells `horizon`; `together` columns at once."""

    model: Any
    context: int
    horizon: int
    together: int | None

    def forecast(self, table: Mapping[str, Sequence[Any]], steps: int | None) -> Any:
        """The next values of each column, at most `horizon`.

        Raises InvalidInput for gaps and words, and for more or fewer values than the model takes.
        """
        import torch

        steps = self.horizon if steps is None else steps
        if steps > self.horizon:
            raise InvalidInput(
                f"parameters.prediction_length: this model tells {self.horizon:,} values at most."
            )
        series = [numbers(name, column) for name, column in table.items()]
        self.check(series)
        past = torch.tensor(series, dtype=self.model.dtype, device=self.model.device)
        with torch.inference_mode():
            ahead = self.ahead(past[:, -self.context :]).float()
        if not ahead.isfinite().all():
            raise InvalidInput("data: these values are too large for this model. Scale them down.")
        return {name: row[:steps].tolist() for name, row in zip(table, ahead, strict=True)}

    def check(self, series: Sequence[Sequence[float]]) -> None:
        rows = len(series[0])
        if self.together and rows < self.context:
            raise InvalidInput(
                f"data: this model goes on from {self.context:,} rows, and these are {rows:,}."
            )
        if self.together and self.together > 1 and len(series) != self.together:
            raise InvalidInput(
                f"data: this model takes {self.together} columns, and these are {len(series)}."
            )
        if rows > self.context:
            tell(f"data is longer than the {self.context:,} rows that this model sees; the last "
                 "ones were taken.")  # fmt: skip

    def ahead(self, series: Any) -> Any:
        """(columns, rows) to (columns, horizon)."""
        if self.together is None:
            return self.model(past_values=list(series)).mean_predictions
        batch = series.T[None] if self.together > 1 else series[:, :, None]
        if getattr(self.model.config, "loss", "mse") != "nll":
            told = self.model(past_values=batch).prediction_outputs
        else:  # a distribution: its mean over samples that are the same every time
            with drawn(0):
                told = self.model.generate(past_values=batch).sequences.mean(1)
        return told[0].T if self.together > 1 else told[:, :, 0]


def numbers(name: str, column: Sequence[Any]) -> list[float]:
    from math import isfinite

    try:
        values = [float(cell) for cell in column]
    except (TypeError, ValueError, OverflowError):
        values = [float("nan")]
    if not all(map(isfinite, values)):
        raise InvalidInput(f"data: column {name} holds a gap or a word. Send numbers alone.")
    if max(map(abs, values)) > LARGEST:
        raise InvalidInput(f"data: column {name} holds a value beyond {LARGEST:g}. Scale it down.")
    return values


def forecasts(model: Model) -> bool:
    return model.config.get("model_type") in TYPES and model.is_a("ForPrediction")


def load(model: Model, hardware: Hardware) -> Forecaster:
    """A model with its own ideas of how far it looks back and ahead."""
    import transformers

    check(model)
    name = CLASSES.get(str(model.config.get("model_type")), "AutoModelForTimeSeriesPrediction")
    loaded = getattr(transformers, name).from_pretrained(
        model.path, **options(model), **weights(model, hardware)
    )
    config = loaded.config
    alone = config.model_type in ALONE
    return Forecaster(
        loaded.to(hardware.device).eval(),
        config.context_length,
        config.horizon_length if alone else config.prediction_length,
        None if alone else config.num_input_channels,
    )
