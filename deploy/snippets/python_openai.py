"""OpenAI's client of Python."""

from deploy.snippets import openai, python
from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.files import expression
from deploy.snippets.notation import Code
from deploy.snippets.openai import FORMAT, Route, Writing
from deploy.snippets.python import arguments, call

WRITING = Writing(python.encoded, python.data_url, expression('Path("{}")'))
NO_TOKEN = '"none"'  # the client wants a text
WHOLE = {
    "message": "print(answer.choices[0].message.content)",
    "text": "print(answer.choices[0].text)",
    "vector": "print(answer.data[0].embedding)",
    "transcript": "print(answer)",
    "file": f'answer.write_to_file("answer.{FORMAT}")',
    "pictures": """for number, picture in enumerate(answer.data, 1):
    Path(f"answer-{number}.png").write_bytes(base64.b64decode(picture.b64_json))""",
}
PIECES = {
    "message": 'print(piece.choices[0].delta.content or "", end="", flush=True)',
    "text": 'print(piece.choices[0].text, end="", flush=True)',
    "transcript": 'print(getattr(piece, "delta", ""), end="", flush=True)',
}


def snippet(ask: Ask) -> Snippet:
    route = openai.route(ask, WRITING)
    key = python.VARIABLE if ask.token else NO_TOKEN
    known = {"base_url": f"{ask.server}/v1", "api_key": Code(key)}
    client = call("client = OpenAI", arguments(known))
    return python.snippet(ask, ["from openai import OpenAI"], f"{client}\n{printed(ask, route)}")


def printed(ask: Ask, route: Route) -> str:
    more = {"extra_body": dict(route.more)} if route.more else {}
    given = {**route.given, **more, **({"stream": True} if ask.stream else {})}
    asked = call(f"client.{route.method}", arguments(given))
    if ask.stream:
        return f"for piece in {asked}:\n    {PIECES[route.gives]}\nprint()"
    return f"answer = {asked}\n{WHOLE[route.gives]}"
