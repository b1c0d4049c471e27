"""A run as one page that needs nothing else: to be sent, kept and printed."""

import time
from html import escape
from pathlib import Path

from runs import drawing
from runs.drawing import Say
from runs.kept import Kept
from runs.ledger import Counts
from runs.measured import measured

SAMPLE, FAILURES = 25, 25  # rows that are shown
STYLE = Path(__file__).parent.parent / "assets" / "report" / "style.css"


def html(kept: Kept, say: Say, language: str) -> str:
    """Blocks: all results are read, if they have not been."""
    about, counts = kept.about, kept.ledger.counts()
    title = escape(about.name)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title} · Tagline</title><style>{STYLE.read_text(encoding='utf-8')}</style>"
        "</head><body>"
        f"<h1>{title}</h1><p><small>{when(about.made)}</small></p>"
        f"{settings(kept, counts, say)}"
        f"<h2>{say('dataset.metrics')}</h2>{drawing.metrics(measured(kept), say)}"
        f"{samples(kept, counts, say)}</body></html>"
    )


def when(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(moment))


def settings(kept: Kept, counts: Counts, say: Say) -> str:
    plan = kept.about.plan
    if plan is None:
        return ""
    inputs = {name: feed.column or str(feed.value) for name, feed in plan.feeds.items()}
    rows = {
        say("dataset.setting_model"): f"{plan.model} @ {plan.revision[:12]}",
        say("dataset.setting_task"): plan.task,
        say("dataset.setting_rows"): f"{counts.done:,} / {plan.rows:,}",
        say("dataset.setting_failed"): f"{counts.failed:,}",
        say("dataset.setting_inputs"): "; ".join(f"{k} ← {v}" for k, v in inputs.items()),
        say("dataset.setting_label"): plan.label or "–",
        say("dataset.setting_params"): "; ".join(f"{k} = {v}" for k, v in plan.params.items()),
    }
    made = "".join(
        f'<tr><th scope="row">{name}</th><td class="words">{escape(text)}</td></tr>'
        for name, text in rows.items()
        if text
    )
    return f'<h2>{say("dataset.settings")}</h2><table class="settings">{made}</table>'


def samples(kept: Kept, counts: Counts, say: Say) -> str:
    made = ""
    if wrong := kept.ledger.page("wrong", "", 0, SAMPLE):
        made += f"<h2>{say('dataset.filter_wrong')}</h2>{drawing.results(wrong, say)}"
    if counts.failed:
        failed = kept.ledger.page("failed", "", 0, FAILURES)
        made += f"<h2>{say('dataset.filter_failed')}</h2>{drawing.results(failed, say)}"
    first = kept.ledger.page("all", "", 0, SAMPLE)
    return f"{made}<h2>{say('dataset.sample')}</h2>{drawing.results(first, say)}"
