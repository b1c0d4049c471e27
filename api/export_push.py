"""The push of a model to the Hub, as a Space of whoever has the token."""

from pathlib import Path
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api import hands
from deploy import push
from pipelines.errors import Forbidden, InvalidInput
from pipelines.settings import Settings

Name = Annotated[str, Field(min_length=1, max_length=300)]


class Push(BaseModel):
    """`token` is one of the Hub, of whoever pushes; it is used for this one request."""

    model_config = ConfigDict(extra="forbid")
    model: Name
    task: Name | None = None
    space: Name
    token: SecretStr
    private: bool = True
    hardware: Name | None = None
    sleep: int | None = Field(None, ge=-1, le=31_536_000)
    zero: bool = False


def check(request: Request, settings: Settings) -> None:
    """Raises Forbidden: strangers do not have this server upload for them."""
    if settings.offline:
        raise Forbidden("This server never asks the Hub (TAGLINE_OFFLINE). Download the folder.")
    if not hands.may(request.scope, settings):
        raise Forbidden(
            "Only whoever may load models by hand on this server may push with it. Download the "
            "folder and push it yourself: its README.md says how."
        )


def send(hub: str, asked: Push, folder: Path) -> str:
    if not asked.token.get_secret_value().strip():
        raise InvalidInput("token: is empty. Make one that may write, in the Hub's settings.")
    wish = push.Wish(private=asked.private, hardware=asked.hardware, sleep=asked.sleep)
    return push.Spaces(hub, asked.token.get_secret_value().strip()).push(folder, asked.space, wish)
