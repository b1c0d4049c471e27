"""@gradio/client: one named endpoint per task."""

from deploy.snippets import gradio, javascript
from deploy.snippets.ask import Ask, Snippet
from deploy.snippets.notation import Code

IMPORT = 'import { Client } from "@gradio/client";'


def snippet(ask: Ask) -> Snippet:
    token = [{"token": Code(javascript.VARIABLE)}] if ask.token else []
    app = javascript.call("const app = await Client.connect", ask.server, *token)
    given = gradio.given(ask, javascript.blob, javascript.encoded)
    asked = javascript.call("const answer = await app.predict", f"/{ask.endpoint}", given)
    code = f"{app};\n{asked};\nconsole.log(answer.data[0]);\napp.close();"
    return javascript.snippet(ask, [IMPORT], code)
