"""Which file format a caller wants, and how a result gets there."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines import encode, pictures
from pipelines.kinds.shapes import Media

ALIASES = {
    "audio/x-flac": "audio/flac",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mp3": "audio/mpeg",
    "audio/opus": "audio/ogg",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "image/jpg": "image/jpeg",
}
WRITTEN = (encode.FORMATS.keys(), pictures.FORMATS.keys())  # each converts into its like
ENDINGS = {
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "image/jpeg": "jpg",
    "model/gltf-binary": "glb",
}


REFUSED, UNNAMED = (-1.0, 0, 0), (0.0, 0, 0)
Rank = tuple[float, int, int]


def preferred(accept: str, mime: str) -> str:
    """The type that an Accept header wants most, of those that a file of type `mime` can become;
    `mime` itself if the header does not say."""
    return best(accept, like(mime))


def like(mime: str) -> list[str]:
    """The types that a file of type `mime` can become, itself first."""
    able = next((each for each in WRITTEN if mime in each), (mime,))
    return [mime, *(each for each in able if each != mime)]


def best(accept: str, offers: Sequence[str]) -> str:
    """What an Accept header (RFC 9110, 12.5.1) wants most of `offers`: by its weight, then what it
    names more exactly, then what it names first. A header that wants none of them gets the first
    one, which says more than a refusal would."""
    wishes = [each for at, text in enumerate(accept.split(",")) if (each := wish(text, at))]
    return max(offers, key=lambda offer: rank(offer, wishes))


def rank(offer: str, wishes: "Sequence[Wish]") -> Rank:
    """How much an offer is wanted, by the entry that names it most exactly."""
    naming = [each for each in wishes if each.kind in (offer, f"{offer.split('/')[0]}/*", "*/*")]
    if not naming:
        return UNNAMED
    closest = max(naming, key=lambda each: each.exactness)
    return (closest.weight, closest.exactness, -closest.at) if closest.weight else REFUSED


@dataclass(frozen=True)
class Wish:
    """One entry of an Accept header: a type or a range of them, its weight and its place."""

    kind: str
    weight: float
    at: int

    @property
    def exactness(self) -> int:
        return 2 - self.kind.count("*")


def wish(entry: str, at: int) -> Wish | None:
    """None for an entry whose weight is no number from 0 to 1."""
    kind, *rest = (part.strip().lower() for part in entry.split(";"))
    try:
        weight = next((float(each[2:]) for each in rest if each.startswith("q=")), 1.0)
    except ValueError:
        return None
    return Wish(ALIASES.get(kind, kind), weight, at) if 0 <= weight <= 1 else None


def convert(given: Media, mime: str) -> Media:
    """The same content as a file of type `mime`, which `preferred` gave."""
    if given["mime"] in pictures.FORMATS:
        return pictures.convert(given, mime)
    return encode.convert(given, mime)


def ending(mime: str) -> str:
    """What the name of such a file ends in."""
    return ENDINGS.get(mime, mime.partition("/")[2])
