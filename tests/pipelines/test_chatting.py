"""Which models take a system prompt, by their chat templates."""

import json
from pathlib import Path

import pytest

from pipelines.chatting import takes_system
from pipelines.model import Model

ALL = "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}{% endfor %}"
NONE = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% for m in messages %}{{ m['content'] }}{% endfor %}"
)
SILENT = "{% for m in messages if m['role'] == 'user' %}{{ m['content'] }}{% endfor %}"


def model(folder: Path) -> Model:
    return Model(f"org/{folder.name}", folder, "1", "text-generation", "transformers")


@pytest.mark.parametrize(("template", "takes"), [(ALL, True), (NONE, False), (SILENT, False)])
@pytest.mark.parametrize("name", ["chat_template.jinja", "tokenizer_config.json"])
def test_templates(template: str, takes: bool, name: str, tmp_path: Path) -> None:
    text = template if name.endswith("jinja") else json.dumps({"chat_template": template})
    (tmp_path / name).write_text(text)
    assert takes_system(model(tmp_path)) is takes


def test_one_of_several_is_enough(tmp_path: Path) -> None:
    both = [{"name": "a", "template": SILENT}, {"name": "b", "template": ALL}]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": both}))
    assert takes_system(model(tmp_path))


def test_without_a_template_it_may(tmp_path: Path) -> None:
    assert takes_system(model(tmp_path))
    (tmp_path / "tokenizer_config.json").write_text("no json")
    assert takes_system(model(tmp_path))
