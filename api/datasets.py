"""What comes of a run over a data set, as files: whoever has the run's id may have them."""

import secrets
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from api import texts
from api.problems import Route
from api.texts import COOKIE, Texts
from pipelines.settings import MB, Settings
from runs import export, report
from runs.kept import Kept, Shelf

PATH = "/dataset-files"
# Somebody else's words stand in a report: whatever they are, they run nothing.
SAFE = {
    "content-security-policy": "sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
RUNS, PUBLIC_RUNS = 100, 30  # that are kept
BYTES, PUBLIC_BYTES = 20_000_000_000, 2_000_000_000


def shelf(settings: Settings) -> Shelf:
    """Where runs are kept; a public server keeps few."""
    public = settings.level == "public"
    return Shelf(
        settings.home.expanduser() / "datasets",
        PUBLIC_RUNS if public else RUNS,
        PUBLIC_BYTES if public else BYTES,
        int(settings.max_body_mb * MB),
    )


def router(settings: Settings) -> APIRouter:
    routes = APIRouter(route_class=Route, include_in_schema=False)
    runs = shelf(settings)

    @routes.get(f"{PATH}/{{id}}/results.csv")
    def comma_separated(id: str) -> Response:
        kept = runs.get(id)
        headers = SAFE | attached(kept, "csv")
        return StreamingResponse(export.as_csv(kept), headers=headers, media_type="text/csv")

    @routes.get(f"{PATH}/{{id}}/results.parquet")
    def parquet(id: str) -> Response:
        kept = runs.get(id)
        path = kept.folder / f"export.{secrets.token_hex(4)}"
        try:
            export.as_parquet(kept, path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        gone = BackgroundTask(path.unlink, missing_ok=True)
        return FileResponse(path, headers=SAFE | attached(kept, "parquet"), background=gone)

    @routes.get(f"{PATH}/{{id}}/report.html")
    async def page(id: str, request: Request, lang: str | None = None) -> Response:
        accepted = request.headers.get("accept-language", "")
        language = texts.chosen(lang, request.cookies.get(COOKIE), accepted)
        made = await run_in_threadpool(report.html, runs.get(id), Texts(language).html, language)
        return Response(made, headers=SAFE, media_type="text/html; charset=utf-8")

    return routes


def attached(kept: Kept, ending: str) -> dict[str, str]:
    """Named after the data set, as far as a header can say it."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in
                    Path(kept.about.name).stem[:60])  # fmt: skip
    return {"content-disposition": f'attachment; filename="{plain or "data"}-results.{ending}"'}
