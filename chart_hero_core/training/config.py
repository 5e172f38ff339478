"""Every choice of a training run, declared once: the command line and the app derive from it."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from chart_hero_core.base.errors import SettingsError


def _option(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """What a run does. ``help`` of each entry is in its field's metadata."""

    steps: int = _option(7000, "optimiser steps over which the learning rate falls to zero")
    batch: int = _option(8, "clips per step")
    clip_s: float = _option(8.0, "length of a clip in seconds")
    learning_rate: float = _option(2.0e-3, "peak learning rate (AdamW)")
    warmup: int = _option(150, "steps of rising learning rate at the start")
    weight_decay: float = _option(0.01, "AdamW weight decay")
    gradient_clip: float = _option(1.0, "largest gradient norm")
    ema: float = _option(0.998, "decay of the averaged weights that are released")
    onset_weight: float = _option(0.5, "weight of the any-onset loss against the class loss")
    offset_weight: float = _option(0.3, "weight of the sub-frame offset loss")
    velocity_weight: float = _option(0.2, "weight of the velocity loss")
    beat_weight: float = _option(0.25, "weight of the beat and downbeat losses")
    ranking_weight: float = _option(0.1, "weight of the tom-against-cymbal ranking loss")
    focal_gamma: float = _option(1.5, "how strongly easy frames are discounted")
    positive_weight: float = _option(3.0, "weight of a frame on an onset against one off it")
    target_width: float = _option(2.5, "half-width of the triangular targets in frames")
    seed: int = _option(1, "seed of everything random")
    workers: int = _option(1, "processes that render clips")
    threads: int = _option(1, "threads of the optimiser")
    snapshot_minutes: float = _option(4.0, "minutes between snapshots")

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch < 1 or self.clip_s <= 0.5:
            raise SettingsError("steps and batch must be at least 1, and clips longer than 0.5 s.")

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    def with_values(self, values: dict[str, Any]) -> "TrainSettings":
        """A copy with some entries replaced; raises :class:`SettingsError` for unknown names."""
        known = {f.name for f in fields(self)}
        for name in values:
            if name not in known:
                raise SettingsError(f"There is no training setting {name!r}.")
        return replace(self, **values)


PRESETS: dict[str, TrainSettings] = {"local_highres": TrainSettings()}
