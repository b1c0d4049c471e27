"""What can be chosen on the page: the model and its task, the options of a target, and where a
Space is pushed to."""

from collections.abc import Iterable
from html import escape

from api.texts import Texts
from components.deploy.ground import Ground
from deploy.flavours import SIZES
from deploy.options import Option
from deploy.plan import Plan
from pipelines.inference import Inference
from pipelines.search import tags_of
from pipelines.tiers import ZERO

SLEEPS = (("", "usual"), ("3600", "hour"), ("86400", "day"), ("-1", "never"))
HINTS = {"image": "registry.example.com/team/name:1", "repository": "your-name/your-model"}


def head(say: Texts) -> str:
    return (
        f'<div class="page-head"><h2>{say.html("deploy.title")}</h2>'
        f"<p>{say.html('deploy.lead')}</p></div>"
    )


def choose(inference: Inference, name: str | None, task: str | None, say: Texts) -> str:
    """Leads to the same page with another model, or another task of it."""
    able = {model.id: tags_of(model) for model in inference.models.list()}
    names = [id for id, tags in able.items() if tags]
    if name and name not in names:
        names.insert(0, name)
    tags = able.get((name or "").partition("@")[0], [task] if task else [])
    return (
        '<form class="deploy-choose" action="/deploy" method="get">'
        + select("model", say.html("deploy.model"), [(each, each) for each in names], name)
        + select("task", say.html("deploy.task"), [(each, each) for each in tags], task)
        + f'<button type="submit" class="small">{say.html("deploy.show")}</button></form>'
    )


def select(name: str, label: str, rows: Iterable[tuple[str, str]], chosen: str | None) -> str:
    made = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(words)}</option>"
        for value, words in rows
    )
    return f'<label><span>{label}</span><select name="{name}">{made}</select></label>'


def options(target: str, found: Iterable[Option], say: Texts) -> str:
    """A field for each; a script puts them into the download and the command."""
    fields = "".join(field(each, say) for each in found)
    if not fields:
        return ""
    name = say.html("deploy.options_of", target=say(f"deploy.{target}"))
    return f'<form class="deploy-options" aria-label="{name}">{fields}</form>'


def field(option: Option, say: Texts) -> str:
    label = say.html(f"deploy.option_{option.name}")
    if option.kind == "flag":
        return (
            f'<label class="flag"><input type="checkbox" name="{option.name}" value="1">'
            f"<span>{label}</span></label>"
        )
    kind = 'type="number" min="1"' if option.kind == "number" else 'type="text"'
    value = "" if option.default is None else escape(str(option.default))
    return text(option.name, label, f'{kind} value="{value}" data-usual="{value}"')


def text(name: str, label: str, more: str) -> str:
    hint = f' placeholder="{HINTS[name]}"' if name in HINTS else ""
    return (
        f'<label><span>{label}</span><input name="{name}" {more}{hint} '
        'autocomplete="off" spellcheck="false"></label>'
    )


def push(about: Plan, ground: Ground, say: Texts) -> str:
    """A Space of one's own on the Hub; why not, where this server does not upload."""
    title = f"<summary>{say.html('deploy.push')}</summary>"
    if not ground.may_push:
        why = "deploy.no_push_offline" if ground.settings.offline else "deploy.no_push"
        return f"<details>{title}<p>{say.html(why)}</p></details>"
    hardware = [("", say("deploy.usual")), *((each, each) for each in (*SIZES, ZERO))]
    sleeps = [(value, say(f"deploy.sleep_{word}")) for value, word in SLEEPS]
    fields = (
        text("space", say.html("deploy.space_name"), 'type="text" required placeholder="you/name"')
        + text("token", say.html("deploy.token"), 'type="password" required')
        + select("hardware", say.html("deploy.hardware"), hardware, "")
        + select("sleep", say.html("deploy.sleep"), sleeps, "")
        + '<label class="flag"><input type="checkbox" name="private" checked>'
        f"<span>{say.html('deploy.private')}</span></label>"
    )
    return (
        f'<details>{title}<p class="quiet">{say.html("deploy.push_about")}</p>'
        f'<form class="deploy-push" data-model="{escape(ground.name)}" '
        f'data-task="{about.task.tag}">{fields}'
        f'<button type="submit" class="small">{say.html("deploy.push_now")}</button></form>'
        '<p class="deploy-said" role="status"></p></details>'
    )
