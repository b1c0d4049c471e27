"""fetch, as browsers and Node have it."""

from deploy.snippets import javascript, streams
from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.notation import JAVASCRIPT, Code

CHECK = "if (!response.ok) throw new Error(await response.text());"
BUFFER = "Buffer.from(await response.arrayBuffer())"
SAVE = 'writeFileSync("{}", {});'
SAVE_ALL = """{}.forEach((each, at) =>
  writeFileSync(`answer-${{at + 1}}.{}`, Buffer.from(each.blob, "base64")));"""
EACH = """let rest = "", piece;
for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\\n");
  rest = lines.pop();
  for (const line of lines.filter((each) => each.startsWith("data: "))) {
    piece = JSON.parse(line.slice(6));
    %s
  }
}
"""
PRINT = "process.stdout.write({});"
STEPS = "console.log(`Step ${piece.step} of ${piece.steps}`);"


def snippet(ask: Ask) -> Snippet:
    asked = javascript.call("const response = await fetch", ask.url, options(ask))
    after = streamed(ask) if ask.stream else whole(ask)
    return javascript.snippet(ask, [], f"{asked};\n{CHECK}\n{after}")


def options(ask: Ask) -> dict[str, object]:
    headers: dict[str, object] = {"Content-Type": ask.lone.mime if ask.lone else "application/json"}
    if ask.token:
        headers["Authorization"] = Code(f"`Bearer ${{{javascript.VARIABLE}}}`")
    return {"method": "POST", "headers": headers, "body": body(ask)}


def body(ask: Ask) -> Code:
    if ask.lone:
        return Code(f'readFileSync("{ask.lone.name}")')
    return Code(f"JSON.stringify({JAVASCRIPT.write(ask.body(javascript.encoded), 1)})")


def whole(ask: Ask) -> str:
    if not ask.makes_files:
        return "console.log(await response.json());"
    if ask.several:
        return SAVE_ALL.format("(await response.json())", ask.answer.rpartition(".")[2])
    return SAVE.format(ask.answer, BUFFER)


def streamed(ask: Ask) -> str:
    if words := streams.words(ask, javascript=True):
        return EACH % PRINT.format(words)
    if ask.several:
        return EACH % STEPS + SAVE_ALL.format("piece.result", ask.answer.rpartition(".")[2])
    return EACH % STEPS + SAVE.format(ask.answer, 'Buffer.from(piece.result.blob, "base64")')
