"""Read, merge, write: a PUT names all that Serve should run, so what others run goes along.

Only applications that were declared are concerned; those that a program runs (`serve.run`) a PUT
leaves alone. There is no ETag: two writers at a time may lose one's change, so each cluster has one
Tagline, and whoever else declares applications there does so while none is being changed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from endpoints.ray.application import PREFIX, Application
from endpoints.ray.rest import Details

# Where Serve is not running yet; else its own options stay, since they cannot be changed.
START = {"proxy_location": "EveryNode", "http_options": {"host": "0.0.0.0", "port": 8000}}
KEPT = ("proxy_location", "http_options", "grpc_options")


def declared(details: Details) -> dict[str, Application]:
    """What was PUT of each application."""
    found = details.get("applications", {}).items()
    return {name: app["deployed_app_config"] for name, app in found if config_of(app)}


def config_of(app: Mapping[str, Any]) -> Any:
    declarative = str(app.get("source", "declarative")).lower() != "imperative"
    return app.get("deployed_app_config") if declarative else None


def merged(details: Details, ours: Sequence[Application]) -> Mapping[str, Any] | None:
    """The whole to PUT; None where just that is declared already."""
    before = declared(details)
    foreign = [app for name, app in before.items() if not name.startswith(PREFIX)]
    mine = {name: app for name, app in before.items() if name.startswith(PREFIX)}
    leaving = [name for name in running(details) if name not in {each["name"] for each in ours}]
    same = all(holds(mine.get(each["name"]), each) for each in ours)
    if same and not leaving:
        return None
    return {**options(details), "applications": [*foreign, *ours]}


def running(details: Details) -> list[str]:
    """Ours, those left out that are being deleted already."""
    apps = details.get("applications", {}).items()
    return [
        name for name, app in apps if name.startswith(PREFIX) and app.get("status") != "DELETING"
    ]


def options(details: Details) -> Mapping[str, Any]:
    found = {key: details[key] for key in KEPT if details.get(key)}
    return found or START


def holds(given: Any, wanted: Any) -> bool:
    """Whether `given` says all that `wanted` says; Ray adds defaults of its own."""
    if isinstance(wanted, Mapping):
        return isinstance(given, Mapping) and all(
            holds(given.get(key), value) for key, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        return (
            isinstance(given, list | tuple)
            and len(given) == len(wanted)
            and all(map(holds, given, wanted))
        )
    return bool(given == wanted)
