"""One `generate` of transformers, handing over each token as it falls."""

from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipelines.loaders.constraint import Constraint
from pipelines.loaders.penalties import Bias, Penalties
from pipelines.loaders.seeds import drawn
from pipelines.loaders.steps import Options, Reason, Step, Token
from pipelines.loaders.words import Words
from pipelines.loaders.yielding import Tell, yielded


@dataclass(frozen=True)
class Fallen:
    """A token as the model gave it, with the likeliest in its place as pairs of id and log
    probability."""

    id: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


class Run:
    """Writes at most `most` tokens after `ids`; an encoder reads them first, if there is one.

    `more` is what the model reads beside them, such as the pixels of pictures.
    """

    def __init__(
        self,
        writer: Any,
        ids: list[int],
        most: int,
        options: Options,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        self.writer, self.tokenizer, self.model = writer, writer.tokenizer, writer.model
        self.ids, self.most, self.options, self.more = ids, most, options, more or {}
        self.scores: Any = None

    def steps(self) -> Generator[Step]:
        """Closing it stops the model where it is."""
        before = [] if self.model.config.is_encoder_decoder else self.ids
        words, ends = Words(self.tokenizer, before), self.writer.ends
        self.special = set(self.tokenizer.all_special_ids)
        with closing(self.fallen()) as fallen:
            for count, item in enumerate(fallen, 1):
                reason = self.reason(item.id in ends, count)
                yield self.step(item, words, reason)
                if reason:
                    return

    def fallen(self) -> Generator[Fallen]:
        """The tokens as they fall."""
        return yielded(self.generate)

    def reason(self, ended: bool, count: int) -> Reason | None:
        if ended:
            return "eos_token"
        return "length" if count >= self.most else None

    def step(self, item: Fallen, words: Words, reason: Reason | None) -> Step:
        special = item.id in self.special
        text = words.push(item.id, last=reason is not None) if not special else ""
        if special and reason:
            text = words.rest()
        top = tuple(self.token(id, logprob) for id, logprob in item.top)
        return Step(item.id, text, item.logprob, special, reason, top)

    def token(self, id: int, logprob: float) -> Token:
        return Token(id, self.tokenizer.decode([id]), logprob, id in self.special)

    def generate(self, hand: Tell[Fallen]) -> None:
        import torch

        rules = [*self.changes(), *self.constraints()]
        ids = torch.tensor([self.ids], device=self.model.device)
        pad = self.tokenizer.pad_token_id
        with drawn(self.options.seed), torch.inference_mode():
            self.writer.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=self.most,
                pad_token_id=next(iter(self.writer.ends), 0) if pad is None else pad,
                logits_processor=[self.remember, *rules],
                stopping_criteria=[partial(self.fall, hand)],
                **self.options.sampling,
                **self.more,
            )

    def changes(self) -> list[Any]:
        frequency, presence = self.options.frequency, self.options.presence
        penalties = [Penalties(frequency, presence)] if frequency or presence else []
        return [*penalties, *([Bias(self.options.bias)] if self.options.bias else [])]

    def constraints(self) -> list[Constraint]:
        """What the grammar allows comes last: nothing may change it."""
        grammar = self.options.grammar
        return [] if grammar is None else [Constraint(self.writer.vocabulary, grammar)]

    def remember(self, ids: Any, scores: Any) -> Any:
        """A logits processor that keeps the scores, before penalties, temperature and cuts change
        them."""
        self.scores = scores
        return scores

    def fall(self, hand: Tell[Fallen], ids: Any, scores: Any, **_: Any) -> Any:
        """A stopping criterion that never says so: it sees each token as it falls."""
        import torch

        token = int(ids[0, -1])
        logprobs = torch.log_softmax(self.scores[0].float(), -1)
        likeliest = logprobs.topk(min(self.options.top, len(logprobs)))
        top = zip(likeliest.indices.tolist(), likeliest.values.tolist(), strict=True)
        hand(Fallen(token, float(logprobs[token]), tuple(top)))
        return torch.tensor([False], device=ids.device)
