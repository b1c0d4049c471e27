"""diffusers: pictures, videos and solids by the pipeline that is made for what goes in."""

from typing import Any

from deploy.snippets import python
from deploy.snippets.ask import SEVERAL, Ask, Snippet
from deploy.snippets.local.program import assembled, chosen, path, refuse
from deploy.snippets.python import call
from pipelines.errors import UnsupportedTask
from pipelines.loaders.filming import TRAINED
from pipelines.loaders.kinship import FILM, IMAGE, INPAINT, MOVE, REFILM, TEXT, family
from pipelines.video import FPS

ANY = "DiffusionPipeline"
OURS = ("lora_scale", "scheduler")  # of the page alone
ASIDE = (*SEVERAL, "seed", "fps", "target_size", "lora")  # not told to the call as they are
FEW = 16  # frames of a video that is filmed anew, where nobody says how many
# What a pipeline calls the pace that its model was trained with, and that pace, in frames a second;
# by the beginning of its class's name
PACED = (
    ("LTX2", "frame_rate", 24),
    ("LTX", "frame_rate", 25),
    ("SkyReels", "fps", 24),
    ("StableVideoDiffusion", "fps", 7),
)
READ = """with av.open(video) as source:
    rate = source.streams.video[0].average_rate
    every = [frame.to_image() for frame in source.decode(video=0)]
count = min({count}, len(every))
step = (len(every) - 1) / max(count - 1, 1)
frames = [every[round(at * step)] for at in range(count)]"""
IMPORTS = {
    "av": "import av",
    "diffusers": "import diffusers.utils",
    "torch": "import torch",
    "Image": "from PIL import Image",
}
SAVED = {
    "images": 'answer.images[0].save("answer.png")',
    "video": """pictures = answer.frames[0]
with av.open("answer.mp4", "w") as film:
    stream = film.add_stream("libx264", rate={rate}, options={{"crf": "18"}})
    stream.width, stream.height = pictures[0].size
    for picture in pictures:
        film.mux(stream.encode(av.VideoFrame.from_image(picture)))
    film.mux(stream.encode())""",
    "solid": 'diffusers.utils.export_to_ply(answer.images[0], "answer.ply")',
}
SAVED_ALL = """for number, picture in enumerate(answer.images, 1):
    picture.save(f"answer-{number}.png")"""


def snippet(ask: Ask) -> Snippet:
    """Raises UnsupportedTask for what is not drawn, InvalidInput for a parameter that the code has
    no word for."""
    if ask.kind.name not in SAVED:
        raise UnsupportedTask(f"There is no code for {ask.task.tag} by diffusers alone.")
    given = chosen(ask)
    if others := [name for name in OURS if name in given]:
        refuse(ask, others)
    name = pipeline(ask)
    lora = [call("pipe.load_lora_weights", [repr(given["lora"])])] if "lora" in given else []
    made = [f"pipe = {name}.from_pretrained(model)", *lora, *opened(ask, given)]
    asked = call("answer = pipe", arguments(ask, given))
    code = "\n".join([*made, asked, saved(ask, given)])
    known = {"model": ask.where, **ask.row(path)}
    known |= {"parameters": told} if (told := passed(ask, given)) else {}
    used = python.names(code)
    lines = [line for each, line in IMPORTS.items() if each in used]
    imports = "\n".join([*lines, f"from diffusers import {name}"])
    return assembled(ask, imports, {n: v for n, v in known.items() if n in used}, code)


def kinds(ask: Ask) -> set[str]:
    return {slot.kind for slot in ask.slots}


def pipeline(ask: Ask) -> str:
    """The class that shares the model's parts and is made for what goes in."""
    own = next(iter(ask.model.architectures), ANY)
    given, film = kinds(ask), ask.kind.name == "video"
    if "mask" in given:
        use = INPAINT
    elif "video" in given:
        use = REFILM
    elif "image" in given:
        use = MOVE if film else IMAGE
    else:
        use = FILM if film else TEXT
    return (family(own) or {}).get(use) or own


def opened(ask: Ask, given: dict[str, Any]) -> list[str]:
    """Files as the pipeline takes them."""
    known = kinds(ask)
    picture = f'picture = Image.open(image).convert("RGB"){resized(given, "LANCZOS")}'
    part = f'part = Image.open(mask).convert("L"){resized(given, "NEAREST")}'
    return [
        *([READ.format(count=given.get("num_frames", FEW))] if "video" in known else []),
        *([picture] if "image" in known else []),
        *([part] if "mask" in known else []),
    ]


def resized(given: dict[str, Any], how: str) -> str:
    size = given.get("target_size")
    pixels = f"({size['width']}, {size['height']})" if size else ""
    return f".resize({pixels}, Image.Resampling.{how})" if size else ""


def arguments(ask: Ask, given: dict[str, Any]) -> list[str]:
    """Those of the call: words, files, how it draws, and from which seed."""
    size = given.get("target_size") if ask.kind.name == "video" else None
    words = [slot.name for slot in ask.slots if slot.kind == "text"]
    mesh = ['output_type="mesh"'] if ask.kind.name == "solid" else []
    pace, _ = paced(ask)
    return [
        *(f"prompt={name}" for name in words),
        *[f"{to}={name}" for kind, (to, name) in FILES.items() if kind in kinds(ask)],
        *([f"width={size['width']}", f"height={size['height']}"] if size else []),
        *([f"{pace}={round(given['fps'])}"] if pace and "fps" in given else []),
        *(f"{name}={given[name]}" for name in SEVERAL if name in given),
        *(["**parameters"] if passed(ask, given) else []),
        *mesh,
        *generators(ask, given),
    ]


def paced(ask: Ask) -> tuple[str, int]:
    """What the pipeline calls the pace, if it takes one, and its usual pace."""
    name = pipeline(ask)
    known = ((pace, rate) for start, pace, rate in PACED if name.startswith(start))
    trained = (rate for start, rate in TRAINED.items() if name.startswith(start))
    return next(known, ("", next(trained, FPS)))


# What a pipeline calls a file, and what the code does
FILES = {
    "image": ("image", "picture"),
    "mask": ("mask_image", "part"),
    "video": ("video", "frames"),
}


def passed(ask: Ask, given: dict[str, Any]) -> dict[str, Any]:
    aside = (*ASIDE, "num_frames") if "video" in kinds(ask) else ASIDE
    return {name: value for name, value in given.items() if name not in aside}


def generators(ask: Ask, given: dict[str, Any]) -> list[str]:
    """Each picture of several has the next seed."""
    seed = "seed" if "seed" in ask.inputs else given.get("seed")
    count = count_of(given)
    if seed is None:
        return []
    if count == 1:
        return [f"generator=torch.Generator().manual_seed({seed})"]
    return [f"generator=[torch.Generator().manual_seed({seed} + n) for n in range({count})]"]


def count_of(given: dict[str, Any]) -> int:
    return next((int(given[name]) for name in SEVERAL if given.get(name)), 1)


def saved(ask: Ask, given: dict[str, Any]) -> str:
    if count_of(given) > 1:
        return SAVED_ALL
    return SAVED[ask.kind.name].format(rate=rate(ask, given))


def rate(ask: Ask, given: dict[str, Any]) -> str:
    """Frames a second; those of a video that is filmed anew last as long as it did."""
    if "fps" in given:
        return str(round(given["fps"]))
    return "rate * count / len(every)" if "video" in kinds(ask) else str(paced(ask)[1])
