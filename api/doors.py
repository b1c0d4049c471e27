"""The levels of endpoints: who may call which, and who may manage them.

The guard lets nobody pass to an endpoint whom the server's own level would not, but for one that is
public on a protected server. Whether the endpoint's level lets him in is decided here, for every
spelling of its path.
"""

import asyncio
import re
from ipaddress import ip_address, ip_network
from socket import AF_INET, AF_INET6

import psutil
from starlette.datastructures import Headers
from starlette.types import Scope

from api import bearers, callers, hands
from api.authentication import Authenticator
from api.origins import is_local
from api.problems import plain
from endpoints.service import Endpoints
from endpoints.spec import NAME, Spec
from pipelines.errors import Forbidden, TaglineError, Unauthorized
from pipelines.levels import is_loopback
from pipelines.settings import Settings
from store.token import PREFIX, Token

ADDRESS = re.compile(f"/endpoints/({NAME})(?:/.*)?", re.DOTALL)
TAKES_TOKENS = (  # on a server that asks for none
    "/endpoints/", "/v2/", "/api/whoami-v2/", "/metrics/",
)  # fmt: skip
FORWARDED = "x-forwarded-for"


class Doors:
    """What the guard asks about endpoints."""

    def __init__(self, endpoints: Endpoints, settings: Settings) -> None:
        self.endpoints, self.settings = endpoints, settings
        self.authenticator: Authenticator | None = None
        self.turn = asyncio.Lock()

    def open(self, scope: Scope, path: str) -> bool:
        """Whether no token is asked for at `path`, which is spelt as it came."""
        match = ADDRESS.fullmatch(path) if scope["type"] == "http" else None
        if match is None or self.settings.level != "protected":
            return False
        try:
            return self.endpoints.get(match[1]).spec.access.level == "public"
        except TaglineError:
            return False

    async def token(self, scope: Scope, given: Headers) -> Token | None:
        """The token of a caller of a server that asks for none, where one may be of use. Raises
        Unauthorized for one that is not good."""
        secret = bearers.ours(given)
        if secret is None or not f"{plain(scope['path'])}/".startswith(TAKES_TOKENS):
            return None
        async with self.turn:
            if self.authenticator is None:
                from api.layers import authenticator

                self.authenticator = await asyncio.to_thread(authenticator, self.settings)
        return await self.authenticator.by_secret(secret, callers.address(scope))


def keep_to(token: Token | None, scope: Scope) -> None:
    """Raises Forbidden for a token of one endpoint that is shown anywhere else."""
    name = token.endpoint if token else None
    if name is None:
        return
    match = ADDRESS.fullmatch(plain(scope["path"]))
    if match is None or match[1] != name:
        raise Forbidden(f"This token is good for the endpoint {name} alone, at /endpoints/{name}.")


def check(scope: Scope, spec: Spec, settings: Settings) -> None:
    """Raises Unauthorized or Forbidden for a caller whom the endpoint's level does not let in."""
    token, access = callers.of(scope).token, spec.access
    if access.level == "private" and not is_inside(scope, spec):
        raise Forbidden(
            f"Endpoint {spec.name} is private: it is called from its own machine, or from the "
            "networks that its owner lists, and not through a proxy that hides where a call comes "
            "from."
        )
    asks = access.level == "protected" or (access.level == "private" and settings.sign_in)
    if asks and token is None:
        raise Unauthorized(
            f"Endpoint {spec.name} asks for a token. Send it in the header Authorization: Bearer "
            f"{PREFIX}... The operator makes one with `python app.py token create --name NAME "
            f"--scope endpoint:{spec.name}`."
        )
    if asks and token and token.scope != "admin" and token.endpoint != spec.name:
        raise Forbidden(
            f"This token has scope {token.scope}, and endpoint {spec.name} asks for one of scope "
            f"endpoint:{spec.name} or admin."
        )


def is_inside(scope: Scope, spec: Spec) -> bool:
    """Whether the call comes from where a private endpoint is called from."""
    caller = callers.of(scope).address
    if is_passed_on(scope, caller):
        return False
    if callers.is_here(scope):
        return not is_loopback(caller) or is_local(f"//{Headers(scope=scope).get('host')}")
    named = around(spec.access.interface) if spec.access.interface else ()
    return any(within(caller, each) for each in (*named, *spec.access.networks))


def is_passed_on(scope: Scope, caller: str) -> bool:
    """Whether a proxy that is not trusted stands between: who is behind it, nobody knows. Of one
    that is trusted, uvicorn has put the address that it names in the caller's place."""
    said = Headers(scope=scope).get(FORWARDED)
    return said is not None and caller not in [each.strip() for each in said.split(",")]


def within(address: str, network: str) -> bool:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return found in ip_network(network, strict=False)


def around(interface: str) -> list[str]:
    """The network that an interface of this machine lies in. The address that a call was sent to
    would not do: Linux takes calls to any of its addresses from every interface."""
    return [
        f"{each.address.partition('%')[0]}/{bits(each.netmask)}"
        for addresses in psutil.net_if_addrs().values()
        for each in addresses
        if each.family in (AF_INET, AF_INET6) and each.netmask and same(each.address, interface)
    ]


def bits(netmask: str) -> int:
    return int(ip_address(netmask)).bit_count()


def same(one: str, other: str) -> bool:
    return ip_address(one.partition("%")[0]) == ip_address(other)


def may_manage(scope: Scope, settings: Settings) -> bool:
    """Whether the caller may make, see and change endpoints: by a token of scope admin, or from the
    server's own machine where no level was named."""
    if token := callers.of(scope).token:
        return token.scope == "admin"
    return settings.rules.hands == "local" and hands.may(scope, settings)


def check_manage(scope: Scope, settings: Settings) -> None:
    """Raises Unauthorized or Forbidden for whoever may not."""
    if may_manage(scope, settings):
        return
    words = (
        "Endpoints are managed with a token of scope admin. The operator makes one with `python "
        "app.py token create --name NAME --scope admin`."
    )
    raise Forbidden(words) if callers.of(scope).token else Unauthorized(words)
