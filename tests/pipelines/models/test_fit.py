"""Whether a model fits, in words, and what is refused before a byte of it is fetched."""

from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import TooLarge
from pipelines.models.fit import Ceiling, Fit, Verdict, judge
from pipelines.models.resolve import Models
from pipelines.settings import Settings
from tests.pipelines.models.fake_hub import Hub
from tests.pipelines.models.samples import files, lay

GB = 10**9


def judged(**more: Any) -> Fit:
    """Of a model that fits, but for what is named."""
    given: dict[str, Any] = {
        "need": 2 * GB, "seconds": None, "measured": False, "here": False, "never": False,
        "free": 9 * GB, "leaving": [],
    }  # fmt: skip
    return judge(**given | more)


# Verdicts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "verdict", "sentence"),
    [
        ({}, "fits", "It will take about 2.0 GB of memory; 9.0 GB are free."),
        ({"seconds": 3.14}, "fits",
         "It will take about 2.0 GB of memory, 3.1 s to load; 9.0 GB are free."),
        ({"measured": True, "seconds": 12}, "fits",
         "It takes 2.0 GB of memory, 12.0 s to load; 9.0 GB are free."),
        ({"leaving": ["org/a"]}, "evicts",
         "It will take about 2.0 GB of memory; org/a would be unloaded for it."),
        ({"leaving": ["org/a", "org/b"], "measured": True, "seconds": 2.0}, "evicts",
         "It takes 2.0 GB of memory, 2.0 s to load; org/a and org/b would be unloaded for it."),
        ({"leaving": None, "free": 5 * 10**8, "seconds": 2.0}, "waits",
         "It will take about 2.0 GB of memory, and only 500 MB are free while others are busy."),
        ({"leaving": None, "never": True}, "never",
         "It will take about 2.0 GB of memory, more than this server has for models."),
        ({"leaving": None, "here": True}, "loaded", "It is loaded, or on its way."),
        ({"leaving": None, "here": True, "never": True}, "loaded", "It is loaded, or on its way."),
    ],
)  # fmt: skip
def test_every_verdict_is_a_sentence(
    found: dict[str, Any], verdict: Verdict, sentence: str
) -> None:
    fit = judged(**found)
    assert (fit.verdict, fit.sentence) == (verdict, sentence)


def test_the_numbers_stay_beside_the_sentence() -> None:
    fit = judged(leaving=["org/a"], seconds=2.5, measured=True)
    assert fit == Fit("evicts", 2 * GB, 9 * GB, ("org/a",), 2.5, True)


# The ceiling -----------------------------------------------------------------------------------


def test_what_exceeds_the_ceiling_is_refused_in_words() -> None:
    sizes = {"model.safetensors": 8 * GB, "config.json": 1_000}
    Ceiling(8 * GB, "float32").check("org/a", sizes)
    Ceiling(4 * GB, "bfloat16").check("org/a", sizes)
    with pytest.raises(TooLarge) as caught:
        Ceiling(8 * GB - 1, "float32").check("org/a", sizes)
    assert str(caught.value) == (
        "org/a needs at least 8.0 GB of memory, and this server has 8.0 GB for models, so it is "
        "not downloaded. Choose a smaller model. The operator can raise TAGLINE_MEMORY_GB where "
        "the machine has more."
    )
    with pytest.raises(TooLarge):
        Ceiling(4 * GB - 1, "bfloat16").check("org/a", sizes)


WEIGHTS = len(files()["model.safetensors"])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def under(ceiling: Ceiling, home: Path, hub: Hub, cache: Path) -> Models:
    return Models(Settings(home=home, hub=hub.url), cache, ceiling)


async def test_no_file_is_fetched_of_a_model_that_can_never_be_loaded(
    home: Path, hub: Hub, cache: Path
) -> None:
    hub.add("o/n", files())
    models = under(Ceiling(WEIGHTS - 1, "float32"), home, hub, cache)
    for ask in (models.resolve, models.offer):
        with pytest.raises(TooLarge, match="^o/n needs at least 18 bytes .* is not downloaded"):
            await ask("o/n")
    assert len(hub.asked("GET", "/api/models/o/n")) == 2
    assert [seen for seen in hub.seen if "/resolve/" in seen.path] == []
    assert models.list() == []
    assert [path for path in home.rglob("*") if path.is_file()] == []


async def test_a_model_up_to_the_ceiling_is_fetched(home: Path, hub: Hub, cache: Path) -> None:
    hub.add("o/n", files())
    models = under(Ceiling(WEIGHTS, "float32"), home, hub, cache)
    assert (await models.resolve("o/n")).source == "download"


async def test_only_what_would_be_fetched_counts(home: Path, hub: Hub, cache: Path) -> None:
    """A pickle beside the safe weights stays where it is."""
    hub.add("o/n", files(pytorch_model__bin=b"w" * 10_000))
    models = under(Ceiling(WEIGHTS, "float32"), home, hub, cache)
    assert (await models.resolve("o/n")).source == "download"


async def test_what_is_here_already_is_not_refused(home: Path, hub: Hub, cache: Path) -> None:
    """What it takes is known better when it is loaded."""
    lay(home / "starters/o/n", files())
    models = under(Ceiling(1, "float32"), home, hub, cache)
    assert (await models.resolve("o/n")).source == "starter"
    assert hub.seen == []
