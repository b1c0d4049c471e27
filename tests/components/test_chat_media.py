"""A conversation with pictures in a real browser."""

from urllib.parse import urlencode

from playwright.sync_api import Page, expect

from tests.components.conftest import Open
from tests.conftest import SAMPLES, Server

SEER, READER = "tiny/image-text-to-text-idefics3", "image-text-to-text"
BOX = "Write a message, add or paste files"


def go(open_page: Open, server: Server, **query: str) -> Page:
    return open_page(f"{server.url}/?{urlencode({'model': SEER, 'task': READER, **query})}")


def ask(page: Page, words: str) -> None:
    page.get_by_placeholder(BOX).fill(words)
    page.get_by_placeholder(BOX).press("Enter")


def wait(page: Page, answers: int) -> None:
    expect(page.locator("#result .bot.message")).to_have_count(answers)
    expect(page.locator("#status")).to_contain_text("tokens/s")
    expect(page.locator("#run")).to_be_enabled()  # what is asked before that is not taken


def test_a_picture_is_asked_about_and_again(menagerie: Server, open_page: Open) -> None:
    page = go(open_page, menagerie, max_tokens="4")
    page.locator("input[type=file]").first.set_input_files(SAMPLES / "cat.jpg")
    expect(page.locator(".thumbnails img, .thumbnail-item img").first).to_be_visible()
    ask(page, "What is it?")
    wait(page, 1)
    chat = page.locator("#result")
    expect(chat.get_by_text("What is it?")).to_be_visible()
    expect(chat.locator("img[src*='image.jpeg']")).to_have_count(1)
    expect(page.get_by_placeholder(BOX)).to_have_value("")
    ask(page, "And what else?")
    wait(page, 2)
    expect(chat.locator("img[src*='image.jpeg']")).to_have_count(1)
    expect(chat.locator(".user.message").get_by_text("What is it?")).to_have_count(1)
    expect(chat.get_by_text("And what else?")).to_be_visible()


def test_an_example_is_asked_with_its_picture(menagerie: Server, open_page: Open) -> None:
    page = go(open_page, menagerie, max_tokens="4")
    page.locator(".examples button").first.click()
    wait(page, 1)
    expect(page.locator("#result img[src*='image.jpeg']")).to_have_count(1)


def test_from_a_chat_with_pictures_to_one_without(menagerie: Server, open_page: Open) -> None:
    page = go(open_page, menagerie, max_tokens="4")
    expect(page.get_by_placeholder(BOX)).to_be_visible()
    page.locator("#task").get_by_text("conversational", exact=True).click()
    expect(page.locator("[data-task=conversational]")).to_be_visible()
    box = page.get_by_placeholder("Write a message", exact=True)
    box.fill("Hello")
    box.press("Enter")
    wait(page, 1)
