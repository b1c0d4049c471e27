"""What the Hub says of a model, asked without a token first. All calls here block.

Protocol: `GET /api/models/{id}[/revision/{rev}]?blobs=true`, spoken by huggingface_hub's HfApi. A
private repository, a missing one and a wrong token all answer 401; a gated one describes itself to
everyone and refuses its files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from huggingface_hub import HfApi, get_hf_file_metadata, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError

from pipelines.errors import GatedModel, RefusedModel, UnknownModel
from pipelines.models.downloads import digest
from pipelines.models.hub_errors import Denied, asking
from pipelines.models.names import Name
from pipelines.models.needed import needed
from pipelines.models.offer import Plan
from pipelines.models.tags import current
from pipelines.settings import Settings

AGENT = "tagline"


@dataclass(frozen=True)
class Credential:
    """A token to try, and whose files the download then is (None: everybody's)."""

    token: str | None = None
    owner: str | None = None


class Hub:
    """`timeout` is for each connection and each answer, in seconds."""

    def __init__(self, settings: Settings, timeout: float = 5.0) -> None:
        self.settings, self.timeout = settings, timeout
        self.address = settings.hub.rstrip("/")

    def check(self, wanted: Name, freely: bool = False) -> None:
        """Whether this server may ask for `wanted` at all, listed or not for who asks `freely`.

        Raises UnknownModel or RefusedModel.
        """
        if wanted.is_local:
            raise UnknownModel(
                f"{wanted} is not here: local/ is for the folder that this server was started "
                "with. Name a model as org/name."
            )
        if self.settings.offline:
            raise UnknownModel(
                f"{wanted} is not on this machine, and this server never asks the Hub (offline). "
                "Choose a model that is here. The operator can put its files into a folder of "
                "TAGLINE_MODELS_DIR, as org/name, or start the server without --offline."
            )
        if not (freely or self.settings.downloads_open or self.is_listed(wanted)):
            raise RefusedModel(
                f"{wanted} is not on this machine, and this server downloads only the models that "
                f"its operator lists. Choose a model that is here. The operator can add "
                f"{wanted.id} to TAGLINE_MODELS, or set TAGLINE_ALLOW_DOWNLOADS=1."
            )

    def is_listed(self, wanted: Name) -> bool:
        return wanted.id in {name.partition("@")[0] for name in self.settings.models}

    def plan(self, wanted: Name, token: str | None) -> Plan:
        """The download of `wanted`, by the first credential that the Hub lets in.

        Raises UnknownModel, RefusedModel (gated, pickle only), Unavailable.
        """
        denials = []
        for credential in self.credentials(wanted, token):
            try:
                return self.plan_as(wanted, credential)
            except Denied as denied:
                denials.append(denied)
        raise self.explain(wanted, denials, tried=usable(token))

    def credentials(self, wanted: Name, token: str | None) -> Iterator[Credential]:
        """Nobody; this server, for listed models; the visitor, for himself alone."""
        yield Credential()
        if self.settings.hf_token and self.is_listed(wanted):
            yield Credential(self.settings.hf_token.get_secret_value())
        if token and usable(token):
            yield Credential(token, digest(token))

    def plan_as(self, wanted: Name, credential: Credential) -> Plan:
        with asking(wanted, self.address):
            info = self.info(wanted, credential)
            sizes = {each.rfilename: each.size or 0 for each in info.siblings or ()}
            chosen = needed(
                wanted.id,
                sizes,
                code=wanted.id in self.settings.trusted_code,
                pickle=wanted.id in self.settings.trusted_pickle,
            )
            if info.gated:
                self.prove(wanted, info.sha, chosen, credential)
        tag = current(info.pipeline_tag) if info.pipeline_tag else None
        return Plan(wanted, info.sha, tag, chosen, credential.token, credential.owner)

    def info(self, wanted: Name, credential: Credential) -> Any:
        api = HfApi(endpoint=self.address, token=credential.token or False, library_name=AGENT)
        info = api.model_info(
            wanted.id, revision=wanted.revision, timeout=self.timeout, files_metadata=True
        )
        if not info.sha:
            raise ValueError("the answer names no commit")
        return info

    def prove(
        self, wanted: Name, commit: str, sizes: dict[str, int], credential: Credential
    ) -> None:
        """Raises Denied unless the files of a gated repository are open to `credential`."""
        if credential.token is None:
            raise Denied(gated=True)
        smallest = min(sizes, key=lambda name: (sizes[name], name))
        url = hf_hub_url(wanted.id, smallest, revision=commit, endpoint=self.address)
        try:
            get_hf_file_metadata(url, token=credential.token, timeout=self.timeout)
        except HfHubHTTPError as error:
            if error.response.status_code in (401, 403):
                raise Denied(gated=True) from error
            raise

    def explain(self, wanted: Name, denials: list[Denied], tried: bool) -> Exception:
        page = f"{self.address}/{wanted.id}"
        if any(denied.gated for denied in denials):
            token = "The token you sent has no access. " if tried else ""
            return GatedModel(
                f"{wanted} is gated: its authors ask who uses it. {token}Accept their terms at "
                f"{page} with your Hugging Face account, then send a token of it (hf_...) along."
            )
        token = "not even for the token you sent" if tried else "not without a token"
        return UnknownModel(
            f"{wanted} is not on this machine, and the Hub shows no such model, {token}. Check the "
            f"spelling at {self.address}/models. If it is a private model, send a Hugging Face "
            "token (hf_...) that may read it."
        )


def usable(token: str | None) -> bool:
    """Whether a visitor's token is one for the Hub, rather than one for this server."""
    return bool(token and token.startswith("hf_"))
