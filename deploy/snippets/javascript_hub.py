"""@huggingface/inference, by its method for the task, else by its plain request."""

from typing import Any

from deploy.snippets import javascript, openai, streams
from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.fetch import SAVE, SAVE_ALL, STEPS
from deploy.snippets.javascript_openai import PIECES, WRITING
from deploy.snippets.messages import messages
from deploy.snippets.notation import Code
from pipelines.finding import CHAT, WRITE

IMPORT = 'import { InferenceClient } from "@huggingface/inference";'
# Methods that send a file alone, as it is, whatever is said beside it
FILES = frozenset(
    {"audioClassification", "audioToAudio", "automaticSpeechRecognition", "imageClassification",
     "imageToText", "objectDetection"}
)  # fmt: skip
# Those that send JSON. Not tabularClassification: it refuses classes that are no numbers.
METHODS = frozenset(
    {"documentQuestionAnswering", "featureExtraction", "fillMask", "imageSegmentation",
     "imageToImage", "questionAnswering", "sentenceSimilarity", "summarization",
     "tableQuestionAnswering", "tabularRegression", "textClassification", "textToAudio",
     "textToImage", "textToSpeech", "tokenClassification", "translation",
     "visualQuestionAnswering", "zeroShotClassification", "zeroShotImageClassification"}
)  # fmt: skip
BUFFER = "Buffer.from(await answer.arrayBuffer())"
LOOP = "for await (const piece of {}) {{\n  {}\n}}"


def snippet(ask: Ask) -> Snippet:
    token = [Code(javascript.VARIABLE)] if ask.token else []
    talks = CHAT.fits(ask.task) or WRITE.fits(ask.task)
    url = ask.base if talks else ask.url
    client = javascript.call("const client = new InferenceClient", *token)
    code = f"{javascript.call(f'{client}.endpoint', url)};\n{asked(ask)}"
    return javascript.snippet(ask, [IMPORT], code)


def asked(ask: Ask) -> str:
    if CHAT.fits(ask.task):
        said = messages(ask, javascript.encoded, javascript.data_url)
        return spoken(ask, "chatCompletion", {"messages": said, **ask.parameters})
    if WRITE.fits(ask.task):
        return spoken(ask, "textGeneration", written(ask))
    if ask.stream:
        return streamed(ask)
    name = method(ask)
    if name in FILES and ask.lone:
        return whole(ask, name, {"data": javascript.blob(ask.lone)})
    if name in METHODS:
        return whole(ask, name, ask.body(javascript.blob))
    return whole(ask, "request", ask.body(javascript.encoded))


def method(ask: Ask) -> str:
    """The client's name for the task: text-to-image is textToImage. Its methods make one file, and
    know no second one beside a picture."""
    first, *others = ask.task.tag.split("-")
    single = not ask.several and len(ask.files) < 2
    return first + "".join(map(str.capitalize, others)) if single else "request"


def written(ask: Ask) -> dict[str, Any]:
    """The client sends it to OpenAI's route, and calls one parameter otherwise."""
    route = openai.write(ask, WRITING)
    given = {**route.given, **route.more}
    inputs, most = given.pop("prompt"), given.pop("max_tokens")
    return {"inputs": inputs, "parameters": {"max_new_tokens": most, **given}}


def spoken(ask: Ask, name: str, given: dict[str, Any]) -> str:
    chats = "messages" in given
    if ask.stream:
        call = javascript.call(f"client.{name}Stream", given)
        return LOOP.format(call, PIECES["message" if chats else "text"])
    call = javascript.call(f"const answer = await client.{name}", given)
    words = "answer.choices[0].message.content" if chats else "answer.generated_text"
    return f"{call};\nconsole.log({words});"


def whole(ask: Ask, name: str, given: dict[str, Any]) -> str:
    call = javascript.call(f"const answer = await client.{name}", given)
    if ask.several:
        after = SAVE_ALL.format("answer", ask.answer.rpartition(".")[2])
    elif ask.makes_files:
        after = SAVE.format(ask.answer, BUFFER)
    else:
        after = "console.log(answer);"
    return f"{call};\n{after}"


def streamed(ask: Ask) -> str:
    call = javascript.call("client.streamingRequest", ask.body(javascript.encoded))
    if words := streams.words(ask, javascript=True):
        return LOOP.format(call, f"process.stdout.write({words});")
    last = "let last;\n" + LOOP.format(call, f"last = piece;\n  {STEPS}") + "\n"
    if ask.several:
        return last + SAVE_ALL.format("last.result", ask.answer.rpartition(".")[2])
    return last + SAVE.format(ask.answer, 'Buffer.from(last.result.blob, "base64")')
