"""Every setting, read once in app.py from the command line, `TAGLINE_*` variables and a few that
Gradio and the Hub already use.

Source of the borrowed names: `GRADIO_SERVER_NAME`, `GRADIO_SERVER_PORT` (Gradio), `HF_TOKEN`,
`HF_HUB_OFFLINE` (huggingface_hub), `SYSTEM` (set to `spaces` inside a Hugging Face Space).
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    CliSuppress,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

MB = 1_000_000
Level = Literal["public", "protected", "private"]

BORROWED = {
    "host": "GRADIO_SERVER_NAME",
    "port": "GRADIO_SERVER_PORT",
    "hf_token": "HF_TOKEN",
    "offline": "HF_HUB_OFFLINE",
    "hub": "HF_ENDPOINT",
}


@dataclass(frozen=True)
class Limits:
    """Bounds on one request: characters, list items, pixels, seconds of sound, table cells.

    `bounded` keeps the decoding of pictures and sound within an address space as well.
    """

    text: int = 200_000
    items: int = 1_000
    pixels: int = 50_000_000
    seconds: float = 600
    cells: int = 100_000
    bounded: bool = False


def default_home() -> Path:
    """`/data` where a Space mounts a disk there, else the platform's own data folder."""
    data = Path("/data")
    if os.environ.get("SYSTEM") == "spaces" and os.access(data, os.W_OK):
        return data / "tagline"
    return Path(platformdirs.user_data_dir("tagline"))


