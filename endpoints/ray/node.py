"""What a replica finds on its node: hardware, the model, secrets, and its own name."""

import os
import socket
from dataclasses import replace

from endpoints.ray import keys
from endpoints.ray.arguments import Arguments
from pipelines.engine import build
from pipelines.engine.engine import Engine
from pipelines.errors import InvalidInput, UnknownModel
from pipelines.hardware import Hardware, detect, probe
from pipelines.model import Model
from pipelines.models.resolve import Models
from pipelines.settings import Settings


def make_engine(given: Arguments) -> Engine:
    """An engine for one model, on what Ray gave this actor of the node."""
    settings = node_settings(given)
    hardware = own_share(detect(probe(), settings.device, settings.dtype), given.threads)
    placement = build.placement(hardware, settings)
    memory = build.memory(hardware, settings)
    models = Models(settings)
    return build.engine(placement, hardware, memory, settings, models.hold)


def own_share(hardware: Hardware, threads: int) -> Hardware:
    """Ray sets OMP_NUM_THREADS to the CPUs that it reserved for an actor."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    most = threads or (int(said) if said.isdigit() else 1)
    return replace(hardware, threads=max(1, min(most, hardware.threads)))


def node_settings(given: Arguments) -> Settings:
    """The node's own settings (TAGLINE_STARTERS_DIR, TAGLINE_MODELS_DIR, HF_HOME ...), and what
    the endpoint says."""
    id = (given.model,)
    return Settings(
        host="127.0.0.1",
        level=None,
        offline=True,
        trusted_code=id if given.trusted_code else (),
        trusted_pickle=id if given.trusted_pickle else (),
        call_seconds=given.timeout,
        max_waiting=given.most_waiting,
    )


def find(given: Arguments) -> Model:
    """The model on this node. Raises UnknownModel, with what the node lacks and what to do."""
    name = f"{given.model}@{given.revision}" if given.revision else given.model
    settings = node_settings(given)
    try:
        return Models(settings).find(name)
    except UnknownModel as error:
        option = f" --revision {given.revision}" if given.revision else ""
        folders = ", ".join(map(str, (settings.starters, *settings.models_dir)))
        raise UnknownModel(
            f"Node {socket.gethostname()} has no {name}: not in {folders}, nor in its Hugging Face "
            f"cache. Bring it there with `hf download {given.model}{option}`, or share one folder "
            "among all nodes and name it in TAGLINE_MODELS_DIR."
        ) from error


def environment(given: Arguments, own: keys.Keys) -> dict[str, str]:
    """What the model's process gets. Raises InvalidInput for a secret that nobody set."""
    if given.sealed:
        return {**given.env, **own.open(given.sealed, given.application)}
    if missing := [name for name in given.secrets if name not in os.environ]:
        raise InvalidInput(
            f"The secrets {', '.join(missing)} are not set. Set them as variables of the node, or "
            "deploy the endpoint from Tagline, which sends them sealed."
        )
    return {**given.env, **{name: os.environ[name] for name in given.secrets}}


def replica_id() -> str:
    """As Ray names it; the process's own id where no Ray is, as in tests."""
    alone = f"process-{os.getpid()}"
    try:
        from ray import serve
        from ray.serve.exceptions import RayServeException
    except ImportError:
        return alone
    try:
        return str(serve.get_replica_context().replica_id.unique_id)
    except RayServeException:
        return alone
