"""Loads exported handlers as the toolkit of Inference Endpoints does, one fresh process each.

A script: it reads lines of JSON, a folder and the body of a call, forks for each, and writes the
answer as the toolkit's JSON has it. Source: huggingface-inference-toolkit, `utils.py` and
`serialization/`. It imports nothing of ours, and the folder's own parts are new to every process.
"""

import base64
import importlib.util
import io
import json
import os
import sys
import traceback
from contextlib import suppress
from typing import Any

OURS = "pipelines"


def load(folder: str) -> Any:
    """By path, under a name of its own, with the folder first among the places to import from."""
    spec = importlib.util.spec_from_file_location("custom_handler", f"{folder}/handler.py")
    assert spec
    assert spec.loader
    sys.path.insert(0, folder)
    module = importlib.util.module_from_spec(spec)
    sys.modules["custom_handler"] = module
    spec.loader.exec_module(module)
    return module.EndpointHandler(folder)


def decoded(body: dict[str, Any], how: str) -> dict[str, Any]:
    """What the toolkit makes of a body that is a picture or a sound itself."""
    if how == "json":
        return body
    raw: Any = base64.b64decode(body["inputs"])
    if how == "image":
        from PIL import Image

        raw = Image.open(io.BytesIO(raw)).convert("RGB")
    return {**body, "inputs": raw}


def written(value: Any) -> Any:
    """The toolkit's own rule: pictures are base64 of a PNG, numpy's numbers are numbers."""
    if hasattr(value, "save"):
        file = io.BytesIO()
        value.save(file, format="PNG")
        return {"png": base64.b64encode(file.getvalue()).decode()}
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"the toolkit cannot write {type(value)}")


def answer(folder: str, body: dict[str, Any], how: str) -> dict[str, Any]:
    assert OURS not in sys.modules
    assert importlib.util.find_spec(OURS) is None
    try:
        value = load(folder)(decoded(body, how))
    except Exception as error:
        return {"error": str(error), "trace": traceback.format_exc()[-3000:]}
    assert str(sys.modules[OURS].__file__).startswith(folder)
    return {"value": value}


def main() -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries and models print is no answer
    for name in ("torch", "transformers"):  # once for all, where the folder asks for them
        with suppress(ModuleNotFoundError):
            importlib.import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        if os.fork() == 0:
            out.write(json.dumps(answer(**asked), default=written) + "\n")
            out.flush()
            os._exit(0)
        if os.wait()[1]:
            out.write('{"error": "the process ended"}\n')
            out.flush()


main()
