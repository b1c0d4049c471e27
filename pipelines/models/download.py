"""Fetches the files of a Plan into one of our caches. Blocks; runs in a thread of its own."""

import errno
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path

import httpx2
from huggingface_hub import hf_hub_download

from pipelines.errors import Unavailable
from pipelines.models.downloads import finish
from pipelines.models.hub import AGENT, Hub
from pipelines.models.hub_errors import reason
from pipelines.models.meter import Meter, Stopped, bar_for
from pipelines.models.offer import Plan, in_words
from pipelines.models.sources import repo_folder

AT_ONCE = 4  # files


class Download:
    """One download: from `hub`, of `plan`, into `cache`; `meter` counts and can stop it."""

    def __init__(self, hub: Hub, plan: Plan, cache: Path, meter: Meter) -> None:
        self.hub, self.plan, self.cache, self.meter = hub, plan, cache, meter
        self.repo = cache / repo_folder(plan.wanted.id)
        self.folder = self.repo / "snapshots" / plan.commit

    def run(self) -> None:
        """Fetches what is missing, checks every size, then marks the download as finished.

        Raises Unavailable where it broke off; Stopped where nobody wants it any more.
        """
        try:
            self.meter.start()
            self.fetch_all()
            self.verify()
            finish(self.repo, self.plan.commit, self.plan.sizes)
        except (httpx2.HTTPError, OSError, ValueError) as error:
            raise self.broken_off(error) from error

    def fetch_all(self) -> None:
        """All files, a few at a time; the first failure stops the rest."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            fetching = [pool.submit(self.fetch, name) for name in self.plan.sizes]
            ended, going = wait(fetching, return_when=FIRST_EXCEPTION)
            if going:
                self.meter.stop.set()
            for each in ended:
                each.result()

    def fetch(self, name: str) -> None:
        if self.meter.stop.is_set():
            raise Stopped
        if self.has(name):
            self.meter.find(name)
            return
        hf_hub_download(
            self.plan.wanted.id,
            name,
            revision=self.plan.commit,
            cache_dir=self.cache,
            endpoint=self.hub.address,
            token=self.plan.token or False,
            etag_timeout=self.hub.timeout,
            library_name=AGENT,
            tqdm_class=bar_for(self.meter, name),
        )
        self.meter.finish(name)

    def has(self, name: str) -> bool:
        try:
            return (self.folder / name).stat().st_size == self.plan.sizes[name]
        except OSError:
            return False

    def missing(self) -> int:
        """Bytes still to come."""
        return sum(size for name, size in self.plan.sizes.items() if not self.has(name))

    def verify(self) -> None:
        if wrong := [name for name in self.plan.sizes if not self.has(name)]:
            for path in (self.folder / name for name in wrong):
                path.resolve().unlink(missing_ok=True)
                path.unlink(missing_ok=True)
            raise ValueError(f"{wrong[0]} has not the size that the Hub promised")

    def broken_off(self, error: BaseException) -> Unavailable:
        done = self.meter.progress("downloading")
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            return Unavailable(
                f"The disk of this server filled up while {self.plan.wanted} was downloaded. "
                "Choose a smaller model. The operator can free space or lower TAGLINE_CACHE_GB."
            )
        return Unavailable(
            f"The download of {self.plan.wanted} broke off at {in_words(done.done_bytes)} of "
            f"{in_words(done.total_bytes)} ({reason(error.__cause__ or error)}). "
            "Ask for the model again: files that arrived whole are kept.",
            retry_after=30.0,
        )
