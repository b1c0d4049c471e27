"""Runs snippets in Python, as users would, each in a process of its own.

`python -m tests.deploy.snippets.runner MODULE...` imports the modules once, reads a list of
{"code", "folder", "env"} as JSON and writes what each gave: what it printed, as values where that
is one, or its error.
"""

import base64
import importlib
import json
import os
import sys
import traceback
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

SECONDS = 240
Job = dict[str, Any]


def plain(value: Any) -> Any:
    """A value as JSON: files and bytes as base64, pictures as their pixels."""
    if is_dataclass(value) or isinstance(value, dict):
        fields = value if isinstance(value, dict) else vars(value)
        return {str(key): plain(each) for key, each in fields.items() if each is not None}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if hasattr(value, "getbands"):
        pixels = base64.b64encode(value.convert("L").tobytes()).decode()
        return {"size": list(value.size), "pixels": pixels}
    if hasattr(value, "model_dump"):
        return plain(value.model_dump())
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str | int | float | None):
        return value
    return repr(value)


def outcome(job: Job) -> Job:
    """Runs in a process of its own."""
    printed: list[Any] = []

    def note(*values: Any, **how: Any) -> None:
        printed.extend(plain(value) for value in values)

    os.chdir(job["folder"])
    os.environ.update(job["env"])
    sys.path.insert(0, job["folder"])
    try:
        exec(compile(job["code"], "snippet.py", "exec"), {"__name__": "__main__", "print": note})
    except BaseException as error:
        return {"error": "".join(traceback.format_exception(error))[-3000:]}
    return {"printed": printed}


def apart(job: Job) -> Job:
    """The outcome, made in a fork."""
    place = Path(job["folder"]) / "outcome.json"
    child = os.fork()
    if child == 0:
        import signal

        signal.alarm(SECONDS)
        place.write_text(json.dumps(outcome(job)), encoding="utf-8")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not place.exists():
        return {"error": f"The process ended with status {status}."}
    told: Job = json.loads(place.read_text(encoding="utf-8"))
    return told


def main() -> None:
    for name in sys.argv[1:]:
        importlib.import_module(name)
    jobs = json.load(sys.stdin)
    print(json.dumps([apart(job) for job in jobs]))


if __name__ == "__main__":
    main()
