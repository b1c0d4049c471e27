"""A folder to the Hub as a Space, and a Space once more under another name.

Source: the Hub's API as huggingface_hub 2.4 speaks it. A token is handed to that library and to
nothing else: it stands in no message and in no log.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from deploy.plan import check
from pipelines.errors import Forbidden, InvalidInput, TaglineError, Unauthorized, Unavailable
from pipelines.models.names import parse
from pipelines.tiers import ZERO

T = TypeVar("T")
NEVER = -1  # seconds of sleep time that stand for never
WHERE = "https://huggingface.co/settings/tokens"
GRADIO = "gradio"
TAKEN = 409  # the status for a name that is in use
FIXED = (None, "cpu-basic", ZERO)  # hardware whose sleep time nobody chooses


@dataclass(frozen=True)
class Wish:
    """How a Space is to be. `sleep` is after how many seconds without a visitor it sleeps, `NEVER`
    for never, None as the Hub has it for the hardware. `secrets` nobody can read again, `variables`
    everybody can."""

    private: bool = False
    hardware: str | None = None
    sleep: int | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """As huggingface_hub takes it; what is not wished for stays out."""
        given = {
            "space_hardware": self.hardware,
            "space_sleep_time": self.sleep,
            "space_secrets": pairs(self.secrets),
            "space_variables": pairs(self.variables),
        }
        return {"private": self.private} | {k: v for k, v in given.items() if v not in (None, [])}


@dataclass(frozen=True)
class Spaces:
    """The Spaces of the Hub at `address`, for whoever has `token`."""

    address: str
    token: str = field(repr=False)

    def push(self, folder: Path, name: str, wish: Wish, update: bool = False) -> str:
        """Creates the Space `name` and fills it with `folder`; its address. With `update` it may be
        there already: then it gets what is wished for, and holds what `folder` holds.

        Raises InvalidInput (no name of a Space, no such hardware, the name is taken), Unauthorized,
        Forbidden (not yours, or hardware that is paid for) and Unavailable.
        """
        name = self.checked(name, wish)
        made = asked(name, lambda: self.create(name, wish, update))
        asked(name, lambda: self.fill(name, folder, update))
        return made

    def create(self, name: str, wish: Wish, update: bool) -> str:
        """The address. What is set as it is created is set before its first build."""
        from huggingface_hub.errors import HfHubHTTPError

        try:
            made = self.api.create_repo(
                name, repo_type="space", space_sdk=GRADIO, **wish.arguments()
            )
        except HfHubHTTPError as error:
            if not update or error.response.status_code != TAKEN:
                raise
            self.change(name, wish)
            return f"{self.address}/spaces/{name}"
        return str(made)

    def change(self, name: str, wish: Wish) -> None:
        """A Space that is there as it is wished for."""
        for key, value in wish.secrets.items():
            self.api.add_space_secret(name, key, value)
        for key, value in wish.variables.items():
            self.api.add_space_variable(name, key, value)
        if wish.hardware:
            self.api.request_space_hardware(name, wish.hardware, sleep_time=wish.sleep)

    def fill(self, name: str, folder: Path, update: bool) -> None:
        self.api.upload_folder(
            repo_id=name,
            repo_type="space",
            folder_path=folder,
            commit_message="Put here by Tagline",
            delete_patterns="*" if update else None,
        )

    def duplicate(self, source: str, name: str, wish: Wish) -> str:
        """The Space `source` again as `name`, its variables included and its secrets not; the
        address. Raises as `push`, and InvalidInput where there is no Space `source`."""
        parse(source)
        name = self.checked(name, wish)
        made = asked(
            name,
            lambda: self.api.duplicate_repo(source, name, repo_type="space", **wish.arguments()),
            source,
        )
        return str(made)

    @property
    def api(self) -> Any:
        from huggingface_hub import HfApi

        return HfApi(self.address, token=self.token, library_name="tagline")

    def checked(self, name: str, wish: Wish) -> str:
        """The name of a Space with whose it is."""
        if wish.hardware:
            check(wish.hardware)
        if wish.sleep is not None and wish.hardware in FIXED:
            named = wish.hardware or "cpu-basic"
            raise InvalidInput(
                f"{named} sleeps when the Hub says so. Name hardware that is "
                "paid for with the sleep time, or leave the sleep time out."
            )
        if "@" in name or parse(name).is_local:
            raise InvalidInput(f"{name[:80]!r} is no name of a Space. Write you/name.")
        return name if "/" in name else f"{self.who()}/{name}"

    def who(self) -> str:
        return str(asked("", self.api.whoami)["name"])


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def asked(name: str, do: Callable[[], T], source: str = "") -> T:
    """What `do` returns; what the Hub refuses, as an error of ours."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return do()
    except HfHubHTTPError as error:
        raise refusal(error, name, source) from None
    except (httpx2.HTTPError, OSError) as error:
        raise Unavailable(
            f"The Hub cannot be reached ({type(error).__name__}). Check the network and try again; "
            "what had arrived of a Space is still there."
        ) from None


def refusal(error: Any, name: str, source: str) -> TaglineError:
    status = error.response.status_code
    told = told_by(error)
    sentences: dict[int, TaglineError] = {
        401: Unauthorized(f"The Hub does not know this token. Make one that may write at {WHERE}."),
        402: Forbidden(f"The Hub wants this hardware paid for: {told}. Add a way to pay at "
                       "https://huggingface.co/settings/billing, or choose cpu-basic."),
        403: Forbidden(f"This token may not write to {name}: {told}. Use one of yours that may "
                       f"({WHERE}), and a name that is yours: you/{name.rpartition('/')[2]}."),
        404: InvalidInput(f"There is no Space {source or name}, or this token may not see it."),
        TAKEN: InvalidInput(f"{name} is there already. Choose another name, or push into it with "
                          "--update if it is yours."),
        429: Unavailable("The Hub has had too many calls of yours. Wait some minutes."),
    }  # fmt: skip
    if status in sentences:
        return sentences[status]
    if 400 <= status < 500:
        return InvalidInput(f"The Hub refuses {name}: {told}. Correct that and try again.")
    return Unavailable(f"The Hub fails just now ({status}). Try again in some minutes.")


def told_by(error: Any) -> str:
    """The Hub's own words, on one line and no longer than one."""
    words = str(error.server_message or error).splitlines()
    return (words[0] if words else "no reason given")[:200].rstrip(".")
