"""What the routes answer that are not one task's: the bodies of 200 in the OpenAPI document.

Source: the OpenAI API reference, the Hub's API as huggingface_hub reads it, and Cohere's rerank.
"""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict  # pydantic reads typing's from Python 3.12 on

from pipelines.engine.call import State

# The server ------------------------------------------------------------------------------------


class Health(TypedDict):
    status: Literal["ok"]
    ready: bool
    tier: str


class Ready(TypedDict):
    ready: bool


class Memory(TypedDict):
    """Bytes."""

    total: int
    taken: int
    free: int


class Standing(TypedDict):
    """Where a model stands: times in seconds, sizes in bytes."""

    state: State
    reason: str
    seconds: float
    done: int
    total: int
    eta: float | None
    memory: int
    waiting: int
    took: float | None
    crashes: int
    pinned: bool
    error: str | None


class Held(Standing):
    model: str
    revision: str | None


class Machine(TypedDict):
    tier: str
    device: str
    reason: str
    ready: bool
    memory: Memory
    models: list[Held]


class ModelStatus(TypedDict):
    """The classic API's `GET /status/{id}`; `status` and `fit` have more."""

    loaded: bool
    state: Literal["Loadable", "Loaded", "TooBig", "error"]
    compute_type: Literal["cpu", "gpu"]
    framework: str | None
    status: Standing
    fit: NotRequired[dict[str, Any]]


class ModelHealth(TypedDict):
    status: State


class ModelInfo(TypedDict):
    """In text-generation-inference's words."""

    model_id: str
    model_sha: str | None
    model_dtype: str
    model_device_type: str
    model_pipeline_tag: str | None
    max_concurrent_requests: int


class Moved(TypedDict):
    model: str
    state: State
    pinned: NotRequired[bool]


# The Hub ---------------------------------------------------------------------------------------


class HubModel(TypedDict):
    """A model as the Hub tells of it; with `expand`, the fields asked for."""

    _id: str
    id: str
    modelId: NotRequired[str]
    author: NotRequired[str]
    sha: NotRequired[str]
    createdAt: NotRequired[str]
    lastModified: NotRequired[str]
    private: NotRequired[bool]
    gated: NotRequired[bool]
    disabled: NotRequired[bool]
    downloads: NotRequired[int]
    likes: NotRequired[int]
    library_name: NotRequired[str | None]
    pipeline_tag: NotRequired[str | None]
    tags: NotRequired[list[str]]
    cardData: NotRequired[dict[str, Any]]
    config: NotRequired[dict[str, Any]]
    widgetData: NotRequired[list[dict[str, Any]]]
    siblings: NotRequired[list[dict[str, Any]]]
    spaces: NotRequired[list[str]]
    inference: NotRequired[str | None]
    inferenceProviderMapping: NotRequired[dict[str, Any]]


class WhoAmI(TypedDict):
    """`auth.accessToken` has the token's name, its role and when it was made."""

    type: Literal["user"]
    id: str
    name: str
    fullname: str
    orgs: list[str]
    auth: dict[str, Any]


class HubTask(TypedDict):
    id: str
    label: str
    libraries: list[str]
    widgetModels: list[str]
    models: list[dict[str, str]]


# OpenAI ----------------------------------------------------------------------------------------


class OpenAIModel(TypedDict):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class OpenAIModels(TypedDict):
    object: Literal["list"]
    data: list[OpenAIModel]


class Read(TypedDict):
    prompt_tokens: int
    total_tokens: int


class Usage(Read):
    completion_tokens: int


class Called(TypedDict):
    name: str
    arguments: str


class ToolCall(TypedDict):
    id: str
    type: Literal["function"]
    function: Called


class Said(TypedDict):
    role: Literal["assistant"]
    content: str | None
    tool_calls: NotRequired[list[ToolCall]]


class ChatChoice(TypedDict):
    index: int
    message: Said
    finish_reason: str | None
    logprobs: NotRequired[dict[str, Any] | None]


class ChatCompletion(TypedDict):
    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChatChoice]
    usage: Usage


class TextChoice(TypedDict):
    index: int
    text: str
    finish_reason: str | None
    logprobs: dict[str, Any] | None


class TextCompletion(TypedDict):
    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[TextChoice]
    usage: Usage


class Embedding(TypedDict):
    """Numbers, or little-endian float32 in base64."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class Embeddings(TypedDict):
    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: Read


class Moderated(TypedDict):
    flagged: bool
    categories: dict[str, bool]
    category_scores: dict[str, float]
    category_applied_input_types: dict[str, list[str]]


class Moderation(TypedDict):
    id: str
    model: str
    results: list[Moderated]


class Ranked(TypedDict):
    index: int
    relevance_score: float
    document: NotRequired[dict[str, str]]


class Reranked(TypedDict):
    id: str
    model: str
    results: list[Ranked]
    usage: Read


class Drawn(TypedDict):
    b64_json: str


class Drawings(TypedDict):
    created: int
    data: list[Drawn]
    output_format: Literal["png", "jpeg", "webp"]


class Word(TypedDict):
    word: str
    start: float
    end: float


class Phrase(TypedDict):
    id: int
    start: float
    end: float
    text: str


class Transcription(TypedDict):
    """`text` alone, unless the `response_format` is verbose_json."""

    text: str
    task: NotRequired[Literal["transcribe"]]
    language: NotRequired[str]
    duration: NotRequired[float]
    segments: NotRequired[list[Phrase]]
    words: NotRequired[list[Word]]
