"""What an endpoint is to be, as its owner says it. What it is at the moment stands in `status`."""

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipelines.errors import InvalidInput, TaglineError
from pipelines.models.names import parse

EngineName = Literal["local", "ray"]
Level = Literal["public", "protected", "private"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]
Acceleration = Literal["auto", "off", "openvino-int8", "openvino-bf16", "openvino-f32"]
NAME = r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?"  # a DNS label, as long as Hugging Face allows it
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
PARTS = ("hardware", "scaling", "access")
DAY = 86_400
GB = 1_000_000_000

Name = Annotated[str, Field(pattern=f"^{NAME}$", description="DNS label, up to 32 characters")]
Tag = Annotated[str, Field(min_length=1, max_length=63)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hardware(Part):
    """What one replica asks for. `tier` is a Space's flavour, `labels` select nodes of a cluster;
    what is None or 0 is left to the engine. A part of a CPU is a share of one: `threads` is how
    many compute at a time, 0 for the engine's own. `memory` is the bytes that are kept for it.
    """

    tier: str | None = Field(None, max_length=63)
    cpus: float | None = Field(None, gt=0, le=1024)
    memory_gb: float | None = Field(None, gt=0, le=100_000)
    gpus: float = Field(0, ge=0, le=64)
    labels: Mapping[str, str] = {}

    @property
    def threads(self) -> int:
        return ceil(self.cpus or 0)

    @property
    def memory(self) -> int:
        return int((self.memory_gb or 0) * GB)


class Scaling(Part):
    """How many replicas there are. `target` is how many calls each should have at a time, those in
    line included; `to_zero_after` is seconds without a call, None for never.
    """

    min_replicas: int = Field(1, ge=0, le=64)
    max_replicas: int = Field(1, ge=1, le=64)
    target: float = Field(2.0, gt=0, le=1000)
    to_zero_after: float | None = Field(None, gt=0, le=30 * DAY)

    @model_validator(mode="after")
    def fit_together(self) -> "Scaling":
        if self.min_replicas > self.max_replicas:
            raise ValueError(
                f"min_replicas is {self.min_replicas} and max_replicas {self.max_replicas}. Raise "
                "max_replicas"
            )
        if self.to_zero_after is not None and self.min_replicas:
            raise ValueError("to_zero_after needs min_replicas 0: no other endpoint goes to zero")
        return self


class Access(Part):
    """Who may call. `networks` are what a private endpoint lets in besides this machine, and
    `interface` is an address of this machine whose own network it lets in.
    """

    level: Level = "protected"
    networks: tuple[str, ...] = Field((), max_length=64)
    interface: str | None = None

    @field_validator("networks")
    @classmethod
    def read_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(each)) for each in value)  # a ValueError with its own sentence

    @field_validator("interface")
    @classmethod
    def read_interface(cls, value: str | None) -> str | None:
        return value and str(ip_address(value))

    @model_validator(mode="after")
    def belong_together(self) -> "Access":
        if self.level != "private" and (self.networks or self.interface):
            raise ValueError(f"networks and interface are for private ones; this is {self.level}")
        return self


class Spec(Part):
    """All that an owner says of an endpoint, but the values of its secrets: those are written and
    never read again, so only their names stand here.

    `model` is `org/name` or `org/name@revision`. Without a `task` the model's own comes first.
    `dtype` and `acceleration` are those of the server, or of a cluster's node, where they are auto.
    `max_batch` is how many inputs go into one run of the model, `timeout` the seconds that one call
    may take once a replica works on it, `max_waiting` how many calls wait in line.
    """

    name: Name
    model: str = Field(min_length=1, max_length=300)
    task: str | None = Field(None, max_length=100)
    engine: EngineName = "local"
    hardware: Hardware = Hardware()
    scaling: Scaling = Scaling()
    access: Access = Access()
    dtype: Dtype = "auto"
    acceleration: Acceleration = "auto"
    max_batch: int = Field(32, ge=1, le=10_000)
    timeout: float = Field(120, gt=0, le=DAY)
    max_waiting: int = Field(256, ge=1, le=100_000)
    env: Mapping[str, Annotated[str, Field(max_length=10_000)]] = Field({}, max_length=200)
    secrets: tuple[str, ...] = Field((), max_length=200)
    tags: tuple[Tag, ...] = Field((), max_length=50)

    @field_validator("model")
    @classmethod
    def read_model(cls, value: str) -> str:
        try:
            return str(parse(value))
        except TaglineError as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def name_variables(self) -> "Spec":
        for each in (*self.env, *self.secrets):
            if not VARIABLE.fullmatch(each) or each.upper().startswith("TAGLINE_"):
                raise ValueError(f"{each!r} is no name for a variable of an endpoint")
        if twice := set(self.env) & set(self.secrets):
            raise ValueError(f"{', '.join(sorted(twice))}: both a variable and a secret")
        return self

    @property
    def id(self) -> str:
        """The model's id without its revision."""
        return parse(self.model).id


def read(given: Mapping[str, Any]) -> Spec:
    """A Spec from JSON. Raises InvalidInput, each field by its name."""
    try:
        return Spec.model_validate(dict(given))
    except ValidationError as error:
        raise explain(error) from None


def changed(spec: Spec, change: Mapping[str, Any]) -> Spec:
    """`spec` with some fields changed; of its parts too, only those fields that are given. Its name
    stays. Raises InvalidInput."""
    before = spec.model_dump(mode="json")
    if change.get("name", spec.name) != spec.name:
        raise InvalidInput("name: an endpoint keeps its name. Create another one.")
    for key, value in change.items():
        part = key in PARTS and isinstance(value, Mapping)
        before[key] = {**before[key], **value} if part else value
    return read(before)


def explain(error: ValidationError) -> InvalidInput:
    said = []
    for each in error.errors()[:5]:
        where = ".".join(map(str, each["loc"]))
        text = each["msg"].removeprefix("Value error, ")
        said.append(f"{where}: {text}" if where else text)
    return InvalidInput("; ".join(said) + ".")
