"""What the real Python client makes of our errors: a class, a status and words."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI
from huggingface_hub import HfApi, InferenceClient
from huggingface_hub.errors import (
    GatedRepoError,
    GenerationError,
    HfHubHTTPError,
    IncompleteGenerationError,
    OverloadedError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    TextGenerationError,
    ValidationError,
)

from api.problems import Route, problem
from pipelines import errors
from tests.api.local import listening
from tests.api.wire import error_of, hugging_face, post
from tests.conftest import CHATTER, EMBEDDER, Server


@contextmanager
def raising(error: Exception) -> Iterator[str]:
    """The address of a route that fails so."""
    app = FastAPI()
    app.router.route_class = Route

    @app.post("/models/any/model")
    def fail() -> None:
        raise error

    with listening(app) as url:
        yield f"{url}/models/any/model"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.InvalidInput("No such word."), ValidationError),
        (errors.TooLarge("Too long."), ValidationError),
        (errors.ModelFailed("It lost its thread."), GenerationError),
        (errors.TooManyCalls("Wait.", 3), OverloadedError),
        (errors.Unavailable("No room."), OverloadedError),
        (errors.WorkerDied("It ended."), IncompleteGenerationError),
        (errors.TooSlow("It took too long."), IncompleteGenerationError),
    ],
)
def test_errors_that_have_a_class_of_their_own(
    error: errors.TaglineError, kind: type[TextGenerationError]
) -> None:
    with raising(error) as url, pytest.raises(kind, match=str(error)) as caught:
        InferenceClient(url, timeout=30).text_generation("Once")
    assert type(caught.value) is kind
    assert isinstance(caught.value.__cause__, HfHubHTTPError)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.Loading("It is loading.", 20), 503),
        (errors.UnsupportedTask("It cannot."), 400),
        (errors.BrokenModel("Its files are damaged."), 500),
        (errors.TooSlow("It took too long."), 504),
    ],
)
def test_other_errors_keep_their_status(error: errors.TaglineError, status: int) -> None:
    with raising(error) as url, pytest.raises(HfHubHTTPError, match=str(error)) as caught:
        InferenceClient(url, timeout=30).fill_mask("Once")
    assert caught.value.response.status_code == status


def test_a_gated_model() -> None:
    words = "acme/secret is gated: accept its terms."
    with raising(errors.GatedModel(words)) as url, pytest.raises(GatedRepoError, match=words):
        InferenceClient(url, timeout=30).fill_mask("Once")


def test_a_rule_of_this_server_is_told_once() -> None:
    """The client shows the header's words, and those of the body if they are others."""
    words = "This model brings code – not here."
    with raising(errors.RefusedModel(words)) as url:
        with pytest.raises(HfHubHTTPError, match="403 Forbidden: This model brings code") as caught:
            InferenceClient(url, timeout=30).fill_mask("Once")
        assert httpx.post(url, timeout=30).headers["x-error-message"].isascii()
    assert "None" not in str(caught.value)


def test_so_is_one_that_no_model_has_to_do_with() -> None:
    request = SimpleNamespace(headers={})
    answer = problem(request, 403, "Not from there.")  # type: ignore[arg-type]
    assert answer.headers["x-error-message"] == "Not from there."


def test_models_and_revisions_that_are_not_here(server: Server) -> None:
    with pytest.raises(RepositoryNotFoundError, match="nobody/nothing is not on this machine"):
        hugging_face(server, "nobody/nothing").fill_mask("Once")
    with pytest.raises(RevisionNotFoundError, match="is not on this machine"):
        hugging_face(server, f"{EMBEDDER}@{'0' * 40}").feature_extraction("Once")
    api = HfApi(endpoint=server.url)
    with pytest.raises(RepositoryNotFoundError):
        api.model_info("nobody/nothing", timeout=30)
    with pytest.raises(RevisionNotFoundError):
        api.model_info(EMBEDDER, revision="0" * 40, timeout=30)


def test_the_sentence_is_a_string_and_its_class_beside_it(server: Server) -> None:
    answer = post(server, f"/models/{CHATTER}", json={"inputs": "Hi", "parameters": {"nope": 1}})
    error_of(answer, 422, "nope")
    assert answer.json()["error_type"] == "validation"
    with pytest.raises(ValidationError, match="temperature"):
        hugging_face(server, CHATTER).text_generation("Once", temperature=-1)
    known = answer.headers["access-control-expose-headers"]
    assert {"x-error-code", "x-error-message"} <= set(known.split(", "))
