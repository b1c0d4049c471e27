"""Reads the settings, starts the engine, and serves page and API on one port."""

import os
import signal
import sys
import threading

from pydantic import ValidationError

from pipelines import settings as config
from pipelines.engine.engine import Engine
from pipelines.engine.inline import Inline
from pipelines.hardware import detect, probe
from pipelines.inference import Inference
from pipelines.models.resolve import Models
from pipelines.settings import Settings


def make_inference(settings: Settings) -> Inference:
    """The one path from a caller to a model."""
    hardware = detect(probe(), settings.device, settings.dtype)
    engine = Engine(Inline(hardware), hardware, settings.max_loaded, settings.load_seconds)
    return Inference(Models(settings), engine, settings.limits)


def serve(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM."""
    # No call leaves this machine unless somebody asks for a model; gradio reads this on import.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    from api.app import build as build_api
    from components.app import build as build_page
    from components.launch import launch

    inference = make_inference(settings)
    page = build_page(inference)
    launch(page, build_api(inference, settings), settings)
    # SIGTERM takes SIGINT's way, so that a container's stop drains.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=__import__, args=("transformers.pipelines",), daemon=True).start()
    page.block_thread()


def main() -> None:
    try:
        settings = config.read(sys.argv[1:])
        serve(settings)
    except ValidationError as error:
        sys.exit("\n".join(each["msg"].removeprefix("Value error, ") for each in error.errors()))
    except (ValueError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
