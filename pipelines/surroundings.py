"""What the machine says of itself: variables that Gradio, the Hub and a Space set already.

Source of the names: `GRADIO_SERVER_NAME`, `GRADIO_SERVER_PORT` (Gradio), `HF_TOKEN`,
`HF_HUB_OFFLINE`, `HF_ENDPOINT` (huggingface_hub), `FORWARDED_ALLOW_IPS` (uvicorn), `SYSTEM` (set to
`spaces` inside a Hugging Face Space).
"""

import os
from pathlib import Path
from typing import Any

import platformdirs
from pydantic_settings import EnvSettingsSource

BORROWED = {
    "host": "GRADIO_SERVER_NAME",
    "port": "GRADIO_SERVER_PORT",
    "hf_token": "HF_TOKEN",
    "offline": "HF_HUB_OFFLINE",
    "hub": "HF_ENDPOINT",
    "trusted_proxies": "FORWARDED_ALLOW_IPS",
}


class Borrowed(EnvSettingsSource):
    """Variables of Gradio and the Hub that users set already; `TAGLINE_*` wins over them."""

    def __call__(self) -> dict[str, Any]:
        found = {name: os.environ.get(variable) for name, variable in BORROWED.items()}
        return {name: value for name, value in found.items() if value}


def in_space() -> bool:
    return os.environ.get("SYSTEM") == "spaces"


def default_home() -> Path:
    """`/data` where a Space mounts a disk there, else the platform's own data folder."""
    data = Path("/data")
    if in_space() and os.access(data, os.W_OK):
        return data / "tagline"
    return Path(platformdirs.user_data_dir("tagline"))
