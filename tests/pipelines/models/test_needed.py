import pytest

from pipelines.errors import RefusedModel
from pipelines.models.needed import needed


def chosen(*names: str, code: bool = False, pickle: bool = False) -> set[str]:
    return set(needed("o/n", dict.fromkeys(names, 1), code=code, pickle=pickle))


def test_safetensors_and_nothing_for_other_runtimes() -> None:
    keep = {"README.md", "config.json", "tokenizer.json", "vocab.txt", "model.safetensors",
            "spiece.model", "1_Pooling/config.json", "modules.json"}  # fmt: skip
    skip = {"pytorch_model.bin", "tf_model.h5", "flax_model.msgpack", "rust_model.ot", "model.onnx",
            "onnx/config.json", "onnx/model.onnx", "openvino/x.xml", "coreml/x.mlmodel",
            "openvino_model.xml", "original/consolidated.00.pth", "training_args.bin",
            "optimizer.pt", "checkpoint-500/model.safetensors", ".gitattributes", "run.py",
            "model.pth", "weights.zip", "pytorch_model.bin.index.json"}  # fmt: skip
    assert chosen(*keep, *skip) == keep


def test_large_media_are_left_out() -> None:
    sizes = {"model.safetensors": 9, "small.png": 1000, "large.png": 2_000_000}
    assert set(needed("o/n", sizes, False, False)) == {"model.safetensors", "small.png"}


def test_each_weight_once() -> None:
    assert chosen(
        "model_index.json",
        "v1-5-pruned.safetensors",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "unet/diffusion_pytorch_model.bin",
        "vae/model.fp16.safetensors",
    ) == {
        "model_index.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/model.fp16.safetensors",
    }
    assert chosen("model-00001-of-00001.safetensors", "consolidated.safetensors") == {
        "model-00001-of-00001.safetensors"
    }


def test_one_quantization_with_its_shards() -> None:
    names = [f"m-{kind}-{n:05}-of-00002.gguf" for kind in ("Q8_0", "Q4_K_M") for n in (1, 2)]
    assert chosen(*names, "mmproj-F16.gguf") == set(names[2:])
    sizes = {"a.gguf": 2, "b.gguf": 1}
    assert set(needed("o/n", sizes, False, False)) == {"b.gguf"}


def test_safetensors_before_gguf_and_skops_beside_pickle() -> None:
    assert chosen("model.safetensors", "m-Q4_K_M.gguf") == {"model.safetensors"}
    assert chosen("model.skops", "model.pkl", "config.json") == {"model.skops", "config.json"}


@pytest.mark.parametrize(
    "names",
    [
        ("config.json", "pytorch_model.bin"),
        ("config.json", "pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"),
        ("model.pkl", "config.json"),
        ("model.joblib",),
        ("best.pt",),
        ("config.json", "model.safetensors", "2_Dense/config.json", "2_Dense/pytorch_model.bin"),
        ("model_index.json", "unet/config.json", "unet/model.bin", "vae/a.safetensors"),
    ],
)
def test_pickle_only_is_refused_unless_trusted(names: tuple[str, ...]) -> None:
    with pytest.raises(RefusedModel, match="TAGLINE_TRUSTED_PICKLE"):
        chosen(*names)
    assert chosen(*names, pickle=True) == set(names)


def test_a_trusted_pickle_is_not_fetched_beside_safe_weights() -> None:
    names = ("config.json", "model.safetensors", "pytorch_model.bin")
    assert chosen(*names, pickle=True) == {"config.json", "model.safetensors"}


def test_no_weights_at_all() -> None:
    with pytest.raises(RefusedModel, match="no weights in a format"):
        chosen("config.json", "model.onnx", "tf_model.h5")


def test_code_only_of_a_trusted_model() -> None:
    names = ("model.safetensors", "modeling_x.py", "run.sh", "lib.so")
    assert chosen(*names) == {"model.safetensors"}
    assert chosen(*names, code=True) == {"model.safetensors", "modeling_x.py"}
    handler = ("handler.py", "weights.npz", "x.bin", "model.onnx")
    assert chosen(*handler, code=True) == set(handler) - {"x.bin"}
    with pytest.raises(RefusedModel):
        chosen(*handler)


def test_names_that_leave_the_folder_are_dropped() -> None:
    names = ("../x.json", "/etc/x.json", "a/../../x.json", "a\\b.json", "")
    assert chosen("model.safetensors", *names) == {"model.safetensors"}


def test_of_an_agent_its_film_is_fetched() -> None:
    sizes = {"README.md": 1, "replay.mp4": 5_000_000, "ppo-CartPole.zip": 9, "policy.pth": 9}
    assert set(needed("o/n", sizes, False, False)) == {"README.md", "replay.mp4"}
