"""Predict a number for each row of a table."""

from typing import Annotated

from pydantic import Field

from pipelines.forms import NoOptions, table_at_root
from pipelines.kinds.inputs import Table
from pipelines.kinds.outputs import Column
from pipelines.loaders import sklearn
from pipelines.loaders.sklearn import Estimator
from pipelines.task import Inputs, Task


class Rows(Inputs):
    data: Annotated[
        Table,
        Field(
            description="Columns by name, one list of values each",
            examples=[
                {
                    "Species": ["Bream", "Perch"],
                    "Length1": [23.2, 19.0],
                    "Height": [11.52, 5.7],
                    "Width": [4.02, 3.3],
                }
            ],
        ),
    ]


def run(pipe: Estimator, inputs: list[Rows], params: NoOptions) -> list[Column]:
    return [pipe.predict(each.data) for each in inputs]


TASK = Task(
    tag="tabular-regression",
    summary="Predict a number for each row of a table",
    inputs=Rows,
    params=NoOptions,
    output=Column,
    load={"sklearn": sklearn.load},
    tidy=table_at_root,
    run=run,
    default_model="scikit-learn/Fish-Weight",
)
