"""A run while it goes on, and what came of it."""

import asyncio
from html import escape
from typing import Any

import gradio as gr

from api.texts import Texts
from components import lines, texts
from components.callers import caller
from components.dataset.desk import QUIET, Desk, go, going, link, query
from pipelines.errors import TaglineError
from runs import drawing
from runs.kept import Kept
from runs.ledger import WHERE, Filter
from runs.measured import measured
from runs.runs import Standing

TICK = 1.0  # seconds between two looks at a run
PAGE = 20  # rows
# Keeps the filter in the address, so that a link shows the same rows.
KEEP = """(filter, words, page) => {
  const here = new URL(window.location.href);
  const put = (name, value, usual) =>
    value === usual ? here.searchParams.delete(name) : here.searchParams.set(name, value);
  put("filter", filter, "all"); put("q", words, ""); put("page", String(page), "1");
  window.history.replaceState(null, "", here);
  return [filter, words, page];
}"""


def draw(desk: Desk, kept: Kept, asked: dict[str, str]) -> None:
    Results(desk, kept, asked, texts.here()).draw()


class Results:
    def __init__(self, desk: Desk, kept: Kept, asked: dict[str, str], say: Texts) -> None:
        self.desk, self.kept, self.asked, self.say = desk, kept, asked, say

    def draw(self) -> None:
        say, now = self.say, self.desk.runs.standing(self.kept)
        gr.HTML(self.title(now), padding=False)
        progress = gr.HTML(self.progress(now), padding=False, elem_id="dataset-progress")
        with gr.Row(elem_classes="actions"):
            stop = gr.Button(say("dataset.stop"), visible=now.running, elem_id="stop", min_width=96)
            resume = gr.Button(say("dataset.resume"), visible=resumable(now), variant="primary",
                               elem_id="dataset-resume", min_width=96)  # fmt: skip
            again = gr.Button(say("dataset.retry"), visible=not now.running and now.failed > 0,
                              elem_id="dataset-retry", min_width=96)  # fmt: skip
            other = gr.Button(say("dataset.other"), elem_id="dataset-other", min_width=96)
            delete = gr.Button(say("dataset.delete"), visible=not now.running,
                               elem_id="dataset-delete", min_width=96)  # fmt: skip
        note, next_ = gr.HTML("", padding=False, elem_id="dataset-note"), going()
        score = gr.HTML("", padding=False, elem_id="dataset-metrics")
        table = self.draw_table()
        tick = gr.Timer(TICK, active=now.running)
        seen = [progress, score, table[-1], stop, resume, again, delete, tick]
        # After the page is there: to count a large run takes seconds, once.
        gr.on(None, self.count, None, score, queue=False, **QUIET)
        tick.tick(self.look, table[:-1], seen, queue=False, **QUIET)
        for button, handler in ((stop, self.stop), (resume, self.resume), (again, self.retry),
                                (other, self.copy), (delete, self.delete)):  # fmt: skip
            go(button.click(handler, None, [note, next_], **QUIET), next_)

    # What is shown ------------------------------------------------------------------------------

    def title(self, now: Standing) -> str:
        plan = now.about.plan
        about = f"{plan.model} · {plan.task}" if plan else ""
        return (
            f'<h2 class="step">{escape(now.about.name)}</h2><p class="caption">{escape(about)}</p>'
        )

    def progress(self, now: Standing) -> str:
        """A line and a bar; the line is read out as it changes."""
        share = round(100 * now.done / max(now.rows, 1))
        bar = (
            f'<div class="run-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
            f'aria-valuenow="{share}" aria-label="{self.say.html("dataset.progress")}">'
            f'<span style="width:{share}%"></span></div>'
        )
        parts = " · ".join(filter(None, self.parts(now)))
        waiting = f'<p class="notice" role="note">{escape(now.waiting)}</p>' if now.waiting else ""
        reason = lines.error(now.about.reason) if now.about.reason and not now.running else ""
        return f'{bar}<p role="status" class="run-line">{parts}</p>{waiting}{reason}'

    def parts(self, now: Standing) -> list[str]:
        say, state = self.say.html, "running" if now.running else now.about.state
        found = [say(f"dataset.line_{state}", done=f"{now.done:,}", rows=f"{now.rows:,}")]
        if now.failed:
            found.append(say("dataset.line_failed", failed=f"{now.failed:,}"))
        if now.running and now.judged:
            found.append(say("dataset.line_right", share=f"{now.right / now.judged:.1%}"))
        if now.rate and now.eta is not None:
            found.append(say("dataset.line_rate", rate=f"{now.rate:.1f}"))
            found.append(say("dataset.line_left", time=in_time(now.eta)))
        return found

    def metrics(self, now: Standing) -> str:
        """Figures, plots and files, once the run stands still."""
        if now.running or not now.done:
            return ""
        made = drawing.metrics(measured(self.kept), self.say.html)
        return f"{made}{self.downloads()}"

    def count(self) -> str:
        return self.metrics(self.desk.runs.standing(self.kept))

    def downloads(self) -> str:
        names = {
            "results.csv": self.say("dataset.csv"),
            "results.parquet": self.say("dataset.parquet"),
            "report.html": self.say("dataset.report"),
        }
        lang = f"?lang={self.say.language}"
        each = "".join(
            f'<a href="{link(self.kept, name)}{lang if name.endswith("html") else ""}" download>'
            f"{escape(text)}</a>"
            for name, text in names.items()
        )
        return f'<p class="downloads">{each}</p>'

    def draw_table(self) -> list[Any]:
        """Filter, words, page, and the rows."""
        say, asked = self.say, self.asked
        which: Filter = next((name for name in WHERE if name == asked.get("filter")), "all")
        words = asked.get("q", "")
        page = int(asked["page"]) if asked.get("page", "").isdigit() else 1
        with gr.Row(elem_classes="filters"):
            filter_ = gr.Radio(
                [(say(f"dataset.filter_{name}"), name) for name in WHERE], value=which,
                label=say("dataset.show"), interactive=True, elem_id="dataset-filter",
            )  # fmt: skip
            search = gr.Textbox(words, label=say("dataset.search"), lines=1, interactive=True,
                                elem_id="dataset-search")  # fmt: skip
            number = gr.Number(page, label=say("dataset.page"), minimum=1, precision=0, step=1,
                               interactive=True, elem_id="dataset-page", min_width=90)  # fmt: skip
        rows = gr.HTML(self.rows(which, words, page), padding=False, elem_id="dataset-table")
        boxes = [filter_, search, number]
        fresh: dict[str, Any] = {"queue": False, **QUIET}
        # A text that is pasted is told by Enter alone.
        for event in (filter_.input, search.input, search.submit):
            event(lambda: 1, None, number, **fresh).then(self.rows, boxes, rows, js=KEEP, **fresh)
        number.input(self.rows, boxes, rows, js=KEEP, **fresh)
        return [*boxes, rows]

    def rows(self, which: Filter, words: str, page: float | None) -> str:
        ledger = self.kept.ledger
        matching = ledger.matching(which, words)
        pages = max(1, -(-matching // PAGE))
        at = min(max(int(page or 1), 1), pages)
        found = ledger.page(which, words, (at - 1) * PAGE, PAGE)
        counted = self.say.html("dataset.matching", rows=f"{matching:,}", page=at, pages=pages)
        line = f'<p class="caption">{counted}</p>'
        return line + (drawing.results(found, self.say.html) if found else "")

    # What is done -------------------------------------------------------------------------------

    async def look(self, which: Filter, words: str, page: float | None) -> list[Any]:
        now = await asyncio.to_thread(self.desk.runs.standing, self.kept)
        score = await asyncio.to_thread(self.metrics, now)
        rows = await asyncio.to_thread(self.rows, which, words, page)
        return [
            self.progress(now),
            score,
            rows,
            gr.update(visible=now.running),
            gr.update(visible=resumable(now)),
            gr.update(visible=not now.running and now.failed > 0),
            gr.update(visible=not now.running),
            gr.Timer(active=now.running),
        ]

    async def stop(self, request: gr.Request) -> list[str]:
        return await self.done(request, self.stopped)

    async def stopped(self, request: gr.Request) -> Kept:
        await self.desk.runs.stop(self.kept)
        return self.kept

    async def resume(self, request: gr.Request) -> list[str]:
        return await self.done(request, self.resumed)

    async def resumed(self, request: gr.Request) -> Kept:
        plan = self.kept.about.plan
        assert plan is not None
        self.desk.runs.start(self.kept, plan, caller(self.desk.inference, request))
        return self.kept

    async def retry(self, request: gr.Request) -> list[str]:
        return await self.done(request, self.retried)

    async def retried(self, request: gr.Request) -> Kept:
        """Failed rows alone, once more."""
        with self.kept.alone(), self.kept.ledger.writing() as writer:
            writer.forget_failed()
        return await self.resumed(request)

    async def copy(self, request: gr.Request) -> list[str]:
        """Everybody with the link may run the same data set anew, for himself."""
        try:
            owner = self.desk.owner(request)
            made = await asyncio.to_thread(self.desk.runs.shelf.copy, self.kept, owner)
        except TaglineError as error:
            return [lines.error(str(error)), ""]
        return ["", query(made)]

    async def delete(self, request: gr.Request) -> list[str]:
        return await self.done(request, self.deleted)

    async def deleted(self, request: gr.Request) -> None:
        self.desk.runs.shelf.remove(self.kept)

    async def done(self, request: gr.Request, work: Any) -> list[str]:
        """A note, and where to go after `work` that only the owner may do."""
        try:
            self.desk.check(self.kept, request)
            kept = await work(request)
        except TaglineError as error:
            return [lines.error(str(error)), ""]
        return ["", query(kept) or "new=1"]


def resumable(now: Standing) -> bool:
    return not now.running and now.about.state == "stopped"


def in_time(seconds: float) -> str:
    """Hours, minutes and seconds as a clock has them."""
    minutes, left = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
