"""What a model writes about a picture, and how probable it finds that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.loaders.safety import first_line
from pipelines.loaders.sight import Seer

USUAL = 256  # new tokens at most where neither the caller nor the model's file says how many
POSITIONS = ("max_target_positions", "max_position_embeddings", "n_positions")
WHERE = "parameters.generation_parameters"


@dataclass(frozen=True)
class Written:
    """Token ids with those that stand before them, and the probability of the whole: the product
    of the probabilities of all tokens that were written, their end among them."""

    ids: list[int]
    score: float


def write(
    seer: Seer, given: Mapping[str, Any], before: int = 1, count: int = 1, **wishes: Any
) -> list[Written]:
    """The `count` likeliest texts, best first; `given` is what the model sees and reads, `wishes`
    go to `generate`, and `before` is how many tokens stand before the answer.

    Raises InvalidInput for wishes that the model refuses.
    """
    import torch

    beams = {"num_beams": count, "num_return_sequences": count, "do_sample": False}
    try:
        with torch.inference_mode():
            out = seer.model.generate(
                **given,
                **(beams if count > 1 else {}),
                **{**wishes, **bounds(seer, before, wishes)},
                return_dict_in_generate=True,
                output_scores=True,
            )
            found = chances(seer.model, out)
    except (ValueError, TypeError) as error:
        raise InvalidInput(f"{WHERE}: the model says: {first_line(error)}") from error
    rows = [Written(*each) for each in zip(out.sequences.tolist(), found, strict=True)]
    return sorted(rows, key=lambda row: -row.score)


def bounds(seer: Seer, before: int, wishes: Mapping[str, Any]) -> dict[str, Any]:
    """How long an answer may be, where it is not said or is more than the model has places for."""
    # BLIP-2 has what it sees among the words.
    seen = getattr(seer.model.config, "num_query_tokens", 0)
    room = max(1, places(seer.model.config) - before - seen)
    file = seer.model.generation_config
    said = wishes.get("max_new_tokens"), (wishes.get("max_length") or 0) - before
    own = file.max_new_tokens, (file.max_length or 0) - before
    most = next((each for each in (*said, *own) if each and each > 0), USUAL)
    return {"max_new_tokens": min(most, room), "max_length": None}


def places(config: Any) -> int:
    """How many tokens a writer has places for; many where they are relative."""
    part = getattr(config, "decoder", None) or config.get_text_config(decoder=True)
    return next((int(most) for name in POSITIONS if (most := getattr(part, name, None))), 1 << 20)


def chances(model: Any, out: Any) -> list[float]:
    """The probability of each text that was written."""
    writer = getattr(model, "text_decoder", model)  # BLIP has the one that writes inside
    beams = getattr(out, "beam_indices", None)
    steps = writer.compute_transition_scores(
        out.sequences, out.scores, beams, normalize_logits=beams is None
    )
    return [float(each) for each in steps.sum(-1).exp()]
