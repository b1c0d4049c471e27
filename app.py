"""Reads the settings, starts the engine, and serves page and API on one port."""

import gc
import os
import sys
from typing import TYPE_CHECKING

from cli.main import main
from pipelines import logs
from pipelines import settings as config
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
    quota, trusting = settings.quota_seconds, settings.level is None
    return Inference(models, engine, settings.limits, trusting=trusting, quota=quota)


def serve(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM."""
    gc.disable()  # until the page is served: next to nothing of what imports make is garbage
    # Libraries read these on import; no call leaves this machine unless somebody asks for a model.
    told = logs.variables(settings.log_format, settings.log_level)
    os.environ.update(config.library_environment(settings) | told)
    logs.configure(settings.log_format, settings.log_level)
    inference = make_inference(settings)
    from components.spared import sparing

    with sparing():
        from components.launch import Serving

    serving = Serving(inference, settings)
    if settings.sign_in:
        from cli.first import greet

        greet(settings)
    serving.run()


if __name__ == "__main__":
    main(sys.argv[1:], serve)
