"""Whether a model will fit, in words, for those who have not loaded it yet."""

from api.standing import foretold
from components import texts
from pipelines.engine.call import Call
from pipelines.inference import Inference


async def sentence(inference: Inference, call: Call) -> str:
    """What loading the call's model would take here, in the language of whoever asks; empty while
    there is nothing to foretell."""
    engine = inference.engine
    if engine.status(call.model).state == "loading":
        return ""
    fit = await engine.fit(call)
    return "" if fit.verdict == "loaded" else foretold(fit, texts.here())
