"""Colours for numbers from 0 to 1, dark to bright."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A cosine each for red, green and blue: from dark blue through red to pale yellow, so that what is
# brighter is more, in grey too. value = middle + swing * cos(2 pi (speed * share + phase))
MIDDLE = (0.52, 0.46, 0.45)
SWING = (0.50, 0.46, 0.28)
SPEED = (0.50, 0.50, 0.95)
PHASE = (0.50, 0.52, 0.62)


def colours(share: Any) -> "NDArray[np.uint8]":
    """Red, green and blue of shape (..., 3) for numbers of shape (...)."""
    import numpy as np

    at = np.clip(np.asarray(share, float), 0, 1)[..., None]
    wave = np.cos(2 * np.pi * (np.array(SPEED) * at + np.array(PHASE)))
    made = np.clip(np.array(MIDDLE) + np.array(SWING) * wave, 0, 1)
    return np.asarray((made * 255).round(), np.uint8)


def colour(share: float) -> str:
    """One colour as CSS has it."""
    red, green, blue = colours(share).tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"


def gradient() -> str:
    """The whole ramp as CSS has it, from left to right."""
    return f"linear-gradient(90deg, {', '.join(colour(at / 8) for at in range(9))})"
