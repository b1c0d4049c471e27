"""Who sends a request: what the middleware found out, for whoever asks further in."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.types import Scope

from pipelines.levels import is_loopback
from store.token import Token

KEY = "tagline.caller"  # of the ASGI scope


@dataclass(frozen=True)
class Caller:
    """An address, and the token that came with the request if it was a good one."""

    address: str
    token: Token | None = None

    @property
    def name(self) -> str:
        """What limits count by: the token, or else the address."""
        return f"token:{self.token.id}" if self.token else f"address:{network(self.address)}"


def of(scope: Scope) -> Caller:
    found: Caller = scope.get(KEY) or Caller(address(scope))
    return found


def token_id(scope: Scope) -> int | None:
    """The number of the token that came with it, if one did."""
    token = of(scope).token
    return token.id if token else None


def address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def is_here(scope: Scope) -> bool:
    """Whether the call comes from this machine, by loopback or by the very address that it calls:
    a server on one named interface is asked by that.
    """
    own = scope.get("server")
    return is_loopback(address(scope)) or bool(own and own[0] == address(scope))


def network(address: str) -> str:
    """What one caller has of the addresses: in IPv6 a whole /64, any of which he may take."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
