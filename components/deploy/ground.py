"""What the cards of the page have in common."""

from dataclasses import dataclass
from urllib.parse import urlencode

from components.demo import KEY
from pipelines.settings import Settings


@dataclass(frozen=True)
class Ground:
    """`server` is the address of this one; `name` what the model was asked for by; `may_push` says
    that this server uploads for whoever looks."""

    settings: Settings
    server: str
    name: str
    task: str
    may_push: bool

    def address(self, path: str) -> str:
        """A path of this server for the model."""
        return f"{path}?{urlencode({'model': self.name, 'task': self.task}, safe='/')}"

    @property
    def demo(self) -> str:
        """The address that shows its widget alone."""
        return f"{self.server}{self.address('/')}&{KEY}=1"
