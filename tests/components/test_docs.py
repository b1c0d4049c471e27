"""/docs by hand, in a real browser without a network."""

from urllib.parse import unquote

from playwright.sync_api import expect

from pipelines import registry
from tests.components.conftest import Open
from tests.conftest import EMBEDDER, Server


def test_an_example_is_tried_out(open_page: Open, server: Server) -> None:
    """It stands in the form already; `open_page` sees to it that nothing else is asked."""
    page = open_page(f"{server.url}/docs#/Hugging%20Face/sentence_similarity")
    operation = page.locator("#operations-Hugging_Face-sentence_similarity")
    expect(operation).to_contain_text(registry.get("sentence-similarity").summary)
    operation.get_by_role("button", name="Try it out").click()
    expect(operation.get_by_placeholder("model_id")).to_have_value(EMBEDDER)
    body = operation.locator("textarea").first
    assert "source_sentence" in body.input_value()
    with page.expect_response(lambda answer: "/pipeline/sentence-similarity" in answer.url) as got:
        operation.get_by_role("button", name="Execute").click()
    assert unquote(got.value.url).endswith(f"/models/{EMBEDDER}/pipeline/sentence-similarity")
    assert got.value.status == 200
    assert len(got.value.json()) == 3
    expect(
        operation.locator(".live-responses-table tr.response td.response-col_status")
    ).to_have_text("200")
