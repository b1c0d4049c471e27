"""Sort the rows of a table into classes."""

from typing import Annotated, Any

from pydantic import Field

from pipelines.forms import table_at_root
from pipelines.kinds.inputs import Table
from pipelines.kinds.outputs import Column
from pipelines.kinds.shapes import Class
from pipelines.loaders import sklearn
from pipelines.loaders.sklearn import Estimator
from pipelines.task import Inputs, Params, Task


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


class ClassOptions(Params):
    probabilities: bool = Field(False, description="Send the probability of every class too")


def run(pipe: Estimator, inputs: list[Rows], params: ClassOptions) -> list[Column]:
    return [classes(pipe, each.data, params) for each in inputs]


def classes(pipe: Estimator, data: Any, params: ClassOptions) -> Column:
    labels = pipe.predict(data)
    if not params.probabilities:
        return labels
    pairs = zip(labels, pipe.probabilities(data), strict=True)
    return [Class(label=label, probabilities=row) for label, row in pairs]


TASK = Task(
    tag="tabular-classification",
    summary="Sort the rows of a table into classes",
    inputs=Rows,
    params=ClassOptions,
    output=Column,
    load={"sklearn": sklearn.load},
    tidy=table_at_root,
    run=run,
    default_model="scikit-learn/tabular-playground",
)
