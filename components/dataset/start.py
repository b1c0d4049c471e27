"""The first step: a file, a sample, or a data set of the Hub."""

import re
import shutil
import zipfile
from collections.abc import Sequence
from html import escape
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import Any

import gradio as gr
import msgspec
from gradio.utils import get_upload_folder

from api import look
from api.texts import Texts
from components import files, lines, texts
from components.dataset import hub
from components.dataset.desk import QUIET, Desk, go, going, query
from pipelines.errors import InvalidInput, TaglineError, TooLarge
from pipelines.samples import FILES
from pipelines.settings import MB
from runs.kept import Kept
from runs.sources.row import kind_of

SCRIPT = f"import('{look.address('folder')}').then((folder) => folder.%s())"
WATCH, CHOOSE = SCRIPT % "watch", f"() => {{ {SCRIPT % 'choose'}; }}"
WITHIN = """(files) => {
  const names = window.tagline?.within || [];
  if (window.tagline) window.tagline.within = [];
  return [files, JSON.stringify(names)];
}"""
SAMPLE = FILES / "sentiment.csv"
SAMPLE_MODEL = "tagline/minilm-sentiment"
MOST_LISTED = 8


def draw(desk: Desk, request: gr.Request) -> None:
    say = texts.here()
    gr.HTML(
        f'<h2 class="step">{say("dataset.title")}</h2><p class="caption">{say("dataset.lead")}</p>',
        padding=False,
    )
    box = gr.File(
        label=say("dataset.drop"), file_count="multiple", height=170, elem_id="dataset-file"
    )
    files.without_addresses(box)
    gr.HTML(f'<p class="caption">{say("dataset.takes")}</p>', padding=False, js_on_load=WATCH)
    within = gr.Textbox("", visible=False)
    note, next_ = gr.HTML("", padding=False, elem_id="dataset-note"), going()
    with gr.Row(elem_classes="actions"):
        folder = gr.Button(say("dataset.folder"), elem_id="dataset-folder", min_width=120)
        sample = gr.Button(say("dataset.try_sample"), elem_id="dataset-sample", min_width=120)
    folder.click(None, None, None, js=CHOOSE, queue=False, **QUIET)
    go(box.upload(taker(desk), [box, within], [note, next_], js=WITHIN, **QUIET), next_)
    go(sample.click(sampler(desk), None, [note, next_], **QUIET), next_)
    hub.draw(desk, note, next_, say)
    if desk.listed:
        gr.HTML(mine(desk, request, say), padding=False)


def taker(desk: Desk) -> Any:
    def take(paths: Sequence[str] | None, within: str, request: gr.Request) -> list[str]:
        try:
            found = [files.uploaded(path) for path in paths or ()]
            return ["", query(add(desk, found, request, within)) if found else ""]
        except TaglineError as error:
            return [lines.error(str(error)), ""]

    return take


def sampler(desk: Desk) -> Any:
    def take(request: gr.Request) -> list[str]:
        try:
            kept = add(desk, [SAMPLE], request)
            kept.change(first=(SAMPLE_MODEL, None))
            return ["", query(kept)]
        except TaglineError as error:
            return [lines.error(str(error)), ""]

    return take


def add(desk: Desk, paths: Sequence[Path], request: gr.Request, within: str = "") -> Kept:
    """The files as a data set; `within` is what they are called in the folder that was sent, as
    JSON. Blocks for as long as its rows are counted."""
    owner, shelf = desk.owner(request), desk.runs.shelf
    if len(paths) == 1 and not kind_of(paths[0].name):
        path = paths[0]
        return shelf.add(path.name, owner, copier(path), path.stat().st_size)
    most = desk.runs.shelf.most
    if sum(path.stat().st_size for path in paths) > most:
        raise TooLarge(f"Together these files have more than {most // MB} MB. Send fewer.")
    named = names(paths, within)
    with NamedTemporaryFile(suffix=".zip", dir=get_upload_folder()) as packed:
        pack(paths, named, Path(packed.name))
        folder = named[0].partition("/")[0] if "/" in named[0] else f"{len(paths)} files"
        name, size = f"{folder}.zip", Path(packed.name).stat().st_size
        return shelf.add(name, owner, copier(Path(packed.name)), size)


def copier(path: Path) -> Any:
    return lambda place: shutil.copyfile(path, place)


def names(paths: Sequence[Path], within: str) -> list[str]:
    """Of each file in the zip: what it was called in its folder, which tells its class."""
    try:
        told = msgspec.json.decode(within or "[]", type=list[str])
    except msgspec.MsgspecError:
        told = []
    # Of another upload, if they do not fit: Gradio leaves letters and digits of a name as they are.
    if len(told) == len(paths) and all(map(is_of, told, paths)):
        return told
    return [unique(path, paths[:number]) for number, path in enumerate(paths)]


def is_of(told: str, path: Path) -> bool:
    return bare(PurePosixPath(told).name) == bare(path.name)


def bare(name: str) -> str:
    return "".join(re.findall("[A-Za-z0-9]", name))


def pack(paths: Sequence[Path], named: Sequence[str], into: Path) -> None:
    """Pictures or recordings as one zip. Raises InvalidInput for tables: those go one by one."""
    if any(kind_of(path.name) is None for path in paths):
        raise InvalidInput("Send one table, or several pictures or recordings, at a time.")
    with zipfile.ZipFile(into, "w") as packed:
        for path, name in zip(paths, named, strict=True):
            packed.write(path, name)


def unique(path: Path, before: Sequence[Path]) -> str:
    same = sum(path.name == each.name for each in before)
    return f"{path.stem} ({same}){path.suffix}" if same else path.name


def mine(desk: Desk, request: gr.Request, say: Texts) -> str:
    """The caller's last runs."""
    owner = desk.owner(request)
    found = [kept for kept in desk.runs.shelf.all() if kept.made and kept.about.owner == owner]
    if not found:
        return ""
    rows = "".join(item(desk, kept, say) for kept in found[:MOST_LISTED])
    return f'<h3>{say("dataset.mine")}</h3><ul class="my-runs">{rows}</ul>'


def item(desk: Desk, kept: Kept, say: Texts) -> str:
    now = desk.runs.standing(kept)
    plan = now.about.plan
    about = f"{plan.model} · {now.done:,} / {now.rows:,}" if plan else f"{now.about.total:,}"
    state = say(f"dataset.state_{now.about.state}")
    return (
        f'<li><a href="?{query(kept)}">{escape(now.about.name)}</a>'
        f"<span>{escape(about)} · {state}</span></li>"
    )
