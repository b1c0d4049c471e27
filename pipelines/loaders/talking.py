"""Language models that read pictures, sounds or videos beside text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pipelines.errors import InvalidInput
from pipelines.hardware import Hardware
from pipelines.kinds.messages import MEDIA
from pipelines.loaders.clips import Looks, about, numbers
from pipelines.loaders.generation import ONE_BY_ONE, Generator
from pipelines.loaders.processors import processor_of
from pipelines.loaders.safety import first_line
from pipelines.loaders.transformers import options, spread, weights
from pipelines.model import Model

# What a processor gives and a Run makes for itself
OURS = ("input_ids", "attention_mask")
IN_PARTS = re.compile(r"\bin\s+\w+(\.content\b|\[\s*['\"]content['\"]\s*\])")
ONE_TURN = (
    "messages: this model has no chat template, so it takes one message alone. Begin a new "
    "conversation, or choose a model with a template."
)
RATE = 16_000  # Hz, where a processor does not say


@dataclass(frozen=True)
class Talker(Generator):
    """A Generator that reads conversations through its `processor`."""

    processor: Any = field(kw_only=True)

    def generate(self, **given: Any) -> Any:
        """A model that can also draw has a loop of its own, which forgets what it is told."""
        from transformers import GenerationMixin

        draws = "image" in self.model.output_modalities
        loop = GenerationMixin.generate if draws else type(self.model).generate
        return loop(self.model, **given)

    def chat_tokens(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Any] | None = None
    ) -> list[int]:
        return self.read(messages, tools)[0]

    def read(
        self,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Any] | None = None,
        looks: Looks | None = None,
    ) -> tuple[list[int], dict[str, Any]]:
        """Token ids of a conversation, and what else the model reads of it. The content of a
        message is text, or a list of parts whose files are still encoded.

        Raises InvalidInput for what the model does not read, or its template refuses.
        """
        opened = Opened(self, looks or Looks())
        turns = [{**each, "content": opened.parts(each["content"])} for each in messages]
        if self.template:
            self.check_words(turns, opened)
        with said_by("chat template", TypeError, AttributeError):
            prompt = self.prompt(turns, tools)
        with said_by("processor", ValueError):
            made = self.processor(text=prompt, return_tensors="pt", **opened.files(prompt))
        rest = {name: placed(self.model, each) for name, each in made.items() if name not in OURS}
        return made["input_ids"][0].tolist(), rest

    def check_words(self, turns: Sequence[Mapping[str, Any]], opened: "Opened") -> None:
        """Raises InvalidInput for words that hold the mark of a file, beside files: the marks would
        be more than the files."""
        if not (opened.images or opened.videos or opened.audio):
            return
        tokens = (getattr(self.processor, f"{kind}_token", None) for kind in MEDIA)
        marks = [str(token) for token in tokens if token]
        words = [part["text"] for turn in turns for part in turn["content"] if "text" in part]
        if used := [mark for mark in marks if any(mark in each for each in words)]:
            raise InvalidInput(
                f"messages: the text holds {' and '.join(used)}. This model reserves "
                f"{' and '.join(marks)} for the files of a conversation. Write it otherwise, such "
                "as with a space inside."
            )

    def prompt(self, turns: list[dict[str, Any]], tools: Sequence[Any] | None) -> str:
        """The conversation as one text, with a mark where each file stands."""
        template = self.template
        if template is None:
            if len(turns) > 1 or tools:
                raise InvalidInput(ONE_TURN)
            return "".join(part["text"] for part in turns[0]["content"] if "text" in part)
        if not IN_PARTS.search(template):
            turns = [{**each, "content": self.marked(each["content"])} for each in turns]
        text = self.processor.apply_chat_template(
            turns, template, tools=tools, add_generation_prompt=True, tokenize=False
        )
        return str(text)

    @property
    def template(self) -> str | None:
        """The chat template: the processor's, else the tokenizer's."""
        for each in (self.processor, self.tokenizer):
            found = getattr(each, "chat_template", None)
            if isinstance(found, dict):
                found = found.get("default")
            if found:
                return str(found)
        return None

    def marked(self, content: list[dict[str, Any]]) -> str:
        """A message as text alone, for a template that knows no parts: marks, then words."""
        return "".join(
            part["text"] if part["type"] == "text" else f"{self.mark(part['type'])}\n"
            for part in content
        )

    def mark(self, kind: str) -> str:
        return str(getattr(self.processor, f"{kind}_token", None) or f"<{kind}>")


class Opened:
    """The files of a conversation, opened in their order."""

    def __init__(self, pipe: Talker, looks: Looks) -> None:
        self.pipe, self.looks = pipe, looks
        self.images: list[Any] = []
        self.videos: list[Any] = []
        self.audio: list[Any] = []
        self.about: list[dict[str, Any]] = []

    def parts(self, content: Any) -> list[dict[str, Any]]:
        """The parts as templates take them: words, and where a file stands."""
        if isinstance(content, str):
            return [{"type": "text", "text": content}]
        return [self.part(each) for each in content]

    def part(self, part: Mapping[str, Any]) -> dict[str, Any]:
        kind = part["type"]
        if kind == "text":
            return {"type": "text", "text": part["text"]}
        reads = self.pipe.model.input_modalities
        if kind not in reads:
            known = ", ".join(MEDIA[each] for each in MEDIA if each in reads)
            raise InvalidInput(
                f"messages: this model reads no {MEDIA[kind]}. It reads text and {known}."
            )
        {"image": self.see, "video": self.watch, "audio": self.hear}[kind](part[kind])
        return {"type": kind}

    def see(self, picture: Any) -> None:
        self.images.append(picture.decode())

    def watch(self, clip: Any) -> None:
        import numpy as np

        own = getattr(self.pipe.processor, "video_processor", None)
        usual = Looks(getattr(own, "num_frames", None), getattr(own, "fps", None))
        picked = numbers(clip, self.looks, usual)
        self.videos.append(np.stack([np.asarray(frame) for frame in clip.pick(picked)]))
        self.about.append(about(clip, picked))

    def hear(self, sound: Any) -> None:
        self.audio.append(sound.decode(self.rate))

    @property
    def rate(self) -> int:
        """Hz that the model hears."""
        parts = ("feature_extractor", "audio_processor")
        found = (getattr(self.pipe.processor, name, None) for name in parts)
        return next((int(each.sampling_rate) for each in found if each), RATE)

    def files(self, prompt: str) -> dict[str, Any]:
        """Arguments of the processor besides the text. A template may have written the beginning
        of the text already, which the tokenizer must not do again."""
        given: dict[str, Any] = {}
        if self.images:
            given["images"] = self.images
        if self.videos:
            given |= {"videos": self.videos, "video_metadata": [self.about]}
            given["do_sample_frames"] = False
        if self.audio:
            given |= {"audio": self.audio, "sampling_rate": self.rate}
        bos = self.pipe.tokenizer.bos_token
        if bos and prompt.startswith(bos):
            given["add_special_tokens"] = False
        return given


@contextmanager
def said_by(whom: str, *kinds: type[Exception]) -> Iterator[None]:
    """What a template or a processor says of a conversation that it does not take."""
    from jinja2 import TemplateError

    known: tuple[type[Exception], ...] = (TemplateError, *kinds)
    try:
        yield
    except known as error:
        raise InvalidInput(f"messages: this model's {whom} says: {first_line(error)}") from error


def placed(model: Any, value: Any) -> Any:
    """Tensors on the model's device, numbers with a point in its precision."""
    if hasattr(value, "is_floating_point"):
        kind = model.dtype if value.is_floating_point() else value.dtype
        return value.to(model.device, kind)
    return value


def is_talker(model: Model) -> bool:
    """Whether transformers has the model's class among those that read more than text."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING_NAMES

    kind = model.config.get("model_type")
    named = MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES.get(kind)
    return named in model.architectures and kind in PROCESSOR_MAPPING_NAMES


def load(model: Model, hardware: Hardware) -> Talker:
    processor = processor_of(model)
    laid = spread(hardware)
    loaded = class_of(model).from_pretrained(
        model.path, **options(model), **weights(model, hardware), **laid
    )
    loaded.generation_config.update(**ONE_BY_ONE)
    placed = loaded if laid else loaded.to(hardware.device)
    return Talker(processor.tokenizer, placed.eval(), source=model, processor=processor)


def class_of(model: Model) -> Any:
    """The model's class; of one that also speaks (Qwen-Omni), the part that reads and writes: the
    other one would unpickle its voices."""
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES

    part = MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES.get(f"{model.config.get('model_type')}_thinker")
    return getattr(transformers, part) if part else transformers.AutoModelForMultimodalLM
