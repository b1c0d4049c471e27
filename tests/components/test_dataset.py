"""The page of data sets in a real browser: from a file to its metrics, and what goes wrong."""

import csv
import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from runs.ledger import Ledger
from tests.components.conftest import Open
from tests.conftest import SAMPLES, Serve, Server

ANSWER_MS = 120_000
SENTIMENT = SAMPLES / "sentiment.csv"
SIZE = len(SENTIMENT.read_text(encoding="utf-8").splitlines()) - 1


def drop(page: Page, path: Path) -> None:
    page.locator("#dataset-file input[type=file]").set_input_files(path)


def run(page: Page) -> None:
    """From the form to a run that has ended."""
    page.locator("#run").click(timeout=ANSWER_MS)
    expect(page.locator("#dataset-progress")).to_be_visible(timeout=ANSWER_MS)


def finished(page: Page, words: str = "Done") -> None:
    expect(page.locator(".run-line")).to_contain_text(words, timeout=ANSWER_MS)


@pytest.fixture(scope="module")
def done(server: Server) -> list[str]:
    """Where the first test leaves its run, for those that only look at it."""
    return []


def test_a_sample_to_its_accuracy(server: Server, open_page: Open, done: list[str]) -> None:
    page = open_page(f"{server.url}/dataset")
    page.locator("#dataset-sample").click(timeout=ANSWER_MS)
    expect(page.locator(".preview")).to_contain_text("kettle", timeout=ANSWER_MS)
    expect(page.locator("#dataset-model input")).to_have_value(re.compile("minilm-sentiment"))
    expect(page.locator("#dataset-label input")).to_have_value("label")
    run(page)
    finished(page, f"{SIZE} rows")
    accuracy = page.locator(".figure-card").filter(has_text="Accuracy").locator("dd")
    expect(accuracy).to_have_text(re.compile(r"\d+\.\d%"), timeout=ANSWER_MS)
    assert float(accuracy.inner_text().rstrip("%")) > 80
    expect(page.locator(".confusion")).to_contain_text("NEGATIVE")
    expect(page.get_by_role("img", name=re.compile("ROC"))).to_be_visible()
    done.append(page.url)


def test_another_browser_sees_it_and_finds_rows(
    server: Server, open_page: Open, done: list[str]
) -> None:
    page = open_page(f"{done[0]}&q=kettle")
    expect(page.locator("#dataset-table tbody tr")).to_have_count(1, timeout=ANSWER_MS)
    search = page.get_by_label("Search", exact=True)
    expect(search).to_have_value("kettle", timeout=ANSWER_MS)
    expect(page.locator(".figure-card").first).to_be_visible(timeout=ANSWER_MS)  # all is wired
    page.locator("#dataset-filter").get_by_label("Failed").check()
    expect(page.locator("#dataset-table tbody tr")).to_have_count(0, timeout=ANSWER_MS)
    page.wait_for_url("**filter=failed*")
    page.locator("#dataset-filter").get_by_label("All rows").check()
    search.fill("")
    search.press("Enter")
    expect(page.locator("#dataset-table tbody tr")).to_have_count(20, timeout=ANSWER_MS)


def test_its_files(server: Server, open_page: Open, done: list[str]) -> None:
    page = open_page(done[0])
    links = page.locator(".downloads a")
    expect(links).to_have_count(3, timeout=ANSWER_MS)
    paths = [links.nth(at).get_attribute("href") for at in range(3)]
    answers = [httpx.get(f"{server.url}{path}", timeout=60).raise_for_status() for path in paths]
    table = list(csv.DictReader(io.StringIO(answers[0].content.decode("utf-8-sig"))))
    assert len(table) == SIZE
    assert table[0]["prediction"] == "POSITIVE"
    assert answers[1].content.startswith(b"PAR1")
    assert "Accuracy" in answers[2].text
    assert "sandbox" in answers[2].headers["content-security-policy"]
    foreign = httpx.get(f"{server.url}/dataset-files/{'a' * 32}/results.csv", timeout=60)
    assert foreign.status_code == 404


def choose(page: Page, folder: Path) -> None:
    with page.expect_file_chooser() as asked:
        page.locator("#dataset-folder").click(timeout=ANSWER_MS)
    asked.value.set_files(folder)


def drag(page: Page, folder: Path) -> None:
    """Drops it from outside the browser, which only the browser's own protocol can do."""
    place = page.locator("#dataset-file").bounding_box()
    assert place
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        about = {"type": kind, "x": place["x"] + 50, "y": place["y"] + 50, "data": data}
        session.send("Input.dispatchDragEvent", about)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """A folder of two classes, and files that are no pictures."""
    folder = tmp_path / "pets"
    for kind, sample in {"cat": "cat.jpg", "cup": "coffee.jpg"}.items():
        (folder / kind).mkdir(parents=True)
        (folder / kind / "1.jpg").write_bytes((SAMPLES / sample).read_bytes())
    (folder / "notes.txt").write_text("none")
    (folder / "cat" / ".hidden.jpg").write_bytes(b"none")
    return folder


