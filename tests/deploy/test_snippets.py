"""What stands in a snippet: whatever the text, the names and the address are, they stay values."""

import ast
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.snippets import clients, curl, fetch, first, mcp, python_requests
from deploy.snippets.ask import TOKEN, Ask
from deploy.snippets.clients import CLIENTS
from deploy.snippets.files import free, plain
from deploy.snippets.local.program import split
from deploy.snippets.notation import JAVASCRIPT, PYTHON, Code, in_json
from deploy.snippets.places import place
from pipelines.errors import InvalidInput, TaglineError, UnsupportedTask
from pipelines.model import Model
from pipelines.registry import TASKS
from tests.conftest import SAMPLES

SERVER = "http://127.0.0.1:7860"
SECONDS = 60
HOSTILE = {
    "quotes": 'It\'s "so" \'\'\' """ \\\' \\" `x` said she',
    "shell": "$(touch pwned) `touch pwned` $HOME ${HOME} ; touch pwned & \\$(id) !! ~ * %s",
    "heredoc": "a\nEND\ntouch pwned\nEND\n<<END\n",
    "script": "</script><script>alert(1)</script><!-- ]]>",
    "separators": "one\u2028two\u2029three\x85\x00\x07\x1b[31m\x7f\u202eevil\u2066\ufeff",
    "template": "${process.exit(3)} {{7*7}} {0} %(x)s \\u0041 \\n \\x41",
    "astral": "🦊 東京 \U0001f468\u200d\U0001f469 \U000e0041",
    "marks": '<<cat.jpg>> read("cat.jpg") @cat.jpg base64. os.environ',
    "blank": "  \t\r\n line \\",
}
TEXTS = [*HOSTILE.values(), "long " * 60_000]
NAMES = [*HOSTILE, "long"]
# In place of curl: writes the body that it is told to send, then the address.
FAKE = """curl() {
  address=$1
  for last; do :; done
  case "$last" in @-) cat ;; @*) cat "${last#@}" ;; *) printf %s "$last" ;; esac
  printf '\\n%s' "$address"
}
"""
NODE = """globalThis.fetch = async (url, given) => {
  process.stdout.write(JSON.stringify([url, JSON.parse(given.body)]));
  return { ok: true, json: async () => "" };
};
console.log = () => {};
"""


def ask(tag: str, **more: Any) -> Ask:
    return replace(first.ask(TASKS[tag], None, "org/name", SERVER), **more)


def told(text: str) -> Ask:
    return ask("text-classification", inputs={"text": text}, parameters={"top_k": 2})


def body(text: str) -> dict[str, Any]:
    return {"inputs": text, "parameters": {"top_k": 2}}


def in_shell(code: str, folder: Path, shell: str = "sh") -> tuple[Any, str]:
    """The body as JSON, and the address, that curl is told to send."""
    script = folder.with_suffix(".sh")  # as an argument it could be too long
    script.write_text(FAKE + code, encoding="utf-8")
    done = subprocess.run(
        [shell, str(script)], cwd=folder, capture_output=True, check=True, timeout=SECONDS
    )
    sent, _, address = done.stdout.decode().rpartition("\n")
    return json.loads(sent), address


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_a_text_for_curl(text: str, tmp_path: Path) -> None:
    for shell in filter(shutil.which, ("sh", "bash")):
        assert in_shell(curl.snippet(told(text)).code, tmp_path, shell)[0] == body(text)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_a_text_beside_a_file_for_curl(text: str, tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "cat.jpg", tmp_path)
    asked = ask("visual-question-answering")
    asked = replace(asked, inputs={"question": text, "image": SAMPLES / "cat.jpg"})
    sent, _ = in_shell(curl.snippet(asked).code, tmp_path)
    assert sent["inputs"]["question"] == text
    assert sent["inputs"]["image"].startswith("/9j/")
    assert [file.name for file in tmp_path.iterdir()] == ["cat.jpg"]


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
@pytest.mark.parametrize("client", [n for n in CLIENTS if n not in ("curl", "mcp")])
def test_a_text_is_one_constant(client: str, text: str) -> None:
    """In Python it is the parser that says so; JavaScript's strings are those of JSON, which
    `test_a_text_for_fetch` runs."""
    asked = replace(ask("conversational"), inputs={"messages": [{"role": "user", "content": text}]})
    snippet = clients.write(client, asked)
    if snippet.language == "python":
        constants = [each for each in ast.walk(ast.parse(snippet.code))
                     if isinstance(each, ast.Constant) and each.value == text]  # fmt: skip
        assert len(constants) == 1
    else:
        assert snippet.code.count(in_json(text)) == 1
        assert "</script" not in snippet.code
    assert all(each.isprintable() for each in snippet.code.replace("\n", ""))


