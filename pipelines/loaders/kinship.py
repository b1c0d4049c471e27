"""What else a pipeline of diffusers can do with the parts that it has, told by its class alone.

Source: the mappings of diffusers' AutoPipeline classes, version 0.42; a test keeps them together.
Pipelines with a ControlNet, which want a picture of their own, stay out. Those of videos have no
AutoPipeline: what they share stands in their documentation.
"""

from types import MappingProxyType

from pipelines.model import Model

TEXT, IMAGE, INPAINT = "text", "image", "inpaint"  # to draw from, to change, to fill a part of
# To film after, to set moving, to film anew
FILM, MOVE, REFILM = "film", "move", "refilm"

PIPELINE = "Pipeline"  # what each name below ends in
NONE = None
# By the class that draws from a text: the one that changes a picture, and the one that fills a part
RELATED = MappingProxyType(
    {
        "StableDiffusion": ("StableDiffusionImg2Img", "StableDiffusionInpaint"),
        "StableDiffusionXL": ("StableDiffusionXLImg2Img", "StableDiffusionXLInpaint"),
        "StableDiffusion3": ("StableDiffusion3Img2Img", "StableDiffusion3Inpaint"),
        "StableDiffusionPAG": ("StableDiffusionPAGImg2Img", "StableDiffusionPAGInpaint"),
        "StableDiffusionXLPAG": ("StableDiffusionXLPAGImg2Img", "StableDiffusionXLPAGInpaint"),
        "StableDiffusion3PAG": ("StableDiffusion3PAGImg2Img", NONE),
        "IF": ("IFImg2Img", "IFInpainting"),
        "KandinskyCombined": ("KandinskyImg2ImgCombined", "KandinskyInpaintCombined"),
        "KandinskyV22Combined": ("KandinskyV22Img2ImgCombined", "KandinskyV22InpaintCombined"),
        "Kandinsky3": ("Kandinsky3Img2Img", NONE),
        "LatentConsistencyModel": ("LatentConsistencyModelImg2Img", NONE),
        "Flux": ("FluxImg2Img", "FluxInpaint"),
        "FluxKontext": ("FluxKontext", NONE),
        "Flux2Klein": ("Flux2Klein", NONE),
        "Flux2": ("Flux2", NONE),
        "QwenImage": ("QwenImageImg2Img", "QwenImageInpaint"),
        "ZImage": ("ZImageImg2Img", "ZImageInpaint"),
        "Kolors": ("KolorsImg2Img", NONE),
    }
)
# Classes that draw from a text and do nothing else
DRAW = frozenset(
    {
        "AuraFlow", "Chroma", "CogView3Plus", "CogView4", "GlmImage", "HunyuanDiT", "HunyuanDiTPAG",
        "Ideogram4", "KolorsPAG", "Krea2", "Lumina", "Lumina2", "NucleusMoEImage", "OvisImage",
        "PRX", "PixArtAlpha", "PixArtSigma", "PixArtSigmaPAG", "QwenImage21", "Sana", "SanaPAG",
        "StableCascadeCombined", "WuerstchenCombined", "ZImageOmni",
    }
)  # fmt: skip
# By the class that films after a text: the one that sets a picture moving, and the one that films
# a video anew. Where a class needs other weights for the one or the other, it stands alone.
FILMS = MappingProxyType(
    {
        "AnimateDiff": (NONE, "AnimateDiffVideoToVideo"),
        "CogVideoX": (NONE, "CogVideoXVideoToVideo"),
        "LTX": ("LTXImageToVideo", NONE),
        "LTX2": ("LTX2ImageToVideo", NONE),
        "SanaVideo": ("SanaImageToVideo", NONE),
        "SkyReelsV2DiffusionForcing": (
            "SkyReelsV2DiffusionForcingImageToVideo",
            "SkyReelsV2DiffusionForcingVideoToVideo",
        ),
        "TextToVideoSD": (NONE, "VideoToVideoSD"),
        "Wan": (NONE, "WanVideoToVideo"),
    }
)
# Classes that change a picture and cannot draw without one; the second fills a part
CHANGE = MappingProxyType(
    {
        "QwenImageEdit": "QwenImageEditInpaint",
        "QwenImageEditPlus": NONE,
        "QwenImageLayered": NONE,
    }
)


def family(name: str) -> dict[str, str] | None:
    """The classes that can share the parts of the class `name`, by what they are for: TEXT, IMAGE,
    INPAINT; FILM, MOVE, REFILM. None for a class that is not known here."""
    stem = name.removesuffix(PIPELINE)
    if stem in DRAW:
        return {TEXT: name}
    for text, (image, part) in RELATED.items():
        if stem in (text, image):
            return named({TEXT: text, IMAGE: image, INPAINT: part})
        if stem == part:  # its network may want the part to fill as channels of their own
            return named({IMAGE: image, INPAINT: part})
    for image, part in CHANGE.items():
        if stem in (image, part):
            return named({IMAGE: image, INPAINT: part})
    for text, (move, refilm) in FILMS.items():
        if stem in (text, move, refilm):
            return named({FILM: text, MOVE: move, REFILM: refilm})
    return None


def named(stems: dict[str, str | None]) -> dict[str, str]:
    return {use: f"{stem}{PIPELINE}" for use, stem in stems.items() if stem}


def able(model: Model, use: str, tag: str) -> bool:
    """Whether a pipeline can be used so; one that is not known here can do what its tag says."""
    name = next(iter(model.architectures), None)
    if name is None:  # an adapter, say: no pipeline by itself
        return False
    known = family(name)
    return model.tag == tag if known is None else use in known
