"""The benchmarks that are run together, and why what is missed is missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Script:
    """A module of benchmarks/; `options` are given beside --quick, `minutes` are its most."""

    name: str
    title: str
    options: Sequence[str] = ()
    minutes: float = 60.0


SCRIPTS = (
    Script("start", "From the start of a process to its first page and answer"),
    Script("overhead", "HTTP around a call"),
    Script("embeddings", "Embeddings over HTTP"),
    Script("encoders", "Encoders offline"),
    Script("speech", "A minute of speech"),
    Script("pictures", "A picture from a text"),
    Script("chat", "Conversations over HTTP"),
    Script("growth", "How an embedding's cost grows"),
    Script("herd", "Many models: memory and turns"),
    Script("engine", "A process for each model"),
    Script("endpoints", "Endpoints"),
    Script("page_speed", "The page in a browser"),
    Script("chaos", "Workers killed, and ten models in the room of one"),
)
# By the claim's name, as far as it begins so. Only what was looked into stands here.
SERVED = (
    "Measured with bfloat16, an answer costs 1.6 ms of a core in the worker and 0.65 ms in the "
    "server's own process, so that two cores could give 870 a second. 1.4 ms of the worker's are "
    "the graph's: two lanes of eight texts of unlike length reach 58 % of the peak, padding "
    "counted as work. The rest up to what is measured are cores that wait, while answers are sent "
    "and while one lane has ended before the other."
)
SMALL = (
    "As with feature-extraction, the graph goes by short runs of texts of like length, and what "
    "comes before and after it is no faster in bfloat16; and here the pipeline goes by batches, "
    "too. It was not taken apart further."
)
BOUND = (
    "On a processor without fast bfloat16 no precision is faster than the peer's float32, and "
    "eight bits were not within the tolerance (docs/engine.md). Texts of one length take about "
    "80 % of the machine's peak by OpenVINO; of others a part is padding. The table says what is "
    "reached of it with texts of many lengths."
)
WHY: Mapping[str, str] = {
    "embeddings_32": SERVED,
    "offline_feature_extraction_of_gemm_peak": (
        "In bfloat16 the graph alone reaches 70 to 80 % of the peak with 16 texts or more of one "
        "length, and 60 % with few whose lengths change from call to call; texts of many lengths "
        "are parted into such small runs. The rest is padding, cutting and pooling, which bfloat16 "
        "makes no faster."
    ),
    "offline_token_classification_vs": (
        "In bfloat16 the seeded model's answers differ by up to 0.29 where 0.02 is allowed, so it "
        "goes by float32; the table says how near to the peak of that both are."
    ),
    "offline_text_classification_by_minilm": SMALL,
    "offline_token_classification_by_minilm": SMALL,
    "speech_same_words": (
        "Where torch's two likeliest words are nearly tied, other rounding may choose the other "
        "one, which no proof on other recordings foresees: here torch stuttered, and the graph did "
        "not."
    ),
    "offline_": BOUND,
    "picture_vs_diffusers": (
        "On a processor without fast bfloat16 no precision is faster than the peer's float32; "
        "where the table says torch, no graph was a tenth faster."
    ),
    "first_page": (
        "Three quarters of it are imports, half of these gradio's own, and the rest builds the "
        "pages, while the libraries of the models are imported on the other core."
    ),
    "first_answer": (
        "The libraries of the models are imported beside the page, and on a slow machine take "
        "longer than it: five and a half of these seconds where six are allowed."
    ),
    "http_overhead": (
        "All of it is Python's work in the server's own process, as the last rows of its table "
        "tell. On a machine twice as fast it was 1.24 ms."
    ),
    "chat_tokens": (
        "What a token costs is reading the weights, and rounds differ by a tenth. By four bits "
        "(Q4_1) there would be fewer bytes, but the answers were not the model's own "
        "(docs/engine.md)."
    ),
    "chat_bf16": (
        "In bfloat16 the weights of each token are twice as many bytes as in eight bits, and what "
        "a token costs is reading them."
    ),
}
UNKNOWN = "Not looked into yet."


def why(claim: str) -> str:
    """Why a claim that is missed is missed."""
    return next((said for name, said in WHY.items() if claim.startswith(name)), UNKNOWN)
