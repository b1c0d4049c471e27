"""Gradio is imported without its stubs and its MCP server, and is the same otherwise."""

import subprocess
import sys

SCRIPT = """
import ast, sys
from components.spared import sparing

parsed = []
parse = ast.parse
ast.parse = lambda *given, **named: parsed.append(given) or parse(*given, **named)
with sparing():
    import gradio
assert callable(gradio.Textbox().submit)
print(sum("class Textbox" in str(given[0]) for given in parsed), "mcp" in sys.modules)
import mcp.server.lowlevel  # it is there for whoever wants it later
"""


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.strip().splitlines()[-1]


def test_no_source_is_parsed_and_no_server_loaded() -> None:
    assert run(SCRIPT) == "0 False"


def test_it_would_be_otherwise() -> None:
    count, loaded = run(SCRIPT.replace("with sparing():", "if parse:")).split()
    assert int(count) > 0
    assert loaded == "True"
