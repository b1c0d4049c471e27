"""Gradio is imported without writing type stubs, and is the same otherwise."""

import subprocess
import sys

SCRIPT = """
import ast
from components.stubs import unwritten

parsed = []
parse = ast.parse
ast.parse = lambda *given, **named: parsed.append(given) or parse(*given, **named)
with unwritten():
    import gradio
assert callable(gradio.Textbox().submit)
print(sum("class Textbox" in str(given[0]) for given in parsed))
"""


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.strip().splitlines()[-1]


def test_no_source_of_a_component_is_parsed() -> None:
    assert run(SCRIPT) == "0"


def test_it_would_be_otherwise() -> None:
    assert int(run(SCRIPT.replace("with unwritten():", "if parse:"))) > 0
