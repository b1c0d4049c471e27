"""What a replica is made of: the arguments in an application of Ray Serve. Anybody who reads Ray's
dashboard reads them, so secrets stand there sealed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from endpoints.engines import Deployment
from endpoints.spec import Acceleration, Dtype
from pipelines import registry
from pipelines.errors import InvalidInput
from pipelines.models.names import is_commit
from pipelines.settings import Limits


@dataclass(frozen=True)
class Arguments:
    """`task` is the pipeline tag that loads the model; `revision` a commit, None where the model
    lies in a plain folder, of which each node has its own. `environment` names variables that a
    node sets itself, `sealed` are values that are sent. `stamp` and `turn` change when the model's
    files do, and when new replicas are asked for.
    """

    application: str
    model: str
    task: str
    revision: str | None = None
    stamp: str = ""
    trusted_code: bool = False
    trusted_pickle: bool = False
    dtype: Dtype = "auto"
    acceleration: Acceleration = "auto"
    threads: int = 0
    max_batch: int = 32
    timeout: float = 120
    most_waiting: int = 256
    limits: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    sealed: str = ""
    turn: int = 0
    version: int = 0

    def plain(self) -> dict[str, Any]:
        """As Ray keeps them: JSON."""
        return asdict(self) | {"secrets": list(self.secrets)}


def arguments(
    deployment: Deployment, application: str, limits: Limits, sealed: str = "", turn: int = 0
) -> Arguments:
    """Of a deployment whose model was found."""
    spec, model = deployment.spec, deployment.model
    assert model
    return Arguments(
        application=application,
        model=model.id,
        task=registry.choose(model, spec.task).tag,
        revision=model.revision if is_commit(model.revision) else None,
        stamp=model.revision,
        trusted_code=model.trusted_code and model.source != "starter",
        trusted_pickle=model.trusted_pickle,
        dtype=spec.dtype,
        acceleration=spec.acceleration,
        threads=spec.hardware.threads,
        max_batch=spec.max_batch,
        timeout=spec.timeout,
        most_waiting=spec.max_waiting,
        limits=asdict(limits),
        env=dict(spec.env),
        secrets=spec.secrets,
        sealed=sealed,
        turn=turn,
        version=deployment.version,
    )


def read(given: Mapping[str, Any]) -> Arguments:
    """Those that `plain` made. Raises InvalidInput for others."""
    try:
        return Arguments(**dict(given) | {"secrets": tuple(given.get("secrets", ()))})
    except TypeError as error:
        raise InvalidInput(
            f"These arguments are for another version of Tagline ({error}). Install the same one "
            "on all nodes and on the server."
        ) from error
