"""OpenAI's client of JavaScript."""

from deploy.snippets import javascript, openai
from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.notation import Code
from deploy.snippets.openai import FORMAT, Route, Writing

WRITING = Writing(
    javascript.encoded,
    javascript.data_url,
    lambda file: Code(
        f'await toFile(readFileSync("{file.name}"), "{file.name}", {{ type: "{file.mime}" }})'
    ),
)
WHOLE = {
    "message": "console.log(answer.choices[0].message.content);",
    "text": "console.log(answer.choices[0].text);",
    "vector": "console.log(answer.data[0].embedding);",
    "transcript": "console.log(answer);",
    "file": f'writeFileSync("answer.{FORMAT}", Buffer.from(await answer.arrayBuffer()));',
    "pictures": """answer.data.forEach((picture, at) =>
  writeFileSync(`answer-${at + 1}.png`, Buffer.from(picture.b64_json, "base64")));""",
}
PIECES = {
    "message": 'process.stdout.write(piece.choices[0]?.delta.content ?? "");',
    "text": 'process.stdout.write(piece.choices[0]?.text ?? "");',
    "transcript": 'process.stdout.write(piece.delta ?? "");',
}


def snippet(ask: Ask) -> Snippet:
    route = openai.route(ask, WRITING)
    key = Code(javascript.VARIABLE) if ask.token else "none"
    client = javascript.call(
        "const client = new OpenAI", {"baseURL": f"{ask.server}/v1", "apiKey": key}
    )
    code = f"{client};\n{printed(ask, route)}"
    more = ", { toFile }" if "toFile" in javascript.names(code) else ""
    return javascript.snippet(ask, [f'import OpenAI{more} from "openai";'], code)


def printed(ask: Ask, route: Route) -> str:
    given = {**route.given, **route.more, **({"stream": True} if ask.stream else {})}
    asked = javascript.call(f"await client.{route.method}", given)
    if ask.stream:
        return f"for await (const piece of {asked}) {{\n  {PIECES[route.gives]}\n}}"
    return f"const answer = {asked};\n{WHOLE[route.gives]}"
