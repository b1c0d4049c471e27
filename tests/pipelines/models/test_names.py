from pathlib import Path

import pytest

from pipelines.errors import InvalidInput
from pipelines.models.names import Name, is_id, local_id, parse
from tests.pipelines.models.conftest import Make

HOSTILE = [
    "", " ", ".", "..", "/", "../x", "x/..", "/etc/passwd", "a/../b", "a/b/c", "a\\b", "..\\x",
    ".hidden/x", "a/.hidden", "~/x", "x" * 300, "a/" + "b" * 97, "a b", " a/b", "a/b ", "a/b\n",
    "a/b@../../c", "a/b@", "a/b@/etc", "a/b@x/../y", "a/b@..", "a/b@a@b", "a/b@x\\y",
    "a/b@" + "r" * 101,
    "..%2fx", "%2e%2e/x", "a%2fb", "a\x00b", "a/b\x00", "a/b@\x00", "C:\\x", "c:/x", "file:///etc",
    "https://huggingface.co/a/b", "a--b/c", "a/b--c", "a/-b", "a/b.", "a/b.git", "models--a--b",
    "a//b", "/a/b", "a/b/", "ä/b", "a/b@é", "$HOME/x", "a/b;ls", "a/*", "a/b?x=1", "a/b#c", "a:b/c",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_is_no_id_is_refused_everywhere(text: str, make: Make) -> None:
    models = make()
    with pytest.raises(InvalidInput, match="Write org/name"):
        models.find(text)
    with pytest.raises(InvalidInput, match="Write org/name"):
        await models.resolve(text)
    with pytest.raises(InvalidInput, match="Write org/name"):
        await models.offer(text)


@pytest.mark.parametrize("value", [None, 3, b"a/b", ["a"], {"a": "b"}])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        parse(value)  # type: ignore[arg-type]


def test_a_long_name_is_not_repeated_at_length() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse("x" * 100_000)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gpt2", Name("gpt2")),
        ("org/name", Name("org/name")),
        ("org/name@main", Name("org/name")),
        ("org/name@v1.0", Name("org/name", "v1.0")),
        ("org/name@refs/pr/1", Name("org/name", "refs/pr/1")),
        ("Org-1/na_me.v2", Name("Org-1/na_me.v2")),
        ("local/x", Name("local/x")),
    ],
)
def test_names(text: str, name: Name) -> None:
    assert parse(text) == name
    assert str(name) == text.removesuffix("@main")


@pytest.mark.parametrize(
    ("folder", "id"),
    [
        ("my-model", "local/my-model"),
        ("My Model (v2)", "local/My-Model-v2"),
        ("a--b..c", "local/a-b.c"),
        ("模型", "local/model"),
        (".git", "local/git"),
        ("x" * 200, "local/" + "x" * 96),
    ],
)
def test_a_folder_has_an_id_that_can_be_asked_for(tmp_path: Path, folder: str, id: str) -> None:
    assert local_id(tmp_path / folder) == id
    assert is_id(id)
