"""Whisper as two graphs: the ear hears a window, the pen writes the next token.

The beams of a text hear the same window: here they share its keys and values, where torch has a
copy for each and puts them in another order at every token.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.acceleration import octets

EAR, PEN, SMALL_PEN = "ear.xml", "pen.xml", "pen-int8.xml"
SHARED = "tagline_shared"  # attention in which rows may share keys and values
BEAMS, BEFORE, NEW = 2, 3, 4  # of the example: rows, tokens that were read, and those that are


def convert(model: Any, place: Path) -> None:
    """Writes both, and the pen once more with its weights in eight bits."""
    import openvino  # type: ignore[import-untyped]

    place.mkdir(parents=True, exist_ok=True)
    openvino.save_model(ear(model), place / EAR, compress_to_fp16=False)
    graph = pen(model)
    openvino.save_model(graph, place / PEN, compress_to_fp16=False)
    octets.squeeze(graph)
    openvino.save_model(graph, place / SMALL_PEN, compress_to_fp16=False)


def ear(model: Any) -> Any:
    """A window of shape (1, bands, frames) to its states, and keys and values of each layer."""
    import openvino
    import torch

    encoder = model.model.encoder
    frames = encoder.config.max_source_positions * encoder.conv1.stride[0] * encoder.conv2.stride[0]
    listening = [layer.encoder_attn for layer in model.model.decoder.layers]

    class Ear(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.listening = encoder, torch.nn.ModuleList(listening)

        def forward(self, window: Any) -> Any:
            states = self.encoder(input_features=window).last_hidden_state
            made = [states]
            for layer in self.listening:
                for project in (layer.k_proj, layer.v_proj):
                    split = project(states).view(1, -1, layer.num_heads, layer.head_dim)
                    made.append(split.transpose(1, 2))
            return tuple(made)

    window = torch.zeros(1, encoder.num_mel_bins, frames)
    with torch.no_grad():
        return openvino.convert_model(Ear().eval(), example_input=(window,), input=window.shape)


def pen(model: Any) -> Any:
    """Tokens and places of shape (rows, new), who sees whom of shape (rows, 1, new, all), keys and
    values of what was read (rows, heads, before, size) and of the window (1, heads, states, size),
    to logits, and keys and values of the new tokens."""
    import openvino
    import torch
    from transformers.cache_utils import EncoderDecoderCache

    decoder, config = model.model.decoder, model.config
    layers, heads = config.decoder_layers, config.decoder_attention_heads
    size, heard = config.d_model // heads, config.max_source_positions

    class Pen(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.decoder, self.words = decoder, model.proj_out

        def forward(self, ids: Any, places: Any, sees: Any, *kept: Any) -> Any:
            own, window = filled(kept[: 2 * layers]), filled(kept[2 * layers :])
            states = self.decoder(
                input_ids=ids, position_ids=places, attention_mask=sees, use_cache=True,
                past_key_values=EncoderDecoderCache(own, window),
                encoder_hidden_states=ids,  # that there are any; `window` has all of them
            ).last_hidden_state  # fmt: skip
            made = [part[:, :, -ids.shape[1] :] for each in own.layers for part in both(each)]
            return (self.words(states), *made)

    read = [torch.randn(BEAMS, heads, BEFORE, size) for _ in range(2 * layers)]
    window = [torch.randn(1, heads, heard, size) for _ in range(2 * layers)]
    ids = torch.ones(BEAMS, NEW, dtype=torch.long)
    with torch.no_grad(), sharing(decoder):
        return openvino.convert_model(
            Pen().eval(), example_input=(ids, *placed(BEAMS, BEFORE, NEW), *read, *window)
        )


def placed(rows: int, before: int, new: int) -> tuple[Any, Any]:
    """The places of new tokens, and whom each of them sees."""
    import torch

    places = torch.arange(before, before + new)[None].expand(rows, -1).contiguous()
    sees = torch.ones(new, before + new, dtype=torch.bool).tril(before)
    return places, sees[None, None].expand(rows, 1, -1, -1).contiguous()


def filled(kept: Sequence[Any]) -> Any:
    """A cache of transformers with these keys and values, in turn."""
    from transformers.cache_utils import DynamicCache, DynamicLayer

    cache = DynamicCache()
    for keys, values in zip(kept[::2], kept[1::2], strict=True):
        layer = DynamicLayer()
        layer.keys, layer.values, layer.is_initialized = keys, values, True
        layer.dtype, layer.device = keys.dtype, keys.device
        cache.layers.append(layer)
    return cache


def both(layer: Any) -> tuple[Any, Any]:
    return layer.keys, layer.values


@contextmanager
def sharing(decoder: Any) -> Iterator[None]:
    """Inside, the decoder's rows share keys and values where there is one row of these: what has no
    order may as well stand side by side in one row."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    ALL_ATTENTION_FUNCTIONS.register(SHARED, shared)
    config = decoder.config
    before, config._attn_implementation = config._attn_implementation, SHARED
    try:
        yield
    finally:
        config._attn_implementation = before


def shared(
    module: Any, query: Any, key: Any, value: Any, mask: Any, scaling: float = 1.0, **_: Any
) -> tuple[Any, None]:
    """Attention of shape (rows, new, heads, size), as transformers wants it."""
    from torch.nn.functional import scaled_dot_product_attention as attend

    if module.is_causal:
        return attend(query, key, value, attn_mask=mask, scale=scaling).transpose(1, 2), None
    rows, heads, new, size = query.shape
    side_by_side = query.transpose(0, 1).reshape(1, heads, rows * new, size)
    found = attend(side_by_side, key, value, scale=scaling)
    return found.reshape(heads, rows, new, size).permute(1, 2, 0, 3), None
