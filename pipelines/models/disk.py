"""The disk budget of our own caches: the least recently used download goes first.

Nothing here touches the user's own Hugging Face cache, nor any folder of models.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from pipelines.errors import TooLarge, Unavailable
from pipelines.models.downloads import hide, last_used, touch
from pipelines.models.offer import in_words
from pipelines.models.sources import subfolders
from pipelines.models.usage import Repo, delete, half_written, repos

SPARE = 256_000_000  # bytes of the disk that no download may take


class Disk:
    """Keeps the caches below `home` within `budget` bytes.

    `gate` is held while a download is looked up or hidden, so that nobody is handed a model that
    is being removed; `lock` while room is made.
    """

    def __init__(self, home: Path, budget: float) -> None:
        self.home, self.budget = home.expanduser().resolve(), int(budget)
        self.gate, self.lock = Lock(), Lock()
        self.held: Counter[Path] = Counter()
        self.arriving: Counter[Path] = Counter()
        self.claims: dict[Path, int] = {}  # bytes that an arriving repository will have

    @property
    def public(self) -> Path:
        return self.home / "hub"

    def cache(self, owner: str | None) -> Path:
        """The cache for everybody, or for one token alone."""
        return self.home / "private" / owner if owner else self.public

    def caches(self) -> list[Path]:
        return [self.public, *subfolders(self.home / "private")]

    @contextmanager
    def hold(self, repo: Path) -> Iterator[None]:
        """Keeps `repo` from being removed."""
        with self.gate:
            self.held[repo] += 1
        try:
            yield
        finally:
            with self.gate:
                self.held[repo] -= 1

    @contextmanager
    def room(self, repo: Path, what: str, size: int, missing: Callable[[], int]) -> Iterator[None]:
        """Makes room for a download of `size` bytes and keeps it while they arrive. Blocks.

        `missing()` tells how many of them are not in `repo` yet. Raises TooLarge where they can
        never fit, Unavailable where other downloads take the room.
        """
        with self.hold(repo):
            with self.lock:
                self.check(what, size)
                self.clear(repo, what, missing())
                self.arriving[repo] += 1
            try:
                yield
            finally:
                self.arrived(repo)

    def arrived(self, repo: Path) -> None:
        with self.lock:
            self.arriving[repo] -= 1
            if not self.arriving[repo]:
                del self.claims[repo]

    def check(self, what: str, size: int) -> None:
        """Raises TooLarge for a download that no removal could make room for."""
        if size > self.budget:
            raise TooLarge(
                f"{what} takes {in_words(size)}, and this server keeps at most "
                f"{in_words(self.budget)} of downloads. Choose a smaller model. The operator can "
                "raise TAGLINE_CACHE_GB."
            )
        room = self.free() + sum(repo.size for repo in repos(self.caches())) - SPARE
        if size > room:
            raise TooLarge(
                f"{what} takes {in_words(size)}, and the disk of this server has room for "
                f"{in_words(max(room, 0))}. Choose a smaller model, or have the operator free some "
                "space or move TAGLINE_HOME to a larger disk."
            )

    def clear(self, repo: Path, what: str, missing: int) -> None:
        """Removes downloads, the least recently used first, until `missing` bytes fit."""
        self.sweep()
        touch(repo)
        found = repos(self.caches())
        sizes = {each.path: each.size for each in found} | self.claims
        for victim in sorted(found, key=lambda each: each.used):
            if self.fits(sizes, missing):
                break
            if self.remove(victim):
                del sizes[victim.path]
        if missing and not self.fits(sizes, missing):
            raise Unavailable(
                f"There is no room for {what} while other models are being downloaded or loaded. "
                "Try again in a minute.",
                retry_after=60.0,
            )
        self.claims[repo] = sizes.get(repo, 0) + missing

    def fits(self, sizes: dict[Path, int], missing: int) -> bool:
        within = sum(sizes.values()) + missing <= self.budget
        return within and missing + SPARE <= self.free()

    def remove(self, victim: Repo) -> bool:
        """Hides, then deletes a download. False if somebody holds it or has just used it."""
        with self.gate:
            if self.held[victim.path] or last_used(victim.path) != victim.used:
                return False
            hide(victim.path)
        delete(victim.path)
        return True

    def sweep(self) -> None:
        for path in (path for cache in self.caches() for path in half_written(cache)):
            if not self.held[path.parent.parent]:
                path.unlink(missing_ok=True)

    def free(self) -> int:
        """Bytes left on the disk."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            return shutil.disk_usage(self.home).free
        except OSError as error:
            raise unwritable(error) from error


def unwritable(error: OSError) -> Unavailable:
    return Unavailable(
        f"This server cannot write to its own folder ({error.strerror}), so it can download "
        "nothing. Choose a model that is here. The operator should check TAGLINE_HOME."
    )
