"""The wire shapes of results, as the Hub documents them."""

from typing import Any, NotRequired

from typing_extensions import TypedDict  # pydantic reads typing's from Python 3.12 on

Cell = str | int | float | bool | None  # of a table


class Label(TypedDict):
    label: str
    score: float


class Rank(TypedDict):
    index: int
    score: float
    text: NotRequired[str]


class Class(TypedDict):
    """The class of a row, and how probable each class is."""

    label: Cell
    probabilities: dict[str, float]


class Span(TypedDict):
    """A part of a text; `start` and `end` count its characters (code points)."""

    entity_group: NotRequired[str]  # or `entity`, where tokens are not put together
    entity: NotRequired[str]
    index: NotRequired[int]
    score: float
    word: str
    start: int | None
    end: int | None


class Found(TypedDict):
    """An answer in a context; `start` and `end` count its characters (code points)."""

    answer: str
    score: float
    start: int
    end: int


class CellAnswer(TypedDict):
    """An answer from a table; `coordinates` are pairs of row and column."""

    answer: str
    coordinates: list[tuple[int, int]]
    cells: list[str]
    aggregator: NotRequired[str]


class Fill(TypedDict):
    """A word for a mask: the whole text with it, its id, and itself."""

    sequence: str
    score: float
    token: int
    token_str: str


class Decision(TypedDict):
    """The answer to one question: `noul` is the probability of yes; `choice` the likeliest option;
    `score` the mean level, which `legend` explains."""

    type: str
    noul: NotRequired[float]
    choice: NotRequired[str]
    score: NotRequired[float]
    legend: NotRequired[dict[str, Any]]
    confidence: NotRequired[float]
    probabilities: NotRequired[dict[str, float]]


class Generation(TypedDict):
    generated_text: str
    details: NotRequired[dict[str, Any]]


class Translation(TypedDict):
    translation_text: str


class Summary(TypedDict):
    summary_text: str


class Chunk(TypedDict):
    text: str
    timestamp: tuple[float | None, float | None]


class Transcript(TypedDict):
    text: str
    chunks: NotRequired[list[Chunk]]


class Completion(TypedDict):
    """OpenAI's `chat.completion` without id, model and date, which the HTTP face adds."""

    choices: list[dict[str, Any]]
    usage: dict[str, int]


class Media(TypedDict):
    """A file: its bytes and its MIME type."""

    content: bytes
    mime: str


def is_media(value: Any) -> bool:
    """Whether a result is a file."""
    return isinstance(value, dict) and isinstance(value.get("content"), bytes)


Track = TypedDict("Track", {"label": str, "content-type": str, "blob": str})  # base64


class Segment(TypedDict):
    """A part of a recording, in seconds."""

    label: str
    start: float
    end: float


class Segments(TypedDict):
    """Parts of a recording of `duration` seconds; `waveform` is its loudness from 0 to 1 in equally
    long pieces, to be drawn."""

    segments: list[Segment]
    duration: float
    waveform: list[float]


class Prediction(TypedDict):
    """The next values of each column."""

    forecast: dict[str, list[float]]


class Box(TypedDict):
    """Pixels of a picture; `xmax` and `ymax` are the last ones inside."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class Detection(TypedDict):
    label: str
    score: float
    box: Box


class Mask(TypedDict):
    """A part of a picture: `mask` is a PNG in base64, as large as the picture, white inside. A
    model that finds the class of each pixel gives no score."""

    label: str
    mask: str
    score: NotRequired[float]


class Depths(TypedDict):
    """How far away each point is: `depth` is a PNG of 16 bits in base64, as large as the picture,
    from the least value (black) to the greatest (white); `predicted_depth` are the model's own
    numbers, row by row, whose meaning (metres, or nearness without a unit) is the model's."""

    predicted_depth: list[list[float]]
    depth: str


class Point(TypedDict):
    x: float
    y: float


class Keypoint(TypedDict):
    """A point of a picture, in pixels; `label` says what it is, where the model knows."""

    x: float
    y: float
    score: float
    label: NotRequired[str]


class Figure(TypedDict):
    """Keypoints that belong together: of one person, or of the whole picture. `edges` are pairs of
    indices to be joined by lines."""

    keypoints: list[Keypoint]
    score: NotRequired[float]
    box: NotRequired[Box]
    edges: NotRequired[list[tuple[int, int]]]


class Match(TypedDict):
    """The same point in two pictures, in pixels of each."""

    keypoint_image_0: Point
    keypoint_image_1: Point
    score: float


class Guess(TypedDict):
    answer: str
    score: NotRequired[float]


class Place(TypedDict):
    """An answer on a page: `start` and `end` count its words, `boxes` are where they stand. A model
    that writes its answer knows no place."""

    answer: str
    score: NotRequired[float | None]
    start: NotRequired[int | None]
    end: NotRequired[int | None]
    boxes: NotRequired[list[Box]]
