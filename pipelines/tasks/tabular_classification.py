"""Sort the rows of a table into classes."""

from typing import Annotated

from pydantic import Field

from pipelines.forms import NoOptions, table_at_root
from pipelines.kinds import Column, Table
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
                    "sepal length (cm)": [5.1, 6.7, 5.9],
                    "sepal width (cm)": [3.5, 3.1, 3.0],
                    "petal length (cm)": [1.4, 4.4, 5.1],
                    "petal width (cm)": [0.2, 1.4, 1.8],
                }
            ],
        ),
    ]


def run(pipe: Estimator, inputs: list[Rows], params: NoOptions) -> list[Column]:
    return [pipe.predict(each.data) for each in inputs]


TASK = Task(
    tag="tabular-classification",
    summary="Sort the rows of a table into classes",
    inputs=Rows,
    params=NoOptions,
    output=Column,
    load={"sklearn": sklearn.load},
    tidy=table_at_root,
    run=run,
    default_model="scikit-learn/tabular-playground",
)
