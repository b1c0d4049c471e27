"""Ray's REST API, as far as endpoints need it: `/api/serve/applications/` and the logs.

Source: "Ray Serve REST API" in Ray's documentation; ServeInstanceDetails and ServeDeploySchema in
`ray.serve.schema`. `DELETE /api/serve/applications/` is never sent: it ends Serve for everybody.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from pipelines.errors import TaglineError, Unavailable

Details = Mapping[str, Any]
APPLICATIONS = "/api/serve/applications/"
LOGS = "/api/v0/logs/file"
SECONDS = 30.0
RETRY_SECONDS = 5.0


class Rest:
    """`address` is that of Ray's dashboard, such as http://head:8265. All raises Unavailable, with
    what to do about it."""

    def __init__(self, address: str, token: str, client: httpx.AsyncClient | None = None) -> None:
        self.address = address.rstrip("/")
        self.client = client or httpx.AsyncClient(trust_env=False, timeout=SECONDS)
        self.headers = {"Authorization": f"Bearer {token}"}

    async def details(self) -> Details:
        """Everything that Serve runs: applications, their replicas, proxies. Empty where it runs
        nothing."""
        found: Details = (await self.ask("GET", APPLICATIONS)).json()
        return found

    async def put(self, config: Mapping[str, Any]) -> None:
        """Makes these applications, and no other declared ones, what Serve should run. Returns
        when that is accepted."""
        await self.ask("PUT", APPLICATIONS, json=config)

    async def log(self, node: str, file: str, lines: int) -> str:
        """The last lines of a log file on a node; empty if it is gone."""
        query = {"node_id": node, "filename": file.lstrip("/"), "lines": str(lines)}
        try:
            return (await self.ask("GET", LOGS, params=query)).text
        except Unavailable:
            raise
        except TaglineError:
            return ""

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            found = await self.client.request(
                method, f"{self.address}{path}", headers=self.headers, **more
            )
        except httpx.HTTPError as error:
            raise Unavailable(
                f"Ray does not answer at {self.address} ({type(error).__name__}). Endpoints that "
                "run there go on. Start its head node, or correct TAGLINE_RAY.",
                RETRY_SECONDS,
            ) from error
        if found.is_success:
            return found
        raise refused(self.address, found)

    async def close(self) -> None:
        await self.client.aclose()


def refused(address: str, found: httpx.Response) -> TaglineError:
    said = found.text.strip()[:300]
    if found.status_code in (401, 403):
        return Unavailable(
            f"Ray at {address} refuses this server's token ({found.status_code}). Set "
            "TAGLINE_RAY_TOKEN to the token of the cluster (`ray get-auth-token`)."
        )
    if found.status_code >= 500 and "logs" not in found.url.path:
        return Unavailable(f"Ray at {address} answers {found.status_code}: {said}", RETRY_SECONDS)
    return TaglineError(f"Ray at {address} answers {found.status_code}: {said}")
