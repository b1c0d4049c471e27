"""Every setting, read once in app.py from the command line, `TAGLINE_*` variables and a few that
Gradio and the Hub already use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    CliSuppress,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from pipelines import levels
from pipelines.levels import RULES, Level, Rules
from pipelines.setting_kinds import RATE, Folders, Names, Origins, Proxies, Rate
from pipelines.surroundings import Borrowed, default_home, in_space

MB = 1_000_000
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True)
class Limits:
    """Bounds on one request: characters, list items, pixels, seconds of sound or video,
    frames of a video held at a time, table cells.

    `bounded` keeps the decoding of pictures and sound within an address space as well.
    """

    text: int = 200_000
    items: int = 1_000
    pixels: int = 50_000_000
    seconds: float = 600
    frames: int = 512
    cells: int = 100_000
    bounded: bool = False


class Settings(BaseSettings):
    """Turn any model's pipeline tag into a live demo, an API and an endpoint.

    Beside it: `python app.py token --help` for who may call, `python app.py doctor` for whether
    all is as it should be.
    """

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
    task: str | None = Field(
        None, description="Which of its tasks is shown first, by the pipeline tag"
    )
    demo: bool = Field(
        False, description="Serve the model of --model alone, as its widget and nothing else"
    )
    host: str = Field(
        levels.LOOPBACK,
        description=f"Address to listen on; {levels.EVERYWHERE} at the levels public and protected",
    )
    port: int = Field(7860, ge=1, le=65535, description="Port for the page and the API")
    level: Level | None = Field(
        None, description="Security level; needed to listen beyond loopback or to share"
    )
    share: bool = Field(
        False, description="Ask Gradio for a public link (needs --level public or protected)"
    )
    database: CliSuppress[SecretStr | None] = Field(
        None, description="URL of the database (default: SQLite, HOME/tagline.db)"
    )
    secrets_key: CliSuppress[SecretStr | None] = Field(
        None, description="Key that seals the secrets of endpoints, instead of a file with it"
    )
    secrets_key_file: Path | None = Field(
        None, description="File of that key (default: HOME/endpoints.key)"
    )

    session_hours: float = Field(
        168, gt=0, description="How long a browser stays signed in, in hours"
    )
    allow_origins: Origins = Field(
        (),
        description="Web pages of other sites that may call, as in https://example.org; * for any",
    )

    home: Path = Field(
        default_factory=default_home, description="Folder for everything that Tagline writes"
    )
    starters_dir: Path | None = Field(
        None, description="Models on board, as built by `make setup` (default: HOME/starters)"
    )
    models_dir: Folders = Field(
        (), description="Folders of models laid out as org/name, separated by ':'"
    )
    offline: bool = Field(False, description="Never ask the Hub")
    hub: str = Field("https://huggingface.co", description="Address of the Hub")
    hf_token: CliSuppress[SecretStr | None] = Field(
        None, description="Hub token of this server; used only for models named in `models`"
    )
    models: Names = Field(
        (), description="Listed models: may be downloaded at any level, with the server's token"
    )
    allow_downloads: bool = Field(
        False, description="Beyond loopback, also download models that are not listed"
    )
    cache_gb: float = Field(50, gt=0, description="Disk budget for downloaded models, in GB")
    trusted_code: Names = Field((), description="Models whose own Python code may run")
    trusted_pickle: Names = Field((), description="Models whose pickle weights may be loaded")

    memory_gb: float | None = Field(
        None, gt=0, description="Memory for models, in GB; on GPUs, of each (default: most of it)"
    )
    pinned: Names = Field((), description="Models that are loaded at the start and stay loaded")
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
    acceleration: Literal["auto", "off", "openvino-int8", "openvino-bf16", "openvino-f32"] = Field(
        "auto", description="Faster ways to run models, once their answers are proven"
    )

    ray: str | None = Field(
        None, description="Dashboard of a Ray cluster for endpoints, as in http://10.0.0.5:8265"
    )
    ray_token: CliSuppress[SecretStr | None] = Field(
        None, description="Token of that cluster (default: where Ray itself looks for it)"
    )
    ray_readonly: bool = Field(
        False, description="Call what runs on that cluster, and change nothing there"
    )
    prices: Path | None = Field(
        None, description="Table of prices for endpoints, written as assets/prices.toml is"
    )
    rate_limit: Rate | None = Field(
        None,
        description="Calls that one caller may send, as in 120/minute, or off "
        f"(default: {RATE} at levels public and protected)",
    )
    quota_seconds: float | None = Field(
        None, gt=0, description="Compute seconds a day for each caller without a token (public)"
    )
    redis_url: CliSuppress[SecretStr | None] = Field(
        None, description="Redis in which servers count together (default: each in its memory)"
    )
    trusted_proxies: Proxies = Field(
        (), description="Proxies (addresses, networks) whose X-Forwarded-For says who calls"
    )
    log_format: LogFormat = Field("text", description="Form of the log's lines")
    log_level: LogLevel | None = Field(
        None, description="Least that is logged (default: warning for text, info for json)"
    )
    max_body_mb: float = Field(50, gt=0, description="Largest request body, in MB")
    bodies_mb: float | None = Field(
        None, gt=0, description="All bodies under way, in MB (default: 1/32 of the memory)"
    )
    body_seconds: float = Field(
        300, gt=0, description="How long a body may take to arrive, and an answer may lie untaken"
    )
    head_seconds: float = Field(
        20, gt=0, description="How long a connection may take to send a request's headers"
    )
    answer_cache_mb: float = Field(
        0, ge=0, description="Memory for answers that a caller may ask for again, in MB; 0 is none"
    )
    keep_runs: int = Field(
        1_000, ge=0, description="Runs that are kept for visitors, at most; 0 keeps none"
    )
    keep_runs_mb: float = Field(500, gt=0, description="The same in MB, all of them together")
    max_text: int = Field(Limits.text, gt=0, description="Longest text, in characters")
    max_items: int = Field(Limits.items, gt=0, description="Longest list and largest batch")
    # Pillow itself opens nothing larger than the bound.
    max_pixels: int = Field(
        Limits.pixels, gt=0, le=178_956_970, description="Largest picture, in pixels"
    )
    max_seconds: float = Field(
        Limits.seconds, gt=0, description="Longest sound or video, in seconds"
    )
    max_frames: int = Field(
        Limits.frames, gt=0, description="Most frames of a video that a model looks at"
    )
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

    @model_validator(mode="before")
    @classmethod
    def follow_the_level(cls, given: dict[str, Any]) -> dict[str, Any]:
        """A Space is public, and each level has an address of its own, unless something is said."""
        level: Any = given.get("level") or ("public" if in_space() else None)
        host = {"host": RULES[level].host} if level in RULES else {}
        return host | given | {"level": level}

    @model_validator(mode="after")
    def keep_the_level(self) -> "Settings":
        trusted = bool(self.trusted_code or self.trusted_pickle)
        levels.check(self.level, self.host, self.share, trusted)
        return self

    @model_validator(mode="after")
    def name_the_model(self) -> "Settings":
        if self.demo and not self.model:
            raise ValueError("--demo shows one model. Name it: --model org/name")
        return self

    @property
    def rules(self) -> Rules:
        """What the level in force means."""
        return RULES[self.level]

    @property
    def starters(self) -> Path:
        """Folder of the models on board."""
        return self.starters_dir or self.home / "starters"

    @property
    def limits(self) -> Limits:
        """What one request may ask for."""
        return Limits(
            text=self.max_text,
            items=self.max_items,
            pixels=self.max_pixels,
            seconds=self.max_seconds,
            frames=self.max_frames,
            cells=self.max_cells,
        )

    @property
    def database_url(self) -> str:
        """May hold a password."""
        named = self.database and self.database.get_secret_value()
        return named or f"sqlite:///{self.home.expanduser() / 'tagline.db'}"

    @property
    def sign_in(self) -> bool:
        """Whether every call needs a token, and every page a sign-in."""
        return self.rules.sign_in

    @property
    def rate(self) -> str:
        """Calls that one caller may send in a while; empty without a bound."""
        if self.rate_limit is not None:
            return "" if self.rate_limit == "off" else self.rate_limit
        return RATE if self.rules.rate_limits else ""

    @property
    def redis(self) -> str:
        return self.redis_url.get_secret_value() if self.redis_url else ""

    @property
    def proxies(self) -> tuple[str, ...]:
        """Whom to believe where a request came from. Nobody but its proxy, which has a private
        address, reaches a Space."""
        return self.trusted_proxies or (PRIVATE if in_space() else ())

    @property
    def downloads_open(self) -> bool:
        """Whether a caller may bring a model here that the settings do not list."""
        return self.allow_downloads or self.rules.downloads


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
    """Variables that gradio, uvicorn and huggingface_hub read when they start, and where our
    workers find the model on board that reads pages."""
    reader = settings.starters / "tagline" / "ocr"
    known = {"TAGLINE_OCR": str(reader)} if (reader / "handler.py").is_file() else {}
    return known | {
        "FORWARDED_ALLOW_IPS": ",".join(settings.proxies),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_ENDPOINT": settings.hub,
        "HF_XET_CACHE": str(settings.home / "xet"),
    }
