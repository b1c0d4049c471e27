"""What a request for completions may ask. Source: the OpenAI API reference."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from api.openai import StreamOptions
from api.ways import Asked

MOST = 128  # texts of one request
SEEDS = 2**63


class Complete(Asked):
    prompt: str | list[str] = Field(min_length=1)
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    n: int | None = Field(None, ge=1, le=MOST)
    best_of: int | None = Field(None, ge=1, le=8)
    stop: str | list[str] | None = None
    seed: int | None = Field(None, ge=0, lt=SEEDS)
    echo: bool | None = None
    suffix: Literal[""] | None = None
    logprobs: int | None = Field(None, ge=0, le=5)
    logit_bias: dict[str, float] | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    @model_validator(mode="after")
    def together(self) -> Self:
        """What cannot be asked for at once."""
        draws, several = self.best_of or 1, (self.n or 1)
        if self.best_of is not None and draws < several:
            raise ValueError("best_of must be at least n")
        if draws > several and self.stream:
            raise ValueError("best_of above n cannot be streamed; leave out one of them")
        if self.logprobs is not None and self.echo:
            raise ValueError("logprobs tell of the answer alone; leave out echo")
        return self


def options_of(asked: Complete) -> dict[str, Any]:
    """OpenAI's words for it as the task's own. Nothing is drawn where the temperature is 0."""
    drawn = asked.temperature is None or asked.temperature > 0
    return {
        "details": True,
        "max_new_tokens": 16 if asked.max_tokens is None else asked.max_tokens,  # OpenAI's own
        "temperature": (1.0 if asked.temperature is None else asked.temperature) if drawn else None,
        "do_sample": drawn,
        "top_p": asked.top_p if asked.top_p is not None and asked.top_p < 1 else None,
        "top_k": asked.top_k,
        "stop": [asked.stop] if isinstance(asked.stop, str) else asked.stop,
        "seed": asked.seed,
        "best_of": asked.best_of if (asked.best_of or 1) > 1 else None,
        "return_full_text": bool(asked.echo),
        "frequency_penalty": asked.frequency_penalty,
        "presence_penalty": asked.presence_penalty,
        "logit_bias": asked.logit_bias or None,
        "top_n_tokens": asked.logprobs or None,
    }
