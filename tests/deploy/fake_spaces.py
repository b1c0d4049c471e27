"""The part of the Hub that keeps Spaces, on loopback; the real huggingface_hub talks to it.

Source: the calls that huggingface_hub 2.4 makes, and the Hub's own OpenAPI document.
"""

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.loopback import Loopback, Quiet

COMMIT = "0" * 39 + "1"


@dataclass
class Space:
    """What the Hub knows of one."""

    about: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)


class Spaces(Loopback):
    """`users` are names by token; `sick` answers each call whose path has its key with a status and
    words."""

    def __init__(self) -> None:
        self.users = {"hf_good": "ann"}
        self.spaces: dict[str, Space] = {}
        self.sick: dict[str, tuple[int, str]] = {}
        self.seen: list[tuple[str, str]] = []
        super().__init__(Handler, hub=self)


class Refused(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


class Handler(Quiet):
    hub: Spaces

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        body = self.body()
        path = urlsplit(self.path).path
        self.hub.seen.append((self.command, path))
        try:
            for part, (status, words) in self.hub.sick.items():
                if part in path:
                    raise Refused(status, words)
            self.say(200, self.made(path, body))
        except Refused as error:
            self.say(error.status, {"error": error.words})

    def made(self, path: str, body: bytes) -> Any:
        user = self.user()
        if path == "/api/whoami-v2":
            return {"name": user, "type": "user", "orgs": []}
        if path == "/api/repos/create":
            return self.create(user, json.loads(body))
        if path == "/api/validate-yaml":
            return {"errors": [], "warnings": []}
        if path.startswith("/api/spaces/"):
            owner, name, *rest = path.removeprefix("/api/spaces/").split("/")
            return self.of_space(user, f"{owner}/{name}", rest, body)
        raise Refused(404, "Not found")

    def user(self) -> str:
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.hub.users:
            raise Refused(401, "Invalid username or password.")
        return self.hub.users[token]

    def create(self, user: str, asked: dict[str, Any]) -> Any:
        owner = asked.get("organization") or user
        return self.keep(user, f"{owner}/{asked['name']}", asked)

    def keep(self, user: str, id: str, asked: dict[str, Any]) -> Any:
        if id.partition("/")[0] != user:
            raise Refused(403, f"You don't have the rights to create a space under {id}")
        if id in self.hub.spaces:
            raise Refused(409, "You already created this space repo")
        space = self.hub.spaces[id] = Space(asked)
        space.secrets |= {each["key"]: each["value"] for each in asked.get("secrets", [])}
        space.variables |= {each["key"]: each["value"] for each in asked.get("variables", [])}
        return {"url": f"{self.hub.url}/spaces/{id}", "name": id}

    def of_space(self, user: str, id: str, rest: list[str], body: bytes) -> Any:
        space = self.hub.spaces.get(id)
        if space is None:
            raise Refused(404, "Repository not found")
        if rest == ["duplicate"]:
            return self.duplicate(user, space, json.loads(body))
        if rest[:1] == ["preupload"]:
            files = json.loads(body)["files"]
            return {"files": [regular(each["path"]) for each in files]}
        if rest[:1] == ["commit"]:
            return self.commit(id, space, body)
        if rest in (["secrets"], ["variables"]):
            given = json.loads(body)
            kept: dict[str, str] = getattr(space, rest[0])
            kept[given["key"]] = given["value"]
            return {}
        if rest == ["hardware"]:
            space.about |= json.loads(body)
            hardware = {"current": None, "requested": space.about["flavor"]}
            return {"stage": "BUILDING", "hardware": hardware}
        if rest[:1] == ["tree"]:
            return [{"type": "file", "path": n, "size": len(f), "oid": "0" * 40}
                    for n, f in space.files.items()]  # fmt: skip
        return {"id": id, "sha": COMMIT, "siblings": [{"rfilename": n} for n in space.files]}

    def duplicate(self, user: str, space: Space, asked: dict[str, Any]) -> Any:
        told = self.keep(user, asked["repository"], asked)
        made = self.hub.spaces[asked["repository"]]
        made.files, made.variables = dict(space.files), space.variables | made.variables
        return told

    def commit(self, id: str, space: Space, body: bytes) -> Any:
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "header":
                space.commits.append(value["summary"])
            elif line["key"] == "file":
                space.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "deletedFile":
                del space.files[value["path"]]
            else:
                raise Refused(400, f"unknown line {line['key']}")
        url = f"{self.hub.url}/spaces/{id}/commit/{COMMIT}"
        return {"success": True, "commitOid": COMMIT, "commitUrl": url}


def regular(path: str) -> dict[str, Any]:
    return {"path": path, "uploadMode": "regular", "shouldIgnore": False, "oid": None}
