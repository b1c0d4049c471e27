"""Which files of a repository on the Hub are worth a download, judged by their names and sizes."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from pipelines.errors import RefusedModel
from pipelines.models.listing import PICKLES, WEIGHTS
from pipelines.unserved import REPLAY

Sizes = Mapping[str, int]  # path in the repository -> size in bytes

OTHER_RUNTIMES = re.compile(
    r"(^|/)(onnx|openvino|coreml|tflite|flax|tf|original|metal|ggml|mlx|runs|logs|checkpoint-\d+"
    r"|\.[^/]*)(/|$)",
    re.IGNORECASE,
)
OTHER_WEIGHTS = (
    ".h5", ".msgpack", ".onnx", ".onnx_data", ".ot", ".pb", ".tflite", ".mlmodel", ".mlpackage",
    ".pdparams", ".nemo", ".npz", ".mar", ".tar", ".gz", ".zip", ".7z", ".xz", ".engine", ".so",
    ".bin.index.json",
)  # fmt: skip
TRAINING = re.compile(
    r"(^|/)(training_args|optimizer|scheduler|scaler|rng_state|random_states)[^/]*\.(bin|pt|pth|pkl)$"
)
MEDIA = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".mp4", ".webm", ".mov", ".wav", ".mp3",
    ".flac", ".ogg", ".pdf", ".ipynb", ".csv", ".parquet", ".arrow",
)  # fmt: skip
MAX_MEDIA = 1_000_000  # bytes; small ones are the examples of the card
VARIANT = re.compile(r"\.(fp16|fp32|bf16|ema|non_ema|int8|8bit|4bit)(?=[.-])")
GGUF_CHOICE = ("Q4_K_M", "Q4_K_S", "Q4_1", "Q4_0", "Q5_K_M", "Q8_0", "BF16", "F16")
SHARD = re.compile(r"-\d{5}-of-\d{5}")


def needed(id: str, sizes: Sizes, code: bool, pickle: bool) -> dict[str, int]:
    """The files to fetch: safe weights once, and everything small that describes the model.

    `code` and `pickle` say that the operator trusts this very model. Raises RefusedModel where only
    a pickle holds the weights, or no weights are in a format that is read here.
    """
    plain = {name: size for name, size in sizes.items() if is_plain(name)}
    if code and "handler.py" in plain:  # its own code knows which files it opens
        return {n: s for n, s in plain.items() if pickle or not n.endswith(PICKLES)}
    files = {name: size for name, size in plain.items() if not is_other(name)}
    film = {name for name in files if name == REPLAY}  # of an agent that can be shown, not run
    weights = film or chosen_weights(id, files, pickle)
    return {n: s for n, s in files.items() if n in weights or is_small_part(n, s, code)}


def chosen_weights(id: str, files: Sizes, pickle: bool) -> set[str]:
    safe = safe_weights(files)
    pickled = parts_in_pickle_only(files, safe)
    if pickled and not pickle:
        raise RefusedModel(refusal(id, min(pickled)))
    if not safe | pickled:
        raise RefusedModel(
            f"{id} has no weights in a format that is read here ({', '.join(WEIGHTS)}). Choose "
            "another model, or a conversion of this one to safetensors."
        )
    return safe | pickled


def is_plain(name: str) -> bool:
    """Whether a file's name stays inside the folder it is downloaded to."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def is_other(name: str) -> bool:
    """Files for other programs than ours, and what only training needs."""
    if OTHER_RUNTIMES.search(name) or TRAINING.search(name):
        return True
    return name.endswith(OTHER_WEIGHTS) or "openvino_model" in name


def is_small_part(name: str, size: int, code: bool) -> bool:
    """Configurations, tokenizers, the card; code only of a trusted model."""
    if name.endswith((*WEIGHTS, *PICKLES)):
        return False
    if name.endswith((".py", ".pyc", ".sh", ".so", ".dll")):
        return code and name.endswith(".py")
    return not name.lower().endswith(MEDIA) or size <= MAX_MEDIA


def safe_weights(files: Sizes) -> set[str]:
    """Each weight once: no second copy in one file, no variant beside the plain one."""
    tensors = {name for name in files if name.endswith(".safetensors")}
    if "model_index.json" in files:
        tensors = {name for name in tensors if "/" in name}  # the rest are single-file copies
    if any(PurePosixPath(name).name.startswith("model") for name in tensors):
        tensors = {name for name in tensors if not name.startswith("consolidated")}
    plain = {folder(name) for name in tensors if not VARIANT.search(name)}
    tensors = {n for n in tensors if not VARIANT.search(n) or folder(n) not in plain}
    others = {name for name in files if name.endswith(".skops")}
    return tensors | others or one_gguf({n: s for n, s in files.items() if n.endswith(".gguf")})


def one_gguf(files: Sizes) -> set[str]:
    """One quantization of many, with all its shards: of about four bits if there is one."""
    names = sorted((n for n in files if "mmproj" not in n.lower()), key=lambda n: (files[n], n))
    wished = (name for choice in GGUF_CHOICE for name in names if choice in name.upper())
    first = next(wished, names[0] if names else "")
    return {name for name in names if SHARD.sub("", name) == SHARD.sub("", first)}


def parts_in_pickle_only(files: Sizes, safe: set[str]) -> set[str]:
    """The pickles of each folder that has a config (or of the top) and no safe weights."""
    loaded = {folder(name) for name in files if PurePosixPath(name).name == "config.json"}
    top = set() if "model_index.json" in files else {""}  # a pipeline's weights lie in its parts
    missing = (loaded | top) - {folder(name) for name in safe}
    pickled = {name for name in files if name.endswith(PICKLES) and not VARIANT.search(name)}
    return {name for name in pickled if folder(name) in missing}


def folder(name: str) -> str:
    return name.rpartition("/")[0]


def refusal(id: str, file: str) -> str:
    return (
        f"{id} has weights only as a pickle ({file}), which can run any code when it is opened. "
        "Choose a model with safetensors weights, or convert this one "
        "(https://huggingface.co/spaces/safetensors/convert). "
        f"The operator of this server can name {id} in TAGLINE_TRUSTED_PICKLE."
    )
