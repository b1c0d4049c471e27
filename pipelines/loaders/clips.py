"""Videos for models that read them in a conversation: which frames, and their preparation where
torchvision is missing, on which transformers' own video processors rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.errors import MissingPackage
from pipelines.notices import tell
from pipelines.video import Clip

USUAL = 8  # frames where neither the caller nor the model says how many
MERGE = 2  # patches merged along each side, and frames in one patch, where a model does not say


@dataclass(frozen=True)
class Looks:
    """How many frames of each video to look at, or how many of each second."""

    num_frames: int | None = None
    fps: float | None = None


def numbers(clip: Clip, looks: Looks, own: Looks) -> list[int]:
    """Which frames: as the caller asks, else as the model's processor does (`own`), evenly from the
    first on. Tells if there are fewer than were asked for."""
    count = clip.count()
    by = looks if looks.num_frames or looks.fps else own
    seconds = count / clip.rate
    wanted = by.num_frames or (max(1, round(seconds * by.fps)) if by.fps else USUAL)
    if looks.num_frames and looks.num_frames > count:
        tell(f"a video has {count:,} frames, fewer than num_frames; all of them count.")
    wanted = max(1, min(wanted, count))
    return [int(at * count / wanted) for at in range(wanted)]


def about(clip: Clip, picked: Sequence[int]) -> dict[str, Any]:
    """What a processor is told of a video whose frames are picked already."""
    count, rate = clip.count(), clip.rate
    return {
        "fps": rate,
        "total_num_frames": count,
        "duration": count / rate,
        "frames_indices": list(picked),
    }


def stand_in(kind: str, config: Mapping[str, Any]) -> Any:
    """What does a video processor's work by Pillow, for a model of type `kind`; `config` are the
    processor's settings."""
    if kind in ("video_llava", "llava_next_video"):
        return Plain(config, {"size": {"shortest_edge": 224}})
    if kind == "llava_onevision":
        return Plain(config, {"size": {"height": 384, "width": 384}, "do_center_crop": False})
    if kind in ("qwen2_vl", "qwen2_5_vl", "qwen2_5_omni", "qwen3_omni_moe"):
        return Patched(config)
    return Blind(config)


class Blind:
    """For models whose videos only torchvision can prepare; text and pictures do without."""

    model_input_names: tuple[str, ...] = ()

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.num_frames, self.fps = config.get("num_frames"), config.get("fps")
        self.merge_size = config.get("merge_size") or MERGE
        self.temporal_patch_size = config.get("temporal_patch_size") or MERGE

    def __call__(self, videos: Any, **more: Any) -> dict[str, Any]:
        raise MissingPackage(
            "This model needs the Python package torchvision to read a video. Install it beside "
            "Tagline and load the model again, or send pictures."
        )


class Plain(Blind):
    """Each frame resized, cut, scaled and normalized as CLIP's picture processor does it, which is
    what transformers' BaseVideoProcessor does."""

    model_input_names = ("pixel_values_videos",)

    def __init__(self, config: Mapping[str, Any], usual: Mapping[str, Any]) -> None:
        from transformers import CLIPImageProcessorPil

        super().__init__(config)
        self.pictures = CLIPImageProcessorPil(**{**usual, **known(config)})

    def __call__(self, videos: Any, video_metadata: Any = None, **more: Any) -> dict[str, Any]:
        import torch

        films = [self.pictures(list(film), return_tensors="pt") for film in flat(videos)]
        made = torch.stack([film["pixel_values"] for film in films])
        return {"pixel_values_videos": made, "video_metadata": metadata(video_metadata)}


class Patched(Blind):
    """Frames in patches that span two of them, in the order that Qwen2-VL reads: by time, then in
    squares of `merge_size` patches."""

    model_input_names = ("pixel_values_videos", "video_grid_thw")

    def __init__(self, config: Mapping[str, Any]) -> None:
        from transformers import Qwen2VLImageProcessorPil

        super().__init__(config)
        usual = {"size": {"shortest_edge": 128 * 28 * 28, "longest_edge": 28 * 28 * 768}}
        # One frame at a time here: those of one patch are put together below.
        own = usual | known(config) | {"temporal_patch_size": 1}
        self.pictures = Qwen2VLImageProcessorPil(**own)

    def __call__(self, videos: Any, video_metadata: Any = None, **more: Any) -> dict[str, Any]:
        import torch

        made = [self.patches(film) for film in flat(videos)]
        return {
            "pixel_values_videos": torch.cat([pixels for pixels, _ in made]),
            "video_grid_thw": torch.tensor([grid for _, grid in made]),
            "video_metadata": metadata(video_metadata),
        }

    def patches(self, film: Any) -> tuple[Any, list[int]]:
        """Pixels of shape (patches, channels * frames in a patch * height * width of a patch), and
        how many patches there are in time, height and width. The last frame fills the last patch.
        """
        deep, frames = self.temporal_patch_size, list(film)
        frames += frames[-1:] * (-len(frames) % deep)
        done = self.pictures(frames, return_tensors="pt")
        _, high, wide = done["image_grid_thw"][0].tolist()
        times, side = len(frames) // deep, self.pictures.patch_size
        pixels = done["pixel_values"].view(times, deep, high * wide, -1, side * side)
        ordered = pixels.permute(0, 2, 3, 1, 4).reshape(times * high * wide, -1)
        return ordered, [times, high, wide]


def known(config: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of the preparation itself, of those that a video processor's file has."""
    names = (
        "size", "crop_size", "do_resize", "do_center_crop", "do_rescale", "do_normalize",
        "do_convert_rgb", "image_mean", "image_std", "resample", "rescale_factor", "patch_size",
        "merge_size", "min_pixels", "max_pixels",
    )  # fmt: skip
    return {name: config[name] for name in names if config.get(name) is not None}


def flat(videos: Any) -> list[Any]:
    from transformers.video_utils import make_batched_videos

    return list(make_batched_videos(videos))


def metadata(given: Any) -> list[Any]:
    """As transformers' processors read it; a conversation's stand in a list of its own."""
    from transformers.video_utils import VideoMetadata

    rows = given or []
    rows = rows[0] if rows and isinstance(rows[0], list) else rows
    return [VideoMetadata(**row) if isinstance(row, dict) else row for row in rows]
