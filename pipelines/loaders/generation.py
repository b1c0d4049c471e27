"""Language models that write: a causal one, or an encoder with a decoder.

One path serves whole answers and streams alike: `Generator.steps` yields each token as it falls.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.loaders.constraint import vocabulary
from pipelines.loaders.families import decides, encodes
from pipelines.loaders.run import Run
from pipelines.loaders.steps import Options, Reason, Step, Token
from pipelines.loaders.stops import hold_back
from pipelines.loaders.transformers import Pipeline, check, options, spread, weights
from pipelines.model import Model
from pipelines.usage import count

__all__ = ["GenerationParameters", "Generator", "Options", "Reason", "Step", "Token", "load"]

# One token at a time, and no end but ours: what else a model's own file asks for is not taken.
ONE_BY_ONE = {"num_beams": 1, "num_return_sequences": 1, "max_time": None, "stop_strings": None}
MOST_BEAMS = 16
ENDLESS = 1_000_000  # what stands for "as long as you like" in tokenizers and configurations
USUAL = 1024  # tokens read by an encoder that does not say how many


class GenerationParameters(BaseModel):
    """The Hub's shared generation options, as `model.generate` names them. Those that transformers
    no longer has take their neutral value alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    do_sample: bool | None = None
    early_stopping: bool | Literal["never"] | None = None
    epsilon_cutoff: float | None = Field(None, ge=0, le=1)
    eta_cutoff: float | None = Field(None, ge=0, le=1)
    max_length: int | None = Field(None, ge=1, le=100_000)
    max_new_tokens: int | None = Field(None, ge=1, le=100_000)
    min_length: int | None = Field(None, ge=0, le=100_000)
    min_new_tokens: int | None = Field(None, ge=0, le=100_000)
    num_beam_groups: Literal[1] | None = None
    num_beams: int | None = Field(None, ge=1, le=MOST_BEAMS)
    penalty_alpha: Annotated[float, Field(ge=0, le=0)] | None = None
    temperature: float | None = Field(None, gt=0, le=100)
    top_k: int | None = Field(None, ge=0)
    top_p: float | None = Field(None, gt=0, le=1)
    typical_p: float | None = Field(None, gt=0, le=1)
    use_cache: bool | None = None


