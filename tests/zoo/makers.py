"""Tiny pipelines of diffusers that make solids and sound, with seeded random weights."""

from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers.pipelines.shap_e.renderer import ShapERenderer
from diffusers.pipelines.stable_audio import StableAudioProjectionModel

from pipelines.solids import solid
from tests.zoo.filmers import quick
from tests.zoo.painters import SIDE, WIDE, clip_text, tokenizer
from tests.zoo.parts import byte_level, card

LATENT = 8
SEED = 7  # a card's own: of a random surface, one seed in fifty finds nothing
RATE = 8_000  # Hz


def prior(**more: Any) -> Any:
    torch.manual_seed(0)
    return diffusers.PriorTransformer(
        num_attention_heads=2, attention_head_dim=16, embedding_dim=16, num_embeddings=32,
        embedding_proj_dim=WIDE, time_embed_dim=64, num_layers=1, clip_embed_dim=32,
        additional_embeddings=0, time_embed_act_fn="gelu", norm_in_type="layer",
        encoder_hid_proj_type=None, added_emb_type=None, **more,
    ).eval()  # fmt: skip


# The corners of a cube that its edges join, in the order of diffusers: along x, y and z. Corner
# x + 2 y + 4 z.
EDGES = [
    (first, first + step)
    for step, (one, other) in {1: (2, 4), 2: (1, 4), 4: (1, 2)}.items()
    for first in (0, one, other, one + other)
]


def surface(decoder: Any) -> None:
    """Fills the table of marching cubes, which comes with the real weights, in a rough way: one
    triangle, or two, between edges that cross the surface."""
    for case in range(256):
        inside = [bool(case >> corner & 1) for corner in range(8)]
        crossed = [at for at, (a, b) in enumerate(EDGES) if inside[a] != inside[b]]
        for number in range(min(2, max(0, len(crossed) - 2))):
            triangle = torch.tensor(crossed[number : number + 3])
            decoder.cases[case, number], decoder.masks[case, number] = triangle, True


def renderer() -> Any:
    """Of a network that finds a part of the room filled."""
    torch.manual_seed(3)
    made = ShapERenderer(
        param_shapes=((8, 93), (8, 8), (8, 8), (8, 8)), d_latent=16, d_hidden=8, n_output=12,
        background=(255.0, 255.0, 255.0),
    )  # fmt: skip
    first: Any = next(iter(made.params_proj.projections.values()))
    with torch.no_grad():
        # x, y and z alone, without their waves: a smooth surface
        first.norm.weight[3:] = 0
        first.proj.bias.view(8, 93)[:, 3:] = 0
        last: Any = made.mlp.mlp[-1]
        last.bias.zero_()
        last.weight.mul_(4)
        surface(made.mesh_decoder)
    return made.eval()


def noise() -> Any:
    return diffusers.HeunDiscreteScheduler(
        beta_schedule="exp", num_train_timesteps=1024, prediction_type="sample",
        use_karras_sigmas=True, clip_sample=True, clip_sample_range=1.0,
    )  # fmt: skip


def shap_e(folder: Path) -> None:
    pipe = diffusers.ShapEPipeline(
        prior=prior(), text_encoder=clip_text(projection_dim=WIDE), tokenizer=tokenizer(),
        scheduler=noise(), shap_e_renderer=renderer(),
    )  # fmt: skip
    pipe.save_pretrained(quick(folder, "text-to-3d", seed=SEED))


def shap_e_of_pictures(folder: Path) -> None:
    torch.manual_seed(0)
    eye = transformers.CLIPVisionConfig(
        hidden_size=WIDE, image_size=SIDE, projection_dim=WIDE, intermediate_size=37,
        num_attention_heads=4, num_hidden_layers=1, patch_size=8,
    )  # fmt: skip
    pipe = diffusers.ShapEImg2ImgPipeline(
        prior=prior(embedding_proj_norm_type="layer"),
        image_encoder=transformers.CLIPVisionModel(eye).eval(),
        image_processor=transformers.CLIPImageProcessorPil(
            crop_size=SIDE, size={"shortest_edge": SIDE}
        ),
        scheduler=noise(), shap_e_renderer=renderer(),
    )  # fmt: skip
    pipe.save_pretrained(quick(folder, "image-to-3d", seed=SEED))


def stable_audio(folder: Path) -> None:
    """As Stable Audio: a transformer over what an autoencoder makes of two channels."""
    torch.manual_seed(0)
    words = byte_level()
    words.model_max_length = 64
    text = transformers.T5Config(
        vocab_size=len(words), d_model=WIDE, d_ff=37, d_kv=8, num_layers=1, num_heads=4
    )
    pipe = diffusers.StableAudioPipeline(
        vae=diffusers.AutoencoderOobleck(
            encoder_hidden_size=6, downsampling_ratios=[2, 4], channel_multiples=[1, 2],
            decoder_channels=8, decoder_input_channels=LATENT, audio_channels=2,
            sampling_rate=RATE,
        ).eval(),
        text_encoder=transformers.T5EncoderModel(text).eval(),
        projection_model=StableAudioProjectionModel(
            text_encoder_dim=WIDE, conditioning_dim=WIDE, min_value=0, max_value=32
        ).eval(),
        tokenizer=words,
        transformer=diffusers.StableAudioDiTModel(
            sample_size=512, in_channels=LATENT, out_channels=LATENT, num_layers=1,
            attention_head_dim=8, num_attention_heads=4, num_key_value_attention_heads=2,
            cross_attention_dim=WIDE, time_proj_dim=8, global_states_input_dim=2 * WIDE,
            cross_attention_input_dim=WIDE,
        ).eval(),
        scheduler=diffusers.EDMDPMSolverMultistepScheduler(
            solver_order=2, prediction_type="v_prediction", sigma_data=1.0,
            sigma_schedule="exponential",
        ),
    )  # fmt: skip
    pipe.save_pretrained(card(folder, "text-to-audio", "diffusers"))


def turned(mesh: Any) -> Any:
    """Shap-E's mesh as a file, after a quarter of a turn about the x axis: z was up, y is."""
    quarter = torch.tensor([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    colours = torch.stack([mesh.vertex_channels[name] for name in "RGB"], dim=1)
    return solid((mesh.verts @ quarter.T).numpy(), mesh.faces.numpy(), colours.numpy())
