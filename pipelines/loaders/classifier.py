"""Text encoders that give a text, or a pair of texts, a score for each of their labels."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipelines.kinds.outputs import Labels
from pipelines.loaders.encoder import Encoder, Head, logits
from pipelines.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

load = Head("SequenceClassification")


def classifies(model: Model) -> bool:
    """Whether the head is one for whole texts; of a folder that names no class, its tag decides."""
    return not model.architectures or model.is_a("ForSequenceClassification")


def judges(model: Model) -> bool:
    """Whether `model` does natural language inference, told by a label named entailment."""
    names = [*(model.config.get("label2id") or {}), *(model.config.get("id2label") or {}).values()]
    return model.is_a("ForSequenceClassification") and any(map(is_entailment, names))


def is_entailment(label: object) -> bool:
    return str(label).lower().startswith("entail")


def label_names(encoder: Encoder) -> list[str]:
    config = encoder.model.config
    return [str(config.id2label.get(at, f"LABEL_{at}")) for at in range(config.num_labels)]


def score(encoder: Encoder, texts: Sequence[tuple[str, ...]]) -> "list[NDArray[np.float32]]":
    """One array of shape (labels,) for each text or pair: what the head says, before any function.

    Raises InvalidInput for a text without a token.
    """
    return encoder.each([encoder.tokens(*each) for each in texts], logits)


def beginning(encoder: Encoder, text: str, others: Sequence[str]) -> str:
    """As much of `text` as surely matters in a pair with each of `others`: a long text would be
    tokenized to its end with each, and then cut. The whole where that is not sure."""
    tokenizer, most = encoder.tokenizer, encoder.most
    sure = most is not None and tokenizer.is_fast and tokenizer.truncation_side == "right"
    # A character is seldom of more than four tokens. The shorter of a pair is cut the last.
    if not sure or most is None or 4 * max(map(len, others)) > most:
        return text
    row = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    ids, kept = row["input_ids"], 4 * most
    if len(ids) <= kept:
        return text
    cut = text[: row["offset_mapping"][kept][1]]
    read = tokenizer(cut, add_special_tokens=False, verbose=False)["input_ids"]
    # A tokenizer may see the last word otherwise where the text ends behind it.
    return cut if len(read) > 2 * most and read[:most] == ids[:most] else text


def usual_function(config: Any) -> str:
    """What transformers applies to the scores of a model of this configuration."""
    if config.problem_type == "regression":
        return "none"
    one_by_one = config.problem_type == "multi_label_classification" or config.num_labels == 1
    return "sigmoid" if one_by_one else "softmax"


def applied(function: str, scores: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """`scores` through "sigmoid", "softmax" over the last axis, or "none"."""
    import torch

    if function == "none":
        return scores
    raw = torch.from_numpy(scores)
    made: NDArray[np.float32] = (
        raw.sigmoid() if function == "sigmoid" else raw.softmax(-1)
    ).numpy()
    return made


def sorted_labels(names: Sequence[str], scores: "NDArray[np.float32]") -> Labels:
    """Best first; of equal ones the first stays first."""
    pairs = sorted(zip(names, scores, strict=True), key=lambda pair: -pair[1])
    return [{"label": name, "score": float(score)} for name, score in pairs]