@dataclass(frozen=True)
class Generator:
    """A tokenizer and a model that writes.

    `beams` is how many the model's own file asks for, where an answer is written as a whole;
    `source` is what it was loaded from.
    """

    tokenizer: Any
    model: Any
    beams: int = 1
    source: Model | None = None

    @property
    def encodes(self) -> bool:
        """Whether an encoder reads the prompt, and a decoder writes without having it before it."""
        return bool(self.model.config.is_encoder_decoder)

    @property
    def context(self) -> int:
        """How many tokens the model can see, prompt and answer together; of a decoder that has an
        encoder beside it, how many it can write."""
        return positions(self.model.config, "decoder") or ENDLESS

    @property
    def reads(self) -> int:
        """How many tokens an encoder reads."""
        said = (self.tokenizer.model_max_length, positions(self.model.config, "encoder"))
        known = [most for most in said if most and most < ENDLESS]
        return min(known, default=getattr(self.model.config, "n_positions", None) or USUAL)

    @property
    def ends(self) -> set[int]:
        """The tokens that end an answer."""
        eos = self.model.generation_config.eos_token_id
        eos = self.tokenizer.eos_token_id if eos is None else eos
        return {e for e in (eos if isinstance(eos, list) else [eos]) if e is not None}

    @cached_property
    def vocabulary(self) -> Any:
        """The tokens as grammars need them. Raises InvalidInput if nobody can tell their bytes."""
        return vocabulary(self.tokenizer, sorted(self.ends))

    def tokens(self, text: str, most: int | None = None) -> list[int]:
        """Token ids of a plain prompt; only the last `most`, if given."""
        ids: list[int] = self.tokenizer(text, verbose=False)["input_ids"]
        return ids[-most:] if most else ids

    def chat_tokens(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Any] | None = None
    ) -> list[int]:
        """Token ids of a conversation in the model's own chat template."""
        from jinja2 import TemplateError

        try:
            ids = self.tokenizer.apply_chat_template(
                list(messages), tools=tools, add_generation_prompt=True, return_dict=True
            )["input_ids"]
        except (TemplateError, TypeError, AttributeError) as error:
            raise InvalidInput(f"messages: this model's chat template says: {error}.") from error
        return list(ids)

    def room(self, ids: Sequence[int]) -> int:
        """How many tokens may be written after `ids`, or to what an encoder read of them.

        Raises InvalidInput when there is no room for a single token.
        """
        room = self.context - (1 if self.encodes else len(ids))
        if room < 1:
            raise InvalidInput(
                f"The prompt has {len(ids):,} tokens, but this model sees at most "
                f"{self.context:,}, answer included. Shorten it."
            )
        return room

    def steps(
        self, ids: list[int], options: Options, more: Mapping[str, Any] | None = None
    ) -> Iterator[Step]:
        """Generates after `ids`, and `more` that belongs to them, such as the pixels of pictures;
        closing the iterator stops the model at its next token.

        Raises InvalidInput when the prompt leaves no room for a single token.
        """
        run = Run(self, ids, min(options.max_new_tokens, self.room(ids)), options, more)
        count(read=len(ids))
        with closing(run.steps()) as steps:
            for step in hold_back(steps, options):
                count(written=1)
                yield step

    def generate(self, **given: Any) -> Any:
        """transformers' own loop, told what to do at each token."""
        return self.model.generate(**given)

    def logprobs(self, ids: list[int]) -> list[float | None]:
        """The log probability of each token after those before it; None for the first."""
        import torch

        given = torch.tensor([ids], device=self.model.device)
        with torch.inference_mode():
            logits = self.model(input_ids=given).logits[0, :-1]
            chosen = logits.gather(1, given[0, 1:, None])[:, 0].float()
            return [None, *(chosen - logits.float().logsumexp(-1)).tolist()]


def positions(config: Any, side: Literal["encoder", "decoder"]) -> int | None:
    """How many positions one side of a model has; None where they are relative and without end."""
    part = getattr(config, side, None) or config  # two models in one have a configuration each
    part = getattr(part, "text_config", None) or part  # as one that sees has for its language
    names = (f"max_{side}_position_embeddings", "max_position_embeddings")
    return next((most for name in names if (most := getattr(part, name, None))), None)


def load(model: Model, hardware: Hardware) -> Any:
    """A language model with its tokenizer as Generator; one that also reads pictures, sounds or
    videos as Talker; one made for decisions as transformers' pipeline, which knows where its head
    is."""
    import transformers

    from pipelines.loaders import talking  # which is a Generator too

    if decides(model):
        return Pipeline("decision")(model, hardware)
    check(model)
    if talking.is_talker(model):
        return talking.load(model, hardware)
    tokenizer = tokenizer_of(model)
    laid = spread(hardware)
    kind = (
        transformers.AutoModelForSeq2SeqLM if encodes(model) else transformers.AutoModelForCausalLM
    )
    loaded = kind.from_pretrained(model.path, **options(model), **weights(model, hardware), **laid)
    beams = loaded.generation_config.num_beams or 1
    loaded.generation_config.update(**ONE_BY_ONE)
    placed = loaded if laid else loaded.to(hardware.device)
    return Generator(tokenizer, placed.eval(), min(beams, MOST_BEAMS), model)


def tokenizer_of(model: Model) -> Any:
    import warnings

    from transformers import AutoTokenizer

    with warnings.catch_warnings():
        # A nicety of punctuation that Marian's tokenizer does without.
        warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
        return AutoTokenizer.from_pretrained(model.path, **options(model))
