"""Plain HTTP with requests."""

from deploy.snippets import python, streams
from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.notation import PYTHON, Code
from deploy.snippets.python import arguments, call

SECONDS = 600  # for a model that has to load first
EACH = """for line in response.iter_lines():
    if line.startswith(b"data: "):
        piece = json.loads(line[6:])
"""
PRINT = '        print({}, end="", flush=True)\nprint()'
STEPS = '        print("Step", piece["step"], "of", piece["steps"])\n'
SAVE = 'Path("{}").write_bytes({})'
DECODED = 'base64.b64decode({}["blob"])'
SAVE_ALL = """for number, each in enumerate(response.json(), 1):
    Path(f"answer-{{number}}.{end}").write_bytes(base64.b64decode(each["blob"]))"""


def snippet(ask: Ask) -> Snippet:
    given = {**headers(ask), **body(ask), "timeout": SECONDS}
    if ask.stream:
        given["stream"] = True
    asked = call("response = requests.post", [PYTHON.write(ask.url), *arguments(given)])
    after = streamed(ask) if ask.stream else whole(ask)
    parts = f"{asked}\nresponse.raise_for_status()\n{after}"
    return python.snippet(ask, ["import requests"], parts)


def headers(ask: Ask) -> dict[str, object]:
    made: dict[str, object] = {}
    if ask.token:
        made["Authorization"] = Code("f\"Bearer {os.environ['API_TOKEN']}\"")
    if ask.lone:
        made["Content-Type"] = ask.lone.mime
    return {"headers": made} if made else {}


def body(ask: Ask) -> dict[str, object]:
    if ask.lone:
        return {"data": Code(f'Path("{ask.lone.name}").read_bytes()')}
    return {"json": ask.body(python.encoded)}


def whole(ask: Ask) -> str:
    if not ask.makes_files:
        return "print(response.json())"
    if ask.several:
        return SAVE_ALL.format(end=ask.answer.rpartition(".")[2])
    return SAVE.format(ask.answer, "response.content")


def streamed(ask: Ask) -> str:
    if words := streams.words(ask):
        return EACH + PRINT.format(words)
    if ask.several:
        each = SAVE_ALL.format(end=ask.answer.rpartition(".")[2])
        return EACH + STEPS + each.replace("response.json()", 'piece["result"]')
    return EACH + STEPS + SAVE.format(ask.answer, DECODED.format('piece["result"]'))
