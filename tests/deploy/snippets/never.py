"""Which task a client has not at all, and why. The tests hold this against the code."""

from pipelines.registry import TASKS

NO_METHOD = "huggingface_hub has no method for it"
UNSENT = "huggingface_hub sends it to the Hub's providers alone"
NO_ROUTE = "OpenAI has no such route"
ROUTES = (
    "any-to-any", "audio-text-to-text", "automatic-speech-recognition", "conversational",
    "feature-extraction", "image-text-to-image", "image-text-to-text", "image-to-image",
    "text-generation", "text-to-audio", "text-to-image", "text-to-speech", "video-text-to-text",
)  # fmt: skip
HUB = {
    **dict.fromkeys(
        (
            "decision", "depth-estimation", "image-feature-extraction", "image-text-to-image",
            "image-text-to-video", "image-to-3d", "keypoint-detection", "keypoint-matching",
            "mask-generation", "multiple-choice", "text-ranking", "text-to-3d", "text-to-audio",
            "time-series-forecasting", "unconditional-image-generation", "video-classification",
            "video-to-video", "visual-document-retrieval", "voice-activity-detection",
            "zero-shot-audio-classification", "zero-shot-object-detection",
        ),
        NO_METHOD,
    ),
    **dict.fromkeys(("image-to-video", "tabular-regression", "text-to-video"), UNSENT),
}  # fmt: skip
OPENAI = {tag: NO_ROUTE for tag in TASKS if tag not in ROUTES}
LOCAL = {
    "decision": "a chat model is asked for one token, which is Tagline's own way",
    "mask-generation": "transformers' pipeline wants torchvision",
    "video-text-to-text": "transformers opens videos with torchvision",
}
NEVER = {"hub": HUB, "openai": OPENAI, "openai-js": OPENAI, "local": LOCAL}
# A task that the client has, but not with these parameters or inputs: the words of its refusal
NOT_SO = {
    "openai": {"text-to-audio": "takes no", "image-text-to-image": "takes no"},
    "openai-js": {"text-to-audio": "takes no", "image-text-to-image": "takes no"},
    "hub": {},
    "local": {},
}
