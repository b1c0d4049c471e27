"""A data set of the Hub, as the Parquet files into which the Hub itself converts each."""

import re
import shutil
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from pipelines.errors import InvalidInput, Unavailable, UnknownModel
from runs.kept import Kept, Shelf

REVISION = "refs/convert/parquet"
NAME = re.compile(r"([\w.-]+/[\w.-]+)(?:\s+([\w.-]+))?(?:\s+([\w.-]+))?", re.ASCII)
ORDER = ("test", "validation", "train")  # the split that is meant where none is named
SECONDS = 10.0  # for an answer
MOST = 2_000_000_000  # bytes of a split that are fetched
Sizes = Mapping[str, int]


def fetch(address: str, wanted: str, owner: str, shelf: Shelf) -> Kept:
    """Downloads `org/name`, perhaps followed by a configuration and a split. Blocks.

    Raises InvalidInput for another form, UnknownModel for what is not there, Unavailable where the
    Hub does not answer.
    """
    found = NAME.fullmatch(wanted.strip())
    if not found:
        raise InvalidInput("Write it as org/name, or org/name configuration split.")
    name, config, split = found.groups()
    api = HfApi(endpoint=address, token=False, library_name="tagline")
    try:
        commit, sizes = listed(api, name)
        files = chosen(sizes, config, split)
        total = sum(sizes[each] for each in files)
        title = f"{name} {files[0].rpartition('/')[0]}.parquet"
        return shelf.add(title, owner, lambda path: download(api, name, commit, files, path), total)
    except HfHubHTTPError as error:
        if error.response.status_code in (401, 403, 404):
            raise UnknownModel(
                f"The Hub shows no data set {name}, or has no Parquet files of it. Check the "
                f"spelling at {address}/datasets."
            ) from error
        raise unreachable(address, error) from error
    except (httpx2.HTTPError, OSError) as error:
        raise unreachable(address, error) from error


def unreachable(address: str, error: Exception) -> Unavailable:
    return Unavailable(
        f"The Hub at {address} does not answer ({type(error).__name__}). Drop a file instead, or "
        "try again when the network is up."
    )


def listed(api: HfApi, name: str) -> tuple[str, Sizes]:
    """The commit, and the bytes of each Parquet file by its path,
    `configuration/split/0000.parquet`."""
    info: Any = api.dataset_info(name, revision=REVISION, timeout=SECONDS, files_metadata=True)
    sizes = {
        each.rfilename: each.size or 0
        for each in info.siblings or ()
        if each.rfilename.endswith(".parquet") and each.rfilename.count("/") == 2
    }
    return info.sha, sizes


def chosen(sizes: Sizes, config: str | None, split: str | None) -> list[str]:
    """The files of a split: the one asked for, else the one that is there to test with."""
    folders: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path in sorted(sizes):
        first, second, _ = path.split("/")
        folders[first, second].append(path)
    able = [key for key in folders if config in (None, key[0]) and split in (None, key[1])]
    if not able:
        known = ", ".join(" ".join(key) for key in folders) or "none"
        raise InvalidInput(f"This data set has no such part. Its parts are: {known}.")
    best = min(able, key=lambda key: (able[0][0] != key[0], place(key[1])))
    return within(folders[best], sizes)


def place(split: str) -> int:
    return ORDER.index(split) if split in ORDER else len(ORDER)


def within(files: list[str], sizes: Sizes) -> list[str]:
    """The first files that together are no larger than may be fetched."""
    total = 0
    found: list[str] = []
    for each in files:
        total += sizes[each]
        if total > MOST and found:
            break
        found.append(each)
    return found


def download(api: HfApi, name: str, commit: str, files: list[str], path: Path) -> None:
    """Into a folder, whose files are named in their order."""
    path.mkdir()
    for number, file in enumerate(files):
        got = api.hf_hub_download(
            name, file, repo_type="dataset", revision=commit, local_dir=path / "got"
        )
        Path(got).rename(path / f"{number:05}.parquet")
    shutil.rmtree(path / "got")
