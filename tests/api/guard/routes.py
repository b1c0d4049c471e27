"""Every route of the application that runs, ours and Gradio's.

Run as a program, since Blocks leave event loops open, which pytest would report.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from tests.conftest import ROOT, free_port

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
Asked = tuple[str, str]  # a method and a path


def every() -> list[Asked]:
    """Each method that some route takes, with a path that leads to it."""
    command = [sys.executable, "-m", __name__]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=120)
    return [(method, path) for method, path in json.loads(done.stdout)]


def of(routes: Sequence[Any]) -> Iterator[Asked]:
    from fastapi.routing import iter_route_contexts

    for route in iter_route_contexts(routes):
        path = re.sub(r"{[^}]*}", "x", route.path or "/")
        for method in route.methods or METHODS:  # what is mounted takes them all
            yield method, path


def main() -> None:
    from components.launch import Serving
    from tests.api.local import SETTINGS, inference

    serving = Serving(inference(None), SETTINGS.model_copy(update={"port": free_port()}))
    with redirect_stdout(StringIO()):
        serving.start()
    print(json.dumps(sorted(set(of(serving.page.app.routes)))), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
