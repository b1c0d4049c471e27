"""The kinds of value that come out of a task: annotated wire shapes, as the Hub documents them."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from pipelines.kinds import distances
from pipelines.kinds.distances import Distance, text_distance
from pipelines.kinds.shapes import (
    Cell,
    CellAnswer,
    Class,
    Completion,
    Decision,
    Depths,
    Detection,
    Figure,
    Fill,
    Found,
    Generation,
    Guess,
    Label,
    Mask,
    Match,
    Media,
    Place,
    Prediction,
    Rank,
    Segments,
    Span,
    Summary,
    Track,
    Transcript,
    Translation,
)


@dataclass(frozen=True)
class OutputKind:
    """How a result is shown and compared.

    `text` finds the words in a result that has some; `delta` finds them in one chunk of a stream,
    and `join` makes the whole result of all chunks; `unit` is what a chunk counts as, if anything.
    `progress` tells how many steps of how many are done with a chunk. `file` makes one file of a
    result, for a caller who accepts a picture. `exact` says that nothing of it is drawn at random:
    the same inputs and parameters always have the same result. `specimen` shows what a result
    looks like where its type does not say it all.
    """

    name: str
    distance: Distance
    text: Callable[[Any], str] = str
    delta: Callable[[Any], str] = str
    join: Callable[[list[Any]], Any] = list
    unit: str = ""
    progress: Callable[[Any], tuple[int, int]] | None = None
    file: Callable[[Any], Media] | None = None
    exact: bool = False
    specimen: Any = None


def output_kind(output: Any) -> OutputKind:
    """The OutputKind that an output type was annotated with."""
    return next(meta for meta in get_args(output) if isinstance(meta, OutputKind))


# How the words of a shape are found, and how its stream is joined --------------------------------


def generated(value: list[Generation]) -> str:
    return value[0]["generated_text"]


def generated_delta(chunk: dict[str, Any]) -> str:
    return str(chunk["token"]["text"])


def generated_join(chunks: list[dict[str, Any]]) -> list[Generation]:
    last = chunks[-1]
    whole: Generation = {"generated_text": last["generated_text"] or ""}
    if last.get("details"):
        whole["details"] = last["details"]
    return [whole]


def translated(value: Translation) -> str:
    return value["translation_text"]


def summarized(value: Summary) -> str:
    return value["summary_text"]


def transcribed(value: Transcript) -> str:
    return value["text"]


def transcribed_delta(chunk: dict[str, Any]) -> str:
    return str(chunk["text"])


def transcribed_join(chunks: list[dict[str, Any]]) -> Transcript:
    """The transcript that the last chunk carries, since more sound may change what was shown."""
    whole: Transcript = chunks[-1]["transcript"]
    return whole


def said(value: Completion) -> str:
    return value["choices"][0]["message"]["content"] or ""


def said_delta(chunk: dict[str, Any]) -> str:
    return "".join(choice["delta"].get("content") or "" for choice in chunk["choices"])


def said_join(chunks: list[dict[str, Any]]) -> Completion:
    """The whole of each answer, by their numbers."""
    parts: dict[int, list[dict[str, Any]]] = {}
    for chunk in chunks:
        for choice in chunk["choices"]:
            parts.setdefault(choice.get("index", 0), []).append(choice)
    usage: dict[str, int] = next(
        (chunk["usage"] for chunk in reversed(chunks) if chunk.get("usage")), {}
    )
    whole = [said_whole(number, part) for number, part in sorted(parts.items())]
    return {"choices": whole or [said_whole(0, [])], "usage": usage}


def said_whole(number: int, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """One answer of the choices of its chunks."""
    deltas = [part["delta"] for part in parts]
    calls = [unnumbered(call) for delta in deltas for call in delta.get("tool_calls") or ()]
    text = "".join(delta.get("content") or "" for delta in deltas)
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if calls:
        message |= {"content": text or None, "tool_calls": calls}
    reason = parts[-1]["finish_reason"] if parts else None
    choice = {"index": number, "message": message, "finish_reason": reason}
    told = [part["logprobs"] for part in parts if part.get("logprobs")]
    if likely := [token for each in told for token in each["content"]]:
        choice["logprobs"] = {"content": likely}
    return choice


def unnumbered(call: dict[str, Any]) -> dict[str, Any]:
    """A call of a tool without the number that it has in a stream."""
    return {key: value for key, value in call.items() if key != "index"}


def no_words(value: Any) -> str:
    return ""


def drawn_progress(chunk: dict[str, Any]) -> tuple[int, int]:
    """Steps done and steps in all. A chunk may have a `preview`, the last one has the `result`."""
    return chunk["step"], chunk["steps"]


def drawn_join(chunks: list[dict[str, Any]]) -> Any:
    return chunks[-1]["result"]


def drawn(
    stream: Callable[[Any, Any, Any], Iterator[dict[str, Any]]],
) -> Callable[[Any, list[Any], Any], list[Any]]:
    """The `run` of a task that makes a result step by step: the end of each input's `stream`."""

    def run(pipe: Any, inputs: list[Any], params: Any) -> list[Any]:
        return [drawn_join(list(stream(pipe, row, params))) for row in inputs]

    return run


