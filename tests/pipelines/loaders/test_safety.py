"""Models that must not be opened, cannot be opened, or may be because the operator says so."""

import json

import pytest

from pipelines.errors import BrokenModel, MissingPackage, RefusedModel
from tests.pipelines.loaders.conftest import Copy
from tests.pipelines.loaders.odd import ask, configure, pickle_weights

RAN = "ran.txt"
OWN_CODE = f"""
from pathlib import Path
Path(__file__).with_name("{RAN}").write_text("ran")
from transformers import BertModel as Model
"""


# Pickles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tag"), [("encoder", "feature-extraction"), ("llama", "text-generation")]
)
async def test_pickles_are_refused(copied: Copy, name: str, tag: str) -> None:
    folder = copied(name)
    pickle_weights(folder)
    with pytest.raises(RefusedModel, match="odd/model holds its weights in pytorch_model.bin"):
        await ask(folder, tag)
    assert await ask(folder, tag, trusted_pickle=("odd/model",))


@pytest.mark.parametrize(
    ("name", "tag"),
    [("encoder", "feature-extraction"), ("llama", "text-generation"),
     ("judge", "zero-shot-classification")],
)  # fmt: skip
async def test_a_model_trusted_with_pickles_may_be_safe_all_the_same(
    copied: Copy, name: str, tag: str
) -> None:
    inputs = {"text": "a fox", "candidate_labels": ["a", "b"]} if name == "judge" else "a fox"
    assert await ask(copied(name), tag, inputs, trusted_pickle=("odd/model",))


async def test_a_folder_without_weights(copied: Copy) -> None:
    folder = copied("encoder")
    (folder / "model.safetensors").unlink()
    with pytest.raises(BrokenModel, match=r"odd/model has no \*.safetensors file"):
        await ask(folder, "feature-extraction")


# Code ------------------------------------------------------------------------------------------


async def test_a_models_own_code_is_refused(copied: Copy) -> None:
    folder = copied("encoder")
    (folder / "modeling_odd.py").write_text(OWN_CODE, encoding="utf-8")
    configure(folder, model_type="odd", auto_map={"AutoModel": "modeling_odd.Model"})
    with pytest.raises(RefusedModel, match=r"\(model type odd\) needs Python code from its own"):
        await ask(folder, "feature-extraction")
    assert not list(folder.rglob(RAN))


async def test_a_known_type_is_loaded_without_the_code_beside_it(copied: Copy) -> None:
    folder = copied("encoder")
    (folder / "modeling_odd.py").write_text(OWN_CODE, encoding="utf-8")
    configure(folder, auto_map={"AutoModel": "modeling_odd.Model"})
    assert await ask(folder, "feature-extraction")
    assert not list(folder.rglob(RAN))


async def test_sentence_transformers_modules_of_its_own_are_refused(copied: Copy) -> None:
    folder = copied("encoder")
    (folder / "modeling_odd.py").write_text(OWN_CODE, encoding="utf-8")
    (folder / "modules.json").write_text(
        json.dumps([{"idx": 0, "name": "0", "path": "", "type": "modeling_odd.Model"}])
    )
    with pytest.raises(RefusedModel, match=r"its own repository \(modeling_odd.Model\)"):
        await ask(folder, "feature-extraction")
    assert not list(folder.rglob(RAN))


async def test_a_type_that_nobody_knows(copied: Copy) -> None:
    folder = copied("encoder")
    configure(folder, model_type="odd")
    with pytest.raises(MissingPackage, match="type odd, which the installed transformers does not"):
        await ask(folder, "feature-extraction")


async def test_types_that_skops_does_not_trust(copied: Copy) -> None:
    import skops.io
    from sklearn.preprocessing import FunctionTransformer

    folder = copied("classifier")
    skops.io.dump(FunctionTransformer(configure), folder / "model.skops")
    with pytest.raises(RefusedModel, match=r"does not trust: .*odd\.configure"):
        await ask(folder, "tabular-classification", {"data": {"size": [1], "colour": ["red"]}})


# Damage ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tag"), [("encoder", "feature-extraction"), ("llama", "text-generation")]
)
@pytest.mark.parametrize("keep", [0, 4, 100, 5_000])
async def test_damaged_weights_are_named(copied: Copy, name: str, tag: str, keep: int) -> None:
    folder = copied(name)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:keep])
    with pytest.raises(BrokenModel, match=r"model.safetensors is damaged \(.*download") as caught:
        await ask(folder, tag)
    assert str(folder) not in str(caught.value)


@pytest.mark.parametrize("file", ["tokenizer.json", "tokenizer_config.json"])
async def test_broken_json_is_named(copied: Copy, file: str) -> None:
    folder = copied("encoder")
    (folder / file).write_text('{"half": ', encoding="utf-8")
    with pytest.raises(BrokenModel, match=f"{file} is not valid JSON") as caught:
        await ask(folder, "feature-extraction")
    assert str(folder) not in str(caught.value)


async def test_a_broken_skops_file(copied: Copy) -> None:
    folder = copied("classifier")
    (folder / "model.skops").write_bytes(b"not a zip file")
    with pytest.raises(BrokenModel, match="odd/model cannot be loaded: ") as caught:
        await ask(folder, "tabular-classification", {"data": {"size": [1], "colour": ["red"]}})
    assert str(folder) not in str(caught.value)


async def test_a_package_that_is_missing(copied: Copy) -> None:
    """Weights in a form that only the package aqlm reads."""
    folder = copied("llama")
    configure(folder, quantization_config={"quant_method": "aqlm"})
    with pytest.raises(MissingPackage, match="odd/model needs a Python package .*pip install aqlm"):
        await ask(folder, "text-generation")
