"""Who sits before a page, or calls from a Gradio client."""

import gradio as gr
from starlette.types import Scope

from api import observe
from api.turns import turn
from pipelines import tracing
from pipelines.allowance import Client
from pipelines.inference import Inference


def caller(inference: Inference, request: gr.Request) -> Client:
    """Whose turn his call takes."""
    return turn(scope(request), inference, request.session_hash)


def follow(request: gr.Request | None) -> None:
    """What is logged from here on bears the id of the request that brought the call: Gradio works
    on it elsewhere."""
    if request and request.request:
        tracing.follow(observe.id_of(request.request.scope))


def scope(request: gr.Request) -> Scope:
    """The ASGI scope, into which the middleware has put what it found out."""
    assert request.request is not None
    return request.request.scope
