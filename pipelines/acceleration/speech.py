"""Whisper by graphs for its ear and its pen.

transformers goes on choosing the tokens, with its beams, timestamps and second tries, so all that a
caller may wish holds.
"""

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.acceleration.ear_and_pen import EAR, PEN, SMALL_PEN, both, convert, placed
from pipelines.acceleration.modules import by_name
from pipelines.acceleration.openvino import options
from pipelines.acceleration.subject import Failed, Run, empty
from pipelines.loaders.listening import Listener
from pipelines.loaders.wishes import is_whisper

log = logging.getLogger(__name__)
PRECISIONS = {"openvino-int8": "bf16", "openvino-bf16": "bf16", "openvino-f32": "f32"}
UNHEARD = {"return_dict", "attention_mask"}  # what says nothing to Whisper's encoder
# What generate() says at each token; whoever says more is answered by torch
KNOWN = {"decoder_input_ids", "past_key_values", "attention_mask", "encoder_outputs", "use_cache",
         "return_dict"}  # fmt: skip


def able(pipe: Any) -> bool:
    if not (isinstance(pipe, Listener) and is_whisper(pipe.pipe)):
        return False
    return type(pipe.pipe.model).__name__ == "WhisperForConditionalGeneration"


def files(name: str) -> tuple[str, str]:
    """Of ear and pen."""
    return EAR, SMALL_PEN if name.endswith("int8") else PEN


class Whisper:
    """`model` is transformers' WhisperForConditionalGeneration."""

    names: Sequence[str] = tuple(PRECISIONS)

    def __init__(self, model: Any) -> None:
        self.model = model

    def convert(self, run: Run, place: Path) -> None:
        run()
        convert(self.model, place)

    def keep(self, place: Path, name: str | None) -> None:
        empty(place, [each for each in self.names if each != name])
        wanted = files(name) if name else ()
        for file in {EAR, PEN, SMALL_PEN} - set(wanted):
            for part in (place / file, (place / file).with_suffix(".bin")):
                part.unlink(missing_ok=True)

    def way(self, place: Path, name: str, threads: int, failed: Failed) -> "Speech":
        return Speech(self.model, place, name, threads, failed)


class Speech:
    """Both graphs in a Whisper's place. Whatever they were not made for goes to torch, and so does
    everything once they have failed, of which `failed` is told."""

    def __init__(self, model: Any, place: Path, name: str, threads: int, failed: Failed) -> None:
        import openvino  # type: ignore[import-untyped]

        self.model, self.encoder, self.failed = model, model.model.encoder, failed
        self.layers = range(model.config.decoder_layers)
        self.window: list[Any] = []  # keys and values of the window that was heard last
        self.states: Any = None  # of it
        how = options(PRECISIONS[name], threads, place / name)
        self.ear, self.pen = (
            openvino.Core().compile_model(place / each, "CPU", how).create_infer_request()
            for each in files(name)
        )

    def put(self) -> None:
        for module, forward in ((self.encoder, self.hear), (self.model, self.write)):
            module.forward = functools.wraps(type(module).forward)(
                functools.partial(forward, functools.partial(type(module).forward, module))
            )

    def take_out(self) -> None:
        for module in (self.encoder, self.model):
            module.__dict__.pop("forward", None)

    def hear(self, plain: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """The states of a window."""
        import torch
        from transformers.modeling_outputs import BaseModelOutput

        asked = by_name(self.encoder, given, named)
        said = {name for name, value in asked.items() if value is not False} - UNHEARD
        if said != {"input_features"} or len(asked["input_features"]) != 1:
            self.window, self.states = [], None
            return plain(*given, **named)
        features = asked["input_features"]
        try:
            found = self.ear.infer([features.contiguous().numpy()], share_inputs=True)
        except Exception as error:
            self.give_up(error)
            return plain(*given, **named)
        self.states, *self.window = (torch.from_numpy(each.copy()) for each in found.values())
        return BaseModelOutput(last_hidden_state=self.states)

    def write(self, plain: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """The logits of new tokens, whose keys and values go into the cache."""
        if given or not self.knows(named):
            return plain(*given, **named)
        try:
            return self.next(named["decoder_input_ids"], named["past_key_values"])
        except Exception as error:
            self.give_up(error)
            self.hand_over(named["past_key_values"], len(named["decoder_input_ids"]))
            return plain(**named)

    def knows(self, named: Mapping[str, Any]) -> bool:
        """Whether it is asked for what the graph does, about the window that was heard: the first
        tokens of it, or those after what it has written itself."""
        import torch
        from transformers.cache_utils import DynamicCache

        given = {name for name, value in named.items() if value is not None and value is not False}
        cache: Any = named.get("past_key_values")
        if not (given <= KNOWN and {"use_cache", "past_key_values"} <= given and self.window):
            return False
        caches = cache.self_attention_cache, cache.cross_attention_cache
        if any(type(each) is not DynamicCache for each in caches) or caches[1].get_seq_length():
            return False
        heard = named["encoder_outputs"][0]
        return bool(cache.get_seq_length()) or all(
            torch.equal(row, self.states[0]) for row in heard[:: max(len(heard) - 1, 1)]
        )

    def next(self, ids: Any, cache: Any) -> Any:
        import torch
        from transformers.modeling_outputs import Seq2SeqLMOutput

        (rows, new), before, own = ids.shape, cache.get_seq_length(), cache.self_attention_cache
        kept = [part for each in own.layers for part in both(each)] if before else []
        if not before:
            _, heads, _, size = self.window[0].shape
            kept = [torch.zeros(rows, heads, 0, size)] * len(self.window)
        asked = (ids.contiguous(), *placed(rows, before, new), *kept, *self.window)
        found = self.pen.infer([each.numpy() for each in asked], share_inputs=True)
        logits, *made = (torch.from_numpy(each.copy()) for each in found.values())
        for layer in self.layers:
            own.update(made[2 * layer], made[2 * layer + 1], layer)
        return Seq2SeqLMOutput(logits=logits, past_key_values=cache)

    def hand_over(self, cache: Any, rows: int) -> None:
        """What torch would know of the window, had it heard it."""
        for layer in self.layers if cache.get_seq_length() else ():
            keys, values = (each.expand(rows, -1, -1, -1) for each in self.window[2 * layer :][:2])
            cache.cross_attention_cache.update(keys, values, layer)
            cache.is_updated[layer] = True

    def give_up(self, error: Exception) -> None:
        log.warning("The faster way of a model failed; it goes on by torch: %s", error)
        self.take_out()
        self.failed(error)
