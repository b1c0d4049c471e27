"""What SpeechT5 needs beside its own weights: a vocoder, and the voices it may speak with.

Its checkpoint makes spectrograms. `microsoft/speecht5_hifigan` makes them audible, and a voice is a
vector (an x-vector of 512 numbers). Both are looked for in the model's own folder, as `vocoder/`
and `speaker_embeddings/<voice>.npy`; the vocoder also beside the model.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.errors import BrokenModel
from pipelines.hardware import Hardware
from pipelines.loaders.transformers import weights
from pipelines.model import Model

VOCODER = "microsoft/speecht5_hifigan"
SPECTROGRAMS = ("SpeechT5ForTextToSpeech", "SpeechT5ForSpeechToSpeech")
FAST = "FastSpeech2ConformerModel"


def needs_vocoder(model: Model) -> bool:
    return model.is_a(*SPECTROGRAMS, FAST)


def vocoder(model: Model, hardware: Hardware) -> Any:
    """The network that makes a waveform of a spectrogram. Raises BrokenModel if there is none."""
    import torch
    from transformers import FastSpeech2ConformerHifiGan, SpeechT5HifiGan

    folder = next(vocoder_folders(model), None)
    if folder is None:
        raise BrokenModel(
            f"{model.id} makes spectrograms, and the vocoder that makes them audible is missing. "
            f"Put one, such as {VOCODER}, into its folder as vocoder/."
        )
    kind = FastSpeech2ConformerHifiGan if model.is_a(FAST) else SpeechT5HifiGan
    given = weights(model, hardware) | {"dtype": torch.float32}
    return kind.from_pretrained(folder, local_files_only=True, **given).to(hardware.device).eval()


def vocoder_folders(model: Model) -> Iterator[Path]:
    """Its own, else that of the usual vocoder in a folder of models, else in the Hub's cache."""
    beside = [model.path / "vocoder"]
    if model.is_a(*SPECTROGRAMS):
        beside += [model.path.parent.parent / VOCODER]
        if model.path.parent.name == "snapshots":
            name = "models--" + VOCODER.replace("/", "--")
            beside += sorted((model.path.parents[2] / name / "snapshots").glob("*"))
    return (folder for folder in beside if (folder / "config.json").is_file())


def embeddings(model: Model) -> dict[str, Any]:
    """The voices of a SpeechT5 folder by name, each of shape (1, numbers); none for other models.

    Raises BrokenModel if it has none: without one the model cannot speak.
    """
    if not model.is_a(*SPECTROGRAMS):
        return {}
    import numpy as np
    import torch

    files = sorted((model.path / "speaker_embeddings").glob("*.npy"))
    if not files:
        size = model.config.get("speaker_embedding_dim", 512)
        raise BrokenModel(
            f"{model.id} has no voice. Put one into its folder as speaker_embeddings/<name>.npy: "
            f"an x-vector of {size} numbers."
        )
    loaded = {file.stem: np.load(file, allow_pickle=False) for file in files}
    return {n: torch.tensor(each, dtype=torch.float32).reshape(1, -1) for n, each in loaded.items()}
