"""The kept runs of a server. SQLAlchemy is imported when somebody asks, not at the start."""

from functools import cached_property
from typing import TYPE_CHECKING

from pipelines.settings import MB, Settings

if TYPE_CHECKING:
    from store.runs import Runs


class Shelf:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def runs(self) -> "Runs":
        """Raises TaglineError where the database cannot be opened."""
        from store.database import connect
        from store.runs import Runs

        most = self.settings.keep_runs_mb * MB
        return Runs(connect(self.settings.database_url), self.settings.keep_runs, most)
