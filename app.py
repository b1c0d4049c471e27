"""Reads the settings, starts the engine, and serves page and API on one port."""

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pipelines import settings as config
from pipelines.errors import TaglineError
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
    engine = Engine(Inline(hardware), hardware, *loads, models.hold)
    return Inference(models, engine, settings.limits)


def serve(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM."""
    # Libraries read these on import; no call leaves this machine unless somebody asks for a model.
    os.environ.update(config.library_environment(settings))
    from api.app import build as build_api
    from components.app import build as build_page
    from components.launch import launch

    inference = make_inference(settings)
    _ = inference.models.shown  # raises where --model names a folder that has no model
    page = build_page(inference)
    launch(page, build_api(inference, settings), settings, inference.close)
    threading.Thread(target=__import__, args=("transformers.pipelines",), daemon=True).start()
    page.block_thread()


def main() -> None:
    # SIGTERM is a container's stop; a shell starts background jobs with SIGINT ignored.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            serve(config.read(sys.argv[1:]))
    except ValidationError as error:
        sys.exit("\n".join(config.sentence(each) for each in error.errors()))
    except (TaglineError, ValueError, OSError) as error:
        sys.exit(str(error))
    os._exit(0)  # a model that still computes would hold the interpreter until it is done


if __name__ == "__main__":
    main()
