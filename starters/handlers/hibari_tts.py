"""hibari: English text, said."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

SEED = 0  # of the breath in the voice, so that a text always sounds the same
SLOWEST, FASTEST = 0.5, 2.0


class EndpointHandler:
    def __init__(self, path: str = "") -> None:
        package = imported(Path(path or Path(__file__).parent) / "hibari")
        self.voice = package.Hibari()

    def __call__(self, data: dict[str, Any]) -> dict[str, Any]:
        """The text in `inputs`, said: sentence by sentence, joined."""
        text = data["inputs"].strip()
        speed = speed_of(**(data.get("parameters") or {}))
        if not text:
            raise ValueError("There is no text to say.")
        sound = self.voice(text, speed, SEED)
        if not len(sound):
            raise ValueError("There is nothing in this text that can be said: it must be English.")
        return {"audio": sound, "sampling_rate": self.voice.sample_rate}


def speed_of(speed: float = 1.0, seed: int | None = None, **others: Any) -> float:
    """How fast to talk, checked. A text always sounds the same, so that any seed is kept to."""
    if others:
        raise ValueError(f"{', '.join(others)}: this model has one voice; it takes speed and seed.")
    if not SLOWEST <= speed <= FASTEST:
        raise ValueError(f"speed is {speed}: it must lie between {SLOWEST} and {FASTEST}.")
    return speed


def imported(folder: Path) -> Any:
    """The package in `folder`, under a name that no installed one has."""
    name = f"{folder.name}_{abs(hash(folder.resolve()))}"
    if name not in sys.modules:
        spec = spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)  # where its own modules look for each other
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
