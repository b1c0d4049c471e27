"""axe-core on a page: what keeps people from using it."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.conftest import ROOT

FILE = ROOT / ".venv" / "clients" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
# Gradio's own, which no code of ours draws: rule -> where it is broken. Its place to drop files is
# named "Click to upload or drop files", and shows other words. The colours of its highlighted code
# are too light on white; panel.css darkens them by a filter, which axe does not see.
GRADIO = {"label-content-name-mismatch": "upload|aria-dropeffect", "color-contrast": "cm-line|ͼ"}
RUN = """async (known) => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  if (!found.passes.length) throw new Error("axe looked at nothing");
  const where = (node) => `${node.target.join(" ")} ${node.html}`;
  const ours = (rule, node) => !(known[rule] && where(node).match(known[rule]));
  return found.violations.map((each) => ({
    rule: each.id, impact: each.impact, help: each.help,
    nodes: each.nodes.filter((node) => ours(each.id, node))
      .map((node) => `${node.target.join(" ")}: ${node.html.slice(0, 160)} ${node.failureSummary}`),
  })).filter((each) => each.nodes.length);
}"""


def violations(page: Page) -> list[str]:
    """The serious and critical violations of a page as it stands, a line for each place. Skips the
    test where axe-core is not installed."""
    if not FILE.exists():
        pytest.skip("axe-core is not installed: `make .venv/clients` needs npm")
    page.evaluate(FILE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(RUN, GRADIO)
    return [
        f"{each['rule']} ({each['impact']}): {each['help']}: {place}"
        for each in found
        if each["impact"] in GRAVE
        for place in each["nodes"]
    ]