@pytest.mark.parametrize("give", [choose, drag])
def test_a_folder_names_classes(
    server: Server, open_page: Open, pets: Path, give: Callable[[Page, Path], None]
) -> None:
    page = open_page(f"{server.url}/dataset")
    expect(page.locator("#dataset-sample")).to_be_visible()
    page.wait_for_function("window.tagline")
    give(page, pets)
    expect(page.locator(".preview")).to_be_visible(timeout=ANSWER_MS)
    expect(page.get_by_role("heading", name="pets.zip")).to_be_visible()
    rows = page.locator(".preview tbody tr")
    expect(rows).to_have_count(2)
    told = [row.rstrip().rpartition("\t")[2] for row in rows.all_inner_texts()]
    assert told == ["cat", "cup"]


def test_a_folder_of_something_else_says_so(
    server: Server, open_page: Open, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("none")
    page = open_page(f"{server.url}/dataset")
    choose(page, tmp_path)
    expect(page.get_by_role("alert")).to_contain_text("no pictures", timeout=ANSWER_MS)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [("a.csv", "Müll".encode("latin-1"), "UTF-8"), ("a.docx", b"x", "no data set by its name")],
)
def test_a_file_that_is_none(
    server: Server, open_page: Open, tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(data)
    page = open_page(f"{server.url}/dataset")
    drop(page, tmp_path / name)
    expect(page.get_by_role("alert")).to_contain_text(words, timeout=ANSWER_MS)


def test_an_unknown_run_says_so(server: Server, open_page: Open) -> None:
    page = open_page(f"{server.url}/dataset?id={'a' * 32}")
    expect(page.get_by_role("alert")).to_contain_text("no such run", timeout=ANSWER_MS)
    expect(page.locator("#dataset-sample")).to_be_visible()


def test_failed_rows_are_told(server: Server, open_page: Open, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('text,label\nI love it,pos\n" ",neg\none,two,three\nI hate it,neg\n')
    page = open_page(f"{server.url}/dataset")
    drop(page, path)
    run(page)
    finished(page, "2 failed")
    page.locator("#dataset-filter").get_by_label("Failed").check()
    rows = page.locator("#dataset-table tbody tr")
    expect(rows).to_have_count(2, timeout=ANSWER_MS)
    expect(rows.nth(0)).to_contain_text("write something")
    expect(rows.nth(1)).to_contain_text("3 cells")


def test_chinese_on_a_phone(server: Server, open_page: Open, done: list[str]) -> None:
    page = open_page(f"{done[0]}&lang=zh", width=360, height=800)
    expect(page.locator(".run-line")).to_contain_text(f"完成：{SIZE} 行", timeout=ANSWER_MS)
    expect(page.locator(".figure-card").first).to_contain_text("准确率", timeout=ANSWER_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.goto(f"{server.url}/dataset?lang=zh")
    expect(page.locator("#dataset-sample")).to_have_text("试用示例", timeout=ANSWER_MS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def going(folder: Path) -> None:
    """Returns as soon as the first rows have their results."""
    until = time.monotonic() + ANSWER_MS / 1000
    while time.monotonic() < until:
        if (folder / "results.db-wal").exists() and Ledger(folder / "results.db").counts().done:
            return
        time.sleep(0.005)
    raise AssertionError("The run did not begin.")


def test_killed_and_resumed(serve: Serve, open_page: Open, tmp_path: Path) -> None:
    """Every row once, though the server was killed in the middle."""
    amount = 400
    path = tmp_path / "long.csv"
    lines = (f"I like number {n},POSITIVE\n" for n in range(amount))
    path.write_text("text,label\n" + "".join(lines))
    server = serve().wait()
    page = open_page(f"{server.url}/dataset")
    drop(page, path)
    expect(page.locator("#run")).to_be_visible(timeout=ANSWER_MS)
    expect(page.locator("#dataset-model input")).to_have_value(re.compile("minilm-sentiment"))
    (folder,) = (tmp_path / "home" / "datasets").iterdir()
    page.locator("#run").click()
    going(folder)
    page.goto("about:blank")  # what a page still fetches would fail with its server
    server.process.kill()
    server.process.wait(20)
    again = serve().wait()
    assert Ledger(folder / "results.db").counts().done < amount
    page.goto(f"{again.url}/dataset?id={folder.name}")
    expect(page.locator(".run-line")).to_contain_text("Stopped at row", timeout=ANSWER_MS)
    page.locator("#dataset-resume").click()
    finished(page, f"Done: {amount} rows")
    table = httpx.get(f"{again.url}/dataset-files/{folder.name}/results.csv", timeout=60).content
    found = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert [row["text"] for row in found] == [f"I like number {n}" for n in range(amount)]
    assert all(row["prediction"] for row in found)
