"""Reads the settings, starts the engine, and serves page and API on one port."""

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pipelines import settings as config
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.inference import Inference


def make_inference(settings: Settings) -> "Inference":
    """The one path from a caller to a model."""
    from pipelines.engine.engine import Engine
    from pipelines.engine.inline import Inline
    from pipelines.hardware import detect, probe
    from pipelines.inference import Inference
    from pipelines.models.resolve import Models

    hardware, models = detect(probe(), settings.device, settings.dtype), Models(settings)
    loads = settings.max_loaded, settings.load_seconds
    return Inference(
        models, Engine(Inline(hardware), hardware, *loads, models.hold), settings.limits
    )


def serve(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM."""
    # Libraries read these on import; no call leaves this machine unless somebody asks for a model.
    os.environ.update(config.library_environment(settings))
    from api.app import build as build_api
    from components.app import build as build_page
    from components.launch import launch

    inference = make_inference(settings)
    page = build_page(inference)
    launch(page, build_api(inference, settings), settings, inference.close)
    # Not getsignal(SIGINT): a shell starts background jobs with SIGINT ignored.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=__import__, args=("transformers.pipelines",), daemon=True).start()
    page.block_thread()


def main() -> None:
    try:
        serve(config.read(sys.argv[1:]))
    except ValidationError as error:
        sys.exit("\n".join(config.sentence(each) for each in error.errors()))
    except (ValueError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
