"""Data sets of a Hub on loopback, fetched by the real huggingface_hub."""

import io
from collections.abc import Iterator

import pyarrow
import pytest
from pyarrow import parquet

from pipelines.errors import InvalidInput, Unavailable, UnknownModel
from runs import hub
from runs.kept import Shelf
from tests.pipelines.models.fake_hub import Hub

NAME = "org/reviews"


def table(*texts: str) -> bytes:
    page = io.BytesIO()
    parquet.write_table(pyarrow.table({"text": list(texts)}), page)
    return page.getvalue()


@pytest.fixture
def there() -> Iterator[Hub]:
    made = Hub()
    files = {
        "README.md": b"",
        "plain/train/0000.parquet": table("train"),
        "plain/test/0000.parquet": table("a", "b"),
        "plain/test/0001.parquet": table("c"),
        "odd/test/0000.parquet": table("odd"),
    }
    commit = made.add(f"datasets/{NAME}", files)
    made.repos[f"datasets/{NAME}"].refs[hub.REVISION] = commit
    yield made
    made.close()


@pytest.mark.parametrize(
    ("wanted", "texts"),
    [
        (f"{NAME} plain", ["a", "b", "c"]),
        (f"{NAME} plain train", ["train"]),
        (f"{NAME} odd test", ["odd"]),
    ],
)
def test_a_part(there: Hub, shelf: Shelf, wanted: str, texts: list[str]) -> None:
    kept = hub.fetch(there.url, wanted, "me", shelf)
    assert [row.cells["text"] for row in kept.source.rows()] == texts
    assert kept.about.total == len(texts)
    again = shelf.copy(kept, "me")
    assert [row.cells["text"] for row in again.source.rows()] == texts


def test_what_is_not_there(there: Hub, shelf: Shelf) -> None:
    with pytest.raises(UnknownModel, match="shows no data set"):
        hub.fetch(there.url, "org/none", "me", shelf)
    with pytest.raises(InvalidInput, match="plain train"):
        hub.fetch(there.url, f"{NAME} plain nowhere", "me", shelf)
    with pytest.raises(InvalidInput, match="org/name"):
        hub.fetch(there.url, "../../etc", "me", shelf)
    assert not list(shelf.root.glob("*"))


def test_a_hub_that_is_away(there: Hub, shelf: Shelf) -> None:
    url = there.url
    there.close()
    with pytest.raises(Unavailable, match="Drop a file instead"):
        hub.fetch(url, NAME, "me", shelf)
