"""Reads the settings, starts the engine, and serves page and API on one port."""

import os
import signal
import sys
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
    from pipelines.engine import build
    from pipelines.hardware import detect, probe

    hardware = detect(probe(), settings.device, settings.dtype)
    placement = build.placement(hardware, settings)  # its libraries load beside what follows
    from pipelines.inference import Inference
    from pipelines.models.fit import Ceiling
    from pipelines.models.resolve import Models

    memory = build.memory(hardware, settings)
    models = Models(settings, ceiling=Ceiling(memory.size, hardware.dtype))
    engine = build.engine(placement, hardware, memory, settings, models.hold)
    return Inference(models, engine, settings.limits, trusting=settings.hands_on)


def serve(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM."""
    # Libraries read these on import; no call leaves this machine unless somebody asks for a model.
    os.environ.update(config.library_environment(settings))
    inference = make_inference(settings)
    from components.launch import Serving

    Serving(inference, settings).run()


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
    os._exit(0)  # a thread that still computes would hold the interpreter until it is done


if __name__ == "__main__":
    main()
