"""A model's own code: its `handler.py`, as Inference Endpoints runs it."""

from typing import Any

from deploy.snippets import python
from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.files import File
from deploy.snippets.local.program import assembled, chosen
from deploy.snippets.notation import Code

IMPORTS = {
    "io": "import io",
    "sys": "import sys",
    "Path": "from pathlib import Path",
    "soundfile": "import soundfile",
    "snapshot_download": "from huggingface_hub import snapshot_download",
    "Image": "from PIL import Image",
}
OWN = ("io", "sys", "Path")
WAV = '''

def wav(name):
    """A recording as a WAV file of one channel."""
    samples, rate = soundfile.read(name, always_2d=True)
    file = io.BytesIO()
    soundfile.write(file, samples.mean(1), rate, format="WAV")
    return file.getvalue()


'''
CODE = """folder = model if Path(model).is_dir() else snapshot_download(model)
sys.path.insert(0, folder)  # its other files are found beside it
from handler import EndpointHandler

handler = EndpointHandler(folder)
answer = handler({"inputs": inputs, "parameters": parameters})
"""
ENDS = {
    "images": 'answer.save("answer.png")',
    "audio": 'soundfile.write("answer.wav", answer["audio"], answer["sampling_rate"])',
    "tracks": """tracks = answer if isinstance(answer, list) else [answer]
for number, track in enumerate(tracks, 1):
    soundfile.write(f"answer-{number}.wav", track["audio"], track["sampling_rate"])""",
}


def snippet(ask: Ask) -> Snippet:
    row = ask.row(opened)
    inputs = next(iter(row.values())) if len(row) == 1 else row
    values: dict[str, Any] = {"model": ask.where, "inputs": inputs, "parameters": chosen(ask)}
    code = CODE + ENDS.get(ask.kind.name, "print(answer)")
    sounds = WAV if any(file.kind == "audio" for file in ask.files) else ""
    made = assembled(ask, "", values, code).code
    known = python.names(sounds + made)
    own = [line for name, line in IMPORTS.items() if name in known and name in OWN]
    others = [line for name, line in IMPORTS.items() if name in known and name not in OWN]
    head = "\n\n".join("\n".join(lines) for lines in (own, others) if lines)
    return Snippet("python", f"{head}\n{sounds or chr(10)}{made}", ask.files)


def opened(file: File) -> Code:
    """As a handler gets it: pictures open, sound as WAV, a video as it is."""
    if file.kind == "image":
        return Code(f'Image.open("{file.name}")')
    return Code(
        f'wav("{file.name}")' if file.kind == "audio" else f'Path("{file.name}").read_bytes()'
    )