def test_a_text_for_fetch(tmp_path: Path) -> None:
    if not shutil.which("node"):
        pytest.skip("Node runs JavaScript")
    for number, text in enumerate(TEXTS):
        script = tmp_path / f"{number}.mjs"
        script.write_text(NODE + fetch.snippet(told(text)).code, encoding="utf-8")
        done = subprocess.run(
            ["node", script.name], cwd=tmp_path, capture_output=True, check=True, timeout=SECONDS
        )
        assert json.loads(done.stdout)[1] == body(text)


ODD = ["it's", 'a"b', "$(touch pwned)", "`id`", "x; touch pwned #", "a\nb", "../../etc", "名字 x"]


@pytest.mark.parametrize("name", ODD)
def test_an_odd_name_of_a_model(name: str, tmp_path: Path) -> None:
    """No name is so odd that it is accepted; still it could break out of nothing."""
    asked = replace(told("x"), id=f"org/{name}")
    _, address = in_shell(curl.snippet(asked).code, tmp_path)
    assert address == asked.url
    assert not list(tmp_path.iterdir())
    for client in CLIENTS:
        try:
            snippet = clients.write(client, asked)
        except UnsupportedTask:
            continue
        if snippet.language == "python":
            ast.parse(snippet.code)
        elif snippet.language == "json":
            json.loads(snippet.code)


@pytest.mark.parametrize("server", ['http://h"x', "http://h/$(touch pwned)", "http://h'; touch x"])
def test_an_odd_address(server: str, tmp_path: Path) -> None:
    asked = replace(told("x"), server=server)
    assert in_shell(curl.snippet(asked).code, tmp_path)[1] == asked.url
    assert json.loads(mcp.snippet(asked).code)["mcpServers"]["tagline"]["url"].startswith(server)
    ast.parse(python_requests.snippet(asked).code)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["$(id).jpg", "a b'c\".jpg", "-rf.png", "../x.png", "@.jpg", "<<"])
def test_the_name_of_a_file_needs_no_quotes(name: str) -> None:
    made = plain(name)
    assert made
    assert not made.startswith(("-", "."))
    assert set(made) <= {*"abcdefghijklmnopqrstuvwxyz-._"}


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    paths = [tmp_path / each / "image.jpg" for each in "ab"]
    asked = replace(ask("keypoint-matching"), inputs={"image": paths[0], "other": paths[1]})
    assert [file.name for file in asked.files] == ["image.jpg", "image-2.jpg"]
    assert free("x", ["x", "x-2"]) == "x-3"
    same = replace(asked, inputs={"image": paths[0], "other": paths[0]})
    assert [file.name for file in same.files] == ["image.jpg"]


@pytest.mark.parametrize("tag", TASKS)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_token_comes_from_the_environment(client: str, tag: str) -> None:
    os.environ[TOKEN] = secret = "tgl_never_shown"
    try:
        code = {token: clients.write(client, ask(tag, token=token)).code for token in (True, False)}
    except TaglineError:
        return
    finally:
        del os.environ[TOKEN]
    assert (TOKEN in code[True]) == CLIENTS[client].far
    assert TOKEN not in code[False]
    assert secret not in code[True]


def test_what_javascript_would_change_is_refused() -> None:
    with pytest.raises(InvalidInput, match="larger than JavaScript"):
        JAVASCRIPT.write({"seed": 2**53 + 1})
    assert JAVASCRIPT.write({"seed": 2**53, "on": True}) == "{ seed: 9007199254740992, on: true }"


def test_how_values_are_written() -> None:
    assert PYTHON.write({"a": ["it's", None, True, 1.5]}) == """{"a": ["it's", None, True, 1.5]}"""
    assert PYTHON.write('say "hi"') == "'say \"hi\"'"
    assert PYTHON.write(Code("read()")) == "read()"
    assert JAVASCRIPT.write({"__proto__": 1, "a-b": 2}) == '{ ["__proto__"]: 1, "a-b": 2 }'
    long = PYTHON.write({"name": ["x" * 40, "y" * 40, "z" * 40]})
    assert ast.literal_eval(long) == {"name": ["x" * 40, "y" * 40, "z" * 40]}
    assert max(map(len, long.splitlines())) < 88


def test_an_unknown_client_and_a_stream_that_is_none() -> None:
    with pytest.raises(InvalidInput, match="There are: curl, hub"):
        clients.write("telnet", told("x"))
    with pytest.raises(InvalidInput, match="piece by piece"):
        clients.write("curl", replace(told("x"), stream=True))
    with pytest.raises(UnsupportedTask):
        clients.write("openai", told("x"))


def test_where_a_model_lies() -> None:
    model = Model("org/name", Path("/srv/models/org/name"), "1", None, None, source="starter")
    assert place(model, "org/name", told=True) == "/srv/models/org/name"
    assert place(model, "org/name", told=False) == "./name"
    assert place(replace(model, source="cache"), "org/name@v1", told=True) == "org/name"


def test_a_program_is_split_after_its_imports() -> None:
    assert split("import a\nfrom b import c\n\nx = 1\n\ny = 2\n") == (
        "import a\nfrom b import c", "x = 1\n\ny = 2",
    )  # fmt: skip