def depth_file(value: Depths) -> Media:
    return {"content": base64.b64decode(value["depth"]), "mime": "image/png"}


# The kinds --------------------------------------------------------------------------------------

Labels = Annotated[list[Label], OutputKind("labels", distances.label_distance, exact=True)]
Scores = Annotated[list[float], OutputKind("scores", distances.score_distance, exact=True)]
Ranks = Annotated[list[Rank], OutputKind("ranks", distances.rank_distance, exact=True)]
Vector = Annotated[
    list[float] | list[list[float]] | list[list[list[float]]],
    OutputKind("vector", distances.cosine_distance, exact=True),
]
Column = Annotated[
    list[Cell] | list[Class], OutputKind("table", distances.column_distance, exact=True)
]
Spans = Annotated[list[Span], OutputKind("spans", distances.span_distance, exact=True)]
Answers = Annotated[
    Found | list[Found], OutputKind("answers", distances.answer_distance, exact=True)
]
Cells = Annotated[CellAnswer, OutputKind("cells", distances.same_or_not, exact=True)]
Fills = Annotated[
    list[Fill] | list[list[Fill]], OutputKind("fills", distances.fill_distance, exact=True)
]
Decided = Annotated[dict[str, Decision], OutputKind("decisions", distances.decision_distance)]
Guesses = Annotated[list[Guess], OutputKind("guesses", distances.guess_distance)]
Places = Annotated[list[Place], OutputKind("places", distances.guess_distance)]
Boxes = Annotated[list[Detection], OutputKind("boxes", distances.box_distance, exact=True)]
Masks = Annotated[list[Mask], OutputKind("masks", distances.mask_distance, exact=True)]
Depth = Annotated[
    Depths, OutputKind("depth", distances.depth_distance, file=depth_file, exact=True)
]
Keypoints = Annotated[
    list[Figure], OutputKind("keypoints", distances.keypoint_distance, exact=True)
]
Matches = Annotated[list[Match], OutputKind("matches", distances.match_distance, exact=True)]
Images = Annotated[
    Media | list[Media],
    OutputKind(
        "images",
        distances.picture_distance,
        no_words,
        no_words,
        drawn_join,
        progress=drawn_progress,
    ),
]
Video = Annotated[
    Media,
    OutputKind(
        "video", distances.same_or_not, no_words, no_words, drawn_join, progress=drawn_progress
    ),
]
Solid = Annotated[
    Media,
    OutputKind(
        "solid", distances.same_or_not, no_words, no_words, drawn_join, progress=drawn_progress
    ),
]
Audio = Annotated[
    Media,
    OutputKind(
        "audio", distances.same_or_not, no_words, no_words, drawn_join, progress=drawn_progress
    ),
]
Tracks = Annotated[list[Track], OutputKind("tracks", distances.same_or_not)]
Speech = Annotated[Segments, OutputKind("segments", distances.segment_distance, exact=True)]
Forecast = Annotated[Prediction, OutputKind("forecast", distances.forecast_distance)]
Translated = Annotated[Translation, OutputKind("text", text_distance(translated), text=translated)]
Summarized = Annotated[Summary, OutputKind("text", text_distance(summarized), text=summarized)]
Transcribed = Annotated[
    Transcript,
    OutputKind(
        "text", text_distance(transcribed), transcribed, transcribed_delta, transcribed_join
    ),
]
Generated = Annotated[
    list[Generation],
    OutputKind(
        "text", text_distance(generated), generated, generated_delta, generated_join, "tokens"
    ),
]
SAID: Completion = {
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "…"}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}
Said = Annotated[
    Completion,
    OutputKind(
        "message", text_distance(said), said, said_delta, said_join, "tokens", specimen=SAID
    ),
]
