"""gradio_client: one named endpoint per task."""

from deploy.snippets import gradio, python
from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.files import expression
from deploy.snippets.notation import PYTHON
from deploy.snippets.python import arguments, call

handled = expression('handle_file("{}")')


def snippet(ask: Ask) -> Snippet:
    token = [f"token={python.VARIABLE}"] if ask.token else []
    client = call("client = Client", [PYTHON.write(ask.server), *token])
    given = gradio.given(ask, handled, python.encoded)
    asked = call("answer = client.predict", arguments({**given, "api_name": f"/{ask.endpoint}"}))
    code = f"{client}\n{asked}\nprint(answer)"
    more = ", handle_file" if "handle_file" in python.names(code) else ""
    return python.snippet(ask, [f"from gradio_client import Client{more}"], code)
