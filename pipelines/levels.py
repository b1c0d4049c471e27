"""The security levels: where the server listens, and what those who reach it may do.

`None` is the level of a server that was told nothing: it serves its own machine.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from types import MappingProxyType
from typing import Literal

Level = Literal["public", "protected", "private"]
# Who may load, unload and pin models: callers on this machine, nobody, tokens of scope admin,
# everybody who has signed in.
Hands = Literal["local", "nobody", "admin", "everybody"]


@dataclass(frozen=True)
class Rules:
    """What a level means.

    `host` is where it listens unless it is told; `downloads`, whether any visitor may bring a model
    that the settings do not list; `trust`, whether settings may name models whose own code, or
    pickle, is run.
    """

    host: str
    sign_in: bool
    rate_limits: bool
    downloads: bool
    trust: bool
    hands: Hands


LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"
RULES: Mapping[Level | None, Rules] = MappingProxyType(
    {
        None: Rules(LOOPBACK, False, False, True, True, "local"),
        "public": Rules(EVERYWHERE, False, True, False, False, "nobody"),
        "protected": Rules(EVERYWHERE, True, True, False, False, "admin"),
        "private": Rules(LOOPBACK, True, False, True, True, "everybody"),
    }
)


def check(level: Level | None, host: str, share: bool, trusted: bool) -> None:
    """Raises ValueError where a server would be reached by more people, or trust more, than its
    level allows."""
    check_host(level, host)
    if share and level in (None, "private"):
        raise ValueError(
            "--share opens this server to anyone who has the link. Say so with --level public, "
            "ask for a token with --level protected, or leave --share out"
        )
    if trusted and not RULES[level].trust:
        raise ValueError(
            f"no model's own code and no pickle is ever run at --level {level}. Leave out "
            "TAGLINE_TRUSTED_CODE and TAGLINE_TRUSTED_PICKLE, or serve with --level private"
        )


def check_host(level: Level | None, host: str) -> None:
    if level is None and not is_loopback(host):
        raise ValueError(
            f"host {host} is reachable from other machines. Say that anyone may use this "
            "server with --level public, ask for a token with --level protected, or stay on "
            "127.0.0.1"
        )
    if level == "private" and is_everywhere(host):
        raise ValueError(
            f"host {host or '(empty)'} is every interface of this machine, and --level private "
            "wants one. Name its address, such as --host 192.168.1.5, or choose --level protected"
        )


def is_loopback(host: str) -> bool:
    """True if only this machine can reach `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_everywhere(host: str) -> bool:
    """True if `host` means all interfaces, in whatever form a socket takes: "", 0.0.0.0, 0, ::."""
    try:
        found = ip_address(host)
    except ValueError:
        return not host or is_old_zero(host)
    mapped = getattr(found, "ipv4_mapped", None)
    return found.is_unspecified or bool(mapped and mapped.is_unspecified)


def is_old_zero(host: str) -> bool:
    """The forms that inet_aton reads and `ip_address` does not, such as 0 or 0x0."""
    try:
        return not any(socket.inet_aton(host))
    except OSError:
        return False
