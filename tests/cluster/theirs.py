"""An application of somebody else on the same cluster."""

from ray import serve


@serve.deployment
class Theirs:
    def __call__(self) -> str:
        return "theirs"


app = Theirs.bind()  # type: ignore[attr-defined]