class Settings(BaseSettings):
    """Turn any model's pipeline tag into a live demo, an API and an endpoint."""

    model_config = SettingsConfigDict(
        env_prefix="TAGLINE_",
        env_ignore_empty=True,
        cli_prog_name="python app.py",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        frozen=True,
        extra="ignore",
    )

    model: str | None = Field(
        None, description="Model shown first: an id (org/name) or a folder (./my-model)"
    )
    host: str = Field(
        "127.0.0.1", description="Address to listen on; loopback unless a level is named"
    )
    port: int = Field(7860, ge=1, le=65535, description="Port for the page and the API")
    level: Level | None = Field(
        None, description="Security level; needed to listen beyond loopback or to share"
    )
    share: bool = Field(False, description="Ask Gradio for a public link (needs --level)")

    home: Path = Field(
        default_factory=default_home, description="Folder for everything that Tagline writes"
    )
    starters_dir: Path | None = Field(
        None, description="Models on board, as built by `make setup` (default: HOME/starters)"
    )
    models_dir: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="Folders of models laid out as org/name, separated by ':'"
    )
    offline: bool = Field(False, description="Never ask the Hub")
    hub: str = Field("https://huggingface.co", description="Address of the Hub")
    hf_token: CliSuppress[SecretStr | None] = Field(
        None, description="Hub token of this server; used only for models named in `models`"
    )
    models: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Listed models: may be downloaded at any level, with the server's token"
    )
    allow_downloads: bool = Field(
        False, description="Beyond loopback, also download models that are not listed"
    )
    cache_gb: float = Field(50, gt=0, description="Disk budget for downloaded models, in GB")
    trusted_code: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Models whose own Python code may run"
    )
    trusted_pickle: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Models whose pickle weights may be loaded"
    )

    memory_gb: float | None = Field(
        None, gt=0, description="Memory for models, in GB; on GPUs, of each (default: most of it)"
    )
    pinned: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Models that are loaded at the start and stay loaded"
    )
    idle_seconds: float = Field(900, gt=0, description="How long a model stays loaded unused")
    load_seconds: float = Field(600, gt=0, description="How long a call waits for a load")
    room_seconds: float = Field(60, gt=0, description="How long a load waits for busy models")
    call_seconds: float = Field(600, gt=0, description="How long a model may work on one call")
    drain_seconds: float = Field(8, ge=0, description="How long calls may go on at the end")
    max_waiting: int = Field(64, ge=1, description="How many calls wait for one model, at most")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="Where models run")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="Number format of the weights"
    )

    max_body_mb: float = Field(50, gt=0, description="Largest request body, in MB")
    max_text: int = Field(Limits.text, gt=0, description="Longest text, in characters")
    max_items: int = Field(Limits.items, gt=0, description="Longest list and largest batch")
    # Pillow itself opens nothing larger than the bound.
    max_pixels: int = Field(
        Limits.pixels, gt=0, le=178_956_970, description="Largest picture, in pixels"
    )
    max_seconds: float = Field(Limits.seconds, gt=0, description="Longest sound, in seconds")
    max_cells: int = Field(Limits.cells, gt=0, description="Largest table, in cells")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, Borrowed(settings_cls)

    @field_validator("models_dir", mode="before")
    @classmethod
    def split_paths(cls, value: Any) -> Any:
        return [p for p in value.split(os.pathsep) if p] if isinstance(value, str) else value

    @field_validator("models", "trusted_code", "trusted_pickle", "pinned", mode="before")
    @classmethod
    def split_names(cls, value: Any) -> Any:
        return value.replace(",", " ").split() if isinstance(value, str) else value

    @model_validator(mode="after")
    def name_a_level(self) -> "Settings":
        beyond = not is_loopback(self.host)
        if self.level in ("protected", "private") and (beyond or self.share or self.in_space):
            raise ValueError(
                f"--level {self.level} promises sign-in, which this version does not have yet, so "
                "it serves this machine alone. Use --level public, or 127.0.0.1 without --share"
            )
        if self.level is None and not self.in_space:
            self.check_reach(beyond)
        return self

    def check_reach(self, beyond: bool) -> None:
        """Raises ValueError where others would reach the server and nobody said that they may."""
        if beyond:
            raise ValueError(
                f"host {self.host} is reachable from other machines. Say that anyone may use this "
                "server with --level public, or stay on 127.0.0.1"
            )
        if self.share:
            raise ValueError(
                "--share opens this server to anyone who has the link. "
                "Say so with --level public, or leave --share out"
            )

    @property
    def in_space(self) -> bool:
        return os.environ.get("SYSTEM") == "spaces"

    @property
    def starters(self) -> Path:
        """Folder of the models on board."""
        return self.starters_dir or self.home / "starters"

    @property
    def limits(self) -> Limits:
        """What one request may ask for."""
        return Limits(
            self.max_text, self.max_items, self.max_pixels, self.max_seconds, self.max_cells
        )

    @property
    def hands_on(self) -> bool:
        """Whether the people who reach this server may load, unload and pin models: those of this
        machine alone.
        """
        private = self.level in (None, "private") and not self.in_space
        return private and is_loopback(self.host) and not self.share

    @property
    def downloads_open(self) -> bool:
        """Whether a caller may bring a model here that the settings do not list."""
        return self.allow_downloads or (is_loopback(self.host) and self.level in (None, "private"))


class Borrowed(EnvSettingsSource):
    """Variables of Gradio and the Hub that users set already; `TAGLINE_*` wins over them."""

    def __call__(self) -> dict[str, Any]:
        found = {name: os.environ.get(variable) for name, variable in BORROWED.items()}
        return {name: value for name, value in found.items() if value}


def is_loopback(host: str) -> bool:
    """True if only this machine can reach `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read(argv: Sequence[str]) -> Settings:
    """Settings from `argv` (without the program's name), then the environment.

    Raises pydantic.ValidationError with one line per setting that is wrong; exits by itself for
    `--help` and for an unknown flag.
    """
    return Settings(_cli_parse_args=list(argv))


def sentence(problem: Mapping[str, Any]) -> str:
    """One of pydantic's errors as a line that names the setting."""
    name = "-".join(str(part).replace("_", "-") for part in problem["loc"])
    text = str(problem["msg"]).removeprefix("Value error, ")
    return f"--{name}: {text}" if name else text


def library_environment(settings: Settings) -> dict[str, str]:
    """Variables that gradio and huggingface_hub read when they are imported."""
    return {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_ENDPOINT": settings.hub,
        "HF_XET_CACHE": str(settings.home / "xet"),
    }
