"""A Hub on loopback, as far as downloads need it; the real huggingface_hub client talks to it."""

import json
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from threading import Event
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.loopback import Loopback, Quiet

Files = dict[str, bytes]


@dataclass
class Repo:
    """`readers` are the tokens that may read a private or gated repository."""

    files: dict[str, Files]  # commit -> files
    refs: dict[str, str]
    tag: str | None = None
    gated: str | bool = False
    private: bool = False
    readers: set[str] = field(default_factory=set)
    library: str | None = None
    downloads: int = 0
    parameters: int | None = None


@dataclass(frozen=True)
class Seen:
    """One request: its method, its path without the query, the token it carried."""

    method: str
    path: str
    token: str | None


class Hub(Loopback):
    """`fail` maps a file's name to how often its GET still answers 500; `hold` keeps its GET
    waiting for an event; `cut` closes the connection once, halfway through the file; `lies` adds
    to the size that the listing gives."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.seen: list[Seen] = []
        self.fail: dict[str, int] = {}
        self.hold: dict[str, Event] = {}
        self.cut: set[str] = set()
        self.lies: dict[str, int] = {}
        self.sick: int | None = None  # a status that every request is answered with
        self.reached: dict[str, Event] = {}  # set when a held file is asked for
        super().__init__(Handler, hub=self)

    def add(self, id: str, files: Files, **about: Any) -> str:
        """A repository, or a new commit of its `main`. Answers the commit."""
        commit = sha1(repr((id, sorted(files.items()))).encode()).hexdigest()
        repo = self.repos.setdefault(id, Repo({}, {}, **about))
        repo.files[commit] = files
        repo.refs["main"] = commit
        return commit

    def paused(self, name: str) -> tuple[Event, Event]:
        """Holds the GET of a file: one event says that it was asked for, the other lets go."""
        self.reached[name], self.hold[name] = Event(), Event()
        return self.reached[name], self.hold[name]

    def asked(self, method: str, part: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.method == method and part in seen.path]

    def close(self) -> None:
        for event in self.hold.values():
            event.set()
        super().close()


class Handler(Quiet):
    hub: Hub

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        bearer = self.headers.get("authorization", "")
        token = bearer.removeprefix("Bearer ") or None
        self.hub.seen.append(Seen(self.command, path, token))
        if self.hub.sick:
            self.reply(self.hub.sick, b"{}", {"Retry-After": "7"})
        elif path == "/api/models":
            self.search(parse_qs(urlsplit(self.path).query))
        elif path.startswith("/api/models/"):
            self.describe(path.removeprefix("/api/models/"), token)
        elif path.startswith("/api/datasets/"):  # kept as `datasets/org/name`, as its files are
            self.describe(path.removeprefix("/api/"), token)
        elif "/resolve/" in path:
            id, _, rest = path[1:].partition("/resolve/")
            self.serve(id, rest, token)
        else:
            self.reply(404, b'{"error": "Not found"}')

    def search(self, asked: dict[str, list[str]]) -> None:
        """Repositories whose id has the text, of the tag if one is asked for, as sorted."""
        text, tag = asked.get("search", [""])[0].lower(), asked.get("pipeline_tag", [None])[0]
        found = [(i, r) for i, r in self.hub.repos.items() if text in i.lower() and not r.private]
        found = [(i, r) for i, r in found if tag in (None, r.tag)]
        if asked.get("sort") == ["downloads"]:
            found.sort(key=lambda each: -each[1].downloads)
        rows = [self.row(i, r) for i, r in found[: int(asked["limit"][0])]]
        self.reply(200, json.dumps(rows).encode())

    def row(self, id: str, repo: Repo) -> dict[str, Any]:
        about: dict[str, Any] = {"_id": "0" * 24, "id": id, "gated": repo.gated}
        about |= {"pipeline_tag": repo.tag, "library_name": repo.library}
        counted = {"safetensors": {"total": repo.parameters}} if repo.parameters else {}
        return about | {"downloads": repo.downloads} | counted

    def describe(self, path: str, token: str | None) -> None:
        id, _, revision = path.partition("/revision/")
        repo = self.hub.repos.get(id)
        if repo is None or (repo.private and token not in repo.readers):
            return self.reply(401, b"{}", {"X-Error-Code": "RepoNotFound"})
        commit = repo.refs.get(revision or "main", revision)
        if commit not in repo.files:
            return self.reply(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        siblings = [
            {"rfilename": name, "size": len(data) + self.hub.lies.get(name, 0), "blobId": "0" * 40}
            for name, data in repo.files[commit].items()
        ]
        about: dict[str, Any] = {
            "id": id,
            "sha": commit,
            "gated": repo.gated,
            "private": repo.private,
        }
        about |= {"pipeline_tag": repo.tag, "siblings": siblings, "tags": []}
        return self.reply(200, json.dumps(about).encode())

    def serve(self, id: str, rest: str, token: str | None) -> None:
        repo = self.hub.repos[id]
        revision, _, name = rest.partition("/")
        if (repo.gated or repo.private) and token not in repo.readers:
            return self.reply(403 if token else 401, b"", {"X-Error-Code": "GatedRepo"})
        data = repo.files[repo.refs.get(revision, revision)].get(name)
        if data is None:
            return self.reply(404, b"", {"X-Error-Code": "EntryNotFound"})
        headers = {"ETag": f'"{sha256(data).hexdigest()}"', "X-Repo-Commit": revision}
        return self.send_file(name, data, headers)

    def send_file(self, name: str, data: bytes, headers: dict[str, str]) -> None:
        if self.command == "GET" and name in self.hub.hold:
            self.hub.reached[name].set()
            self.hub.hold[name].wait(30)
        if self.command == "GET" and self.hub.fail.get(name, 0):
            self.hub.fail[name] -= 1
            return self.reply(500, b"")
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        return self.reply(206 if start else 200, data[start:], headers, self.half(name))

    def half(self, name: str) -> bool:
        if self.command != "GET" or name not in self.hub.cut:
            return False
        self.hub.cut.remove(name)
        return True

    def reply(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, half: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body[: len(body) // 2] if half else body)
        if half:
            self.close_connection = True
