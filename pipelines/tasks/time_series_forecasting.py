"""Say how a series of numbers goes on."""

from math import sin
from typing import Annotated

from pydantic import Field

from pipelines.forms import table_at_root
from pipelines.kinds.inputs import Table
from pipelines.kinds.outputs import Forecast
from pipelines.loaders import forecasting
from pipelines.loaders.forecasting import Forecaster, forecasts
from pipelines.task import Inputs, Params, Task


class Series(Inputs):
    data: Annotated[
        Table,
        Field(
            description="One column for each series, the oldest value first",
            examples=[{"visitors": [round(100 + t / 4 + 20 * sin(t / 2), 1) for t in range(96)]}],
        ),
    ]


class ForecastOptions(Params):
    prediction_length: int | None = Field(
        None, ge=1, le=100_000, description="How many values ahead; the model's own most if empty"
    )


def run(pipe: Forecaster, inputs: list[Series], params: ForecastOptions) -> list[Forecast]:
    return [{"forecast": pipe.forecast(each.data, params.prediction_length)} for each in inputs]


TASK = Task(
    tag="time-series-forecasting",
    summary="Say how a series of numbers goes on",
    inputs=Series,
    params=ForecastOptions,
    output=Forecast,
    load={"transformers": forecasting.load},
    fits=forecasts,
    tidy=table_at_root,
    run=run,
    default_model="google/timesfm-2.0-500m-pytorch",
    more_models=("ibm-granite/granite-timeseries-patchtst",),
)
