"""A model as a repository with a handler.py, which Inference Endpoints runs for any task.

Source: "Create a custom Inference Handler" in the documentation of Inference Endpoints, and the
source of huggingface-inference-toolkit, which loads such a file.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from deploy import bundle, parts, requirements
from deploy.handler import endpoint
from deploy.handler.readme import readme
from deploy.plan import Plan
from pipelines.alone import ABOUT, MODELS

PACKAGE = "pipelines"  # what of Tagline runs a model
# Lines of requirements.txt that only its page and its API need.
SERVER_ONLY = (
    "gradio", "fastapi-offline", "orjson", "SQLAlchemy", "itsdangerous", "prometheus-client",
    "structlog", "segno",
)  # fmt: skip
# What comes with those of them where there is a server.
ALSO = ("pydantic>=2.11,<3", "PyYAML>=6,<7")
TABLES = ("pandas>=2,<4",)
READING_TABLES = ("sklearn", "transformers")  # libraries that take one as pandas has it
CODE = '''"""What Inference Endpoints looks for. `pipelines/` beside it is Tagline's."""

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from pipelines.alone import Alone  # noqa: E402


class EndpointHandler:
    def __init__(self, path: str = "") -> None:
        self.model = Alone(HERE)

    def __call__(self, data: dict[str, Any]) -> Any:
        """The answer to a body, `{"inputs": ..., "parameters": {...}}`, in Hugging Face's shape."""
        return self.model(data)
'''


def write(plan: Plan, folder: Path) -> None:
    """handler.py and all that it needs. A model that the Hub has at a commit is fetched from
    there when the endpoint starts; the files of others are bundled."""
    ignore = shutil.ignore_patterns(*parts.LEFT_OUT)
    shutil.copytree(parts.ROOT / PACKAGE, folder / PACKAGE, ignore=ignore, dirs_exist_ok=True)
    shutil.copyfile(parts.ROOT / parts.LICENCE, folder / parts.LICENCE)
    content = bundle.copy(plan.model, folder / MODELS) if plan.commit is None else None
    texts = {
        "handler.py": CODE,
        "requirements.txt": "".join(f"{each}\n" for each in needs(plan)),
        ABOUT: json.dumps(about(plan), indent=2) + "\n",
        "create_endpoint.py": endpoint.of_handler(plan).code,
        "README.md": readme(plan, content),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def needs(plan: Plan) -> list[str]:
    """Requirements without those of a server, one a line."""
    server = {requirements.plain(name) for name in SERVER_ONLY}
    found = map(Requirement, requirements.lines(plan.model))
    tables = TABLES if plan.model.library in READING_TABLES else ()
    kept = (str(each) for each in found if requirements.plain(each.name) not in server)
    return [*kept, *ALSO, *tables]


def about(plan: Plan) -> dict[str, Any]:
    """What `pipelines.alone` reads."""
    return {
        "id": plan.model.id,
        "task": plan.task.tag,
        "commit": plan.commit,
        "files": sorted(bundle.files(plan.model)) if plan.commit else [],
        "trusted_code": plan.model.trusted_code,
    }
