"""What our own caches take of the disk, and how a download is deleted."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HFCacheInfo, scan_cache_dir

from pipelines.models.downloads import MARKS, last_used
from pipelines.models.sources import PREFIX, subfolders


@dataclass(frozen=True)
class Repo:
    """A downloaded repository, finished or not: its folder, size in bytes, last use (ns)."""

    path: Path
    size: int
    used: int


def repos(caches: Iterable[Path]) -> list[Repo]:
    """Our own downloads. A repository without our marks was put there by somebody else."""
    return [
        Repo(path, size, last_used(path))
        for cache in caches
        for path, size in sizes(cache).items()
        if (path / MARKS).is_dir()
    ]


def sizes(cache: Path) -> dict[Path, int]:
    """Folder of each repository -> bytes; one that is damaged counts with all its files."""
    found = scan(cache)
    known = {repo.repo_path: repo.size_on_disk for repo in found.repos} if found else {}
    paths = [path for path in subfolders(cache) if path.name.startswith(PREFIX)]
    return {path: known[path] if path in known else weight(path) for path in paths}


def scan(cache: Path) -> HFCacheInfo | None:
    return scan_cache_dir(cache) if cache.is_dir() else None


def weight(folder: Path) -> int:
    return sum(file_size(path) for path in folder.rglob("*"))


def file_size(path: Path) -> int:
    """Bytes of a file itself; links, folders and files that just vanished have none."""
    try:
        return path.lstat().st_size if os.path.isfile(path) and not path.is_symlink() else 0
    except OSError:
        return 0


def delete(repo: Path) -> None:
    """Deletes a repository, and what it alone uses of the files that a cache shares."""
    found = scan(repo.parent)
    mine = [each for each in (found.repos if found else ()) if each.repo_path == repo]
    commits = [revision.commit_hash for each in mine for revision in each.revisions]
    if found and commits:
        found.delete_revisions(*commits).execute()
    shutil.rmtree(repo, ignore_errors=True)


def half_written(cache: Path) -> list[Path]:
    """Files that an interrupted download left and that no later one goes on with."""
    return list(cache.glob(f"{PREFIX}*/blobs/*.incomplete"))
