"""The doors of the cluster: one HTTP proxy on each node that has replicas."""

import time
from collections.abc import Callable, Sequence

from endpoints.ray.rest import Details

REST_SECONDS = 3.0  # before one that did not answer is tried first again
PORT = 8000  # Serve's own default


class Proxies:
    """In turn, and first those that answered last time. Ray needs up to half a minute to see that a
    proxy died and to start another, so what was learnt here counts more than what it says."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.addresses: list[str] = []
        self.failed: dict[str, float] = {}
        self.turn = 0

    def learn(self, details: Details) -> None:
        """What Ray says. Where it names none, those known so far are kept: they may well live."""
        found = addresses(details)
        self.addresses = found or self.addresses
        self.failed = {each: at for each, at in self.failed.items() if each in self.addresses}

    def order(self) -> Sequence[str]:
        """All of them, the best to try first."""
        if not self.addresses:
            return ()
        self.turn = (self.turn + 1) % len(self.addresses)
        rotated = self.addresses[self.turn :] + self.addresses[: self.turn]
        return sorted(rotated, key=self.is_resting)

    def is_resting(self, address: str) -> bool:
        at = self.failed.get(address)
        return at is not None and self.clock() - at < REST_SECONDS

    def note(self, address: str, answered: bool) -> None:
        if answered:
            self.failed.pop(address, None)
        else:
            self.failed[address] = self.clock()


def addresses(details: Details) -> list[str]:
    """Of proxies that Ray does not know to be dead or leaving."""
    port = (details.get("http_options") or {}).get("port") or PORT
    found = (details.get("proxies") or {}).values()
    good = [each for each in found if each.get("status") in ("HEALTHY", "STARTING")]
    good.sort(key=lambda each: (each["status"] != "HEALTHY", str(each.get("node_ip"))))
    return [address(str(each["node_ip"]), port) for each in good if each.get("node_ip")]


def address(ip: str, port: int) -> str:
    return f"http://[{ip}]:{port}" if ":" in ip else f"http://{ip}:{port}"
