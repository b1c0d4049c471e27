"""The cards of the page, one for each place that a model can be taken to."""

from html import escape
from shlex import quote

from api.texts import Texts
from components import embedding
from components.deploy import forms
from components.deploy.ground import Ground
from components.lines import error
from components.task_page import code
from deploy import options, targets
from deploy.handler import endpoint
from deploy.options import Option
from deploy.plan import Plan
from pipelines.errors import TaglineError
from pipelines.models.offer import in_words

FOLDERS = {"space": "my-space", "docker": "my-image", "kubernetes": "manifests",
           "handler": "my-endpoint"}  # fmt: skip


def all_of(about: Plan, ground: Ground, say: Texts) -> str:
    return (
        snippets(ground, say)
        + export("space", about, ground, say, forms.push(about, ground, say))
        + export("docker", about, ground, say)
        + export("kubernetes", about, ground, say)
        + export("handler", about, ground, say, call(about, ground, say))
        + share(ground, say)
    )


def card(name: str, body: str, say: Texts, more: str = "") -> str:
    return (
        f'<section class="card deploy-card" id="deploy-{name}" tabindex="-1" {more}>'
        f"<h3>{say.html(f'deploy.{name}')}</h3><p>{say.html(f'deploy.{name}_about')}</p>{body}"
        f'<p class="quiet">{say.html(f"deploy.{name}_tested")}</p></section>'
    )


def snippets(ground: Ground, say: Texts) -> str:
    link = (
        f'<a class="button" href="{escape(ground.address("/"))}">{say.html("deploy.to_code")}</a>'
    )
    line = code(f"python app.py snippet {quote(ground.name)} --client curl", say)
    return card("code", f'<p class="deploy-go">{link}</p>{line}', say)


def export(target: str, about: Plan, ground: Ground, say: Texts, more: str = "") -> str:
    """Options, download and command of a target; or why this model cannot go there."""
    try:
        size = targets.size(target, about)
    except TaglineError as problem:
        return card(target, error(str(problem)), say)
    command = options.command(target, about, FOLDERS[target])
    link = escape(ground.address(f"/exports/{target}.zip"))
    body = (
        forms.options(target, options.of(target), say)
        + f'<p class="deploy-go"><a class="button" href="{link}" data-download>'
        f"{say.html('deploy.download')}</a><small>{say.html('deploy.size', size=in_words(size))}"
        '</small><span class="deploy-said" role="status"></span></p>' + code(command, say) + more
    )
    return card(target, body, say, f'data-command="{escape(command)}"')


def call(about: Plan, ground: Ground, say: Texts) -> str:
    """The code that starts an endpoint. A script asks for it anew when something is chosen."""
    fields = forms.field(Option("repository", "text", None), say) + "".join(
        forms.select(
            name, say.html(f"deploy.option_{name}"), [(each, each) for each in known], None
        )
        for name, known in (("region", endpoint.REGIONS), ("type", endpoint.TYPES))
    )
    hub = endpoint.of_hub(about)
    as_it_is = f"<h4>{say.html('deploy.call_hub')}</h4>{code(hub.code, say)}" if hub else ""
    return (
        f"<h4>{say.html('deploy.call')}</h4>"
        f'<form class="deploy-call" data-address="{escape(ground.address("/exports/endpoint"))}" '
        f'aria-label="{say.html("deploy.call")}">{fields}</form>'
        f'<div data-code="handler">{code(endpoint.of_handler(about).code, say)}</div>'
        f'<div data-code="hub">{as_it_is}</div><p class="deploy-said" role="status"></p>'
    )


def share(ground: Ground, say: Texts) -> str:
    alone = f"python app.py --model {quote(ground.name)} --demo"
    body = (
        f'<p class="deploy-go"><a class="button" href="{escape(ground.demo)}">'
        f"{say.html('deploy.to_demo')}</a></p><h4>{say.html('deploy.embed')}</h4>"
        f"{embed(ground, say)}"
        f"<h4>{say.html('deploy.alone')}</h4><p>{say.html('deploy.alone_about')}</p>"
        f"{code(alone, say)}"
        f"<h4>{say.html('deploy.public')}</h4><p>{say('deploy.public_about')}</p>"
        f"{code(f'{alone} --level public --share', say)}"
    )
    return card("share", body, say)


def embed(ground: Ground, say: Texts) -> str:
    """Each way that another page can hold the widget; why not, where none may."""
    found = embedding.ways(ground.settings, ground.server, ground.demo, ground.name, ground.task)
    made = (
        f"<h5>{say.html(f'deploy.{way.name}')}</h5><p>{say(way.about)}</p>{code(way.code, say)}"
        for way in found
    )
    return "".join(made) or f"<p>{say('deploy.embed_nobody')}</p>"
