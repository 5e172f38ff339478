"""Every choice of a training run, declared once: the command line and the app derive from it."""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from chart_hero_core.base.errors import SettingsError


def _option(default: Any, text: str, earlier_name: str = "") -> Any:
    return field(default=default, metadata={"help": text, "earlier_name": earlier_name})


# The sizes in model/network.py, named here too: importing torch would slow every command down.
_NETWORKS = ("standard", "large")
_AT_LEAST_ONE = (
    *("accumulate", "hard_memory", "validation_songs", "log_every", "devices", "num_nodes"),
    "replay_memory",
    *("onset_stage_weight", "onset_stage_recall"),
)
_SHARES = (
    *("onset_stage", "focal_alpha", "bootstrap", "band_mask", "balance", "curriculum"),
    *("drums_ratio", "pseudo_label_share"),
)
_NOT_NEGATIVE = (
    *("positive_cap", "hard_per_step", "validate_minutes", "patience", "workers"),
    *("snapshot_minutes", "replays", "minutes"),
)


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """What a run does. ``help`` of each entry is in its field's metadata."""

    steps: int = _option(7000, "optimiser steps over which the learning rate falls to zero")
    minutes: float = _option(
        0.0, "end after so many minutes, with the learning rate following the clock; 0: after steps"
    )
    batch: int = _option(8, "clips per step")
    clip_s: float = _option(8.0, "length of a clip in seconds")
    network: str = _option(
        "standard", "size of the network: standard, or large (1.6 times the cost)"
    )
    learning_rate: float = _option(2.0e-3, "peak learning rate (AdamW)")
    warmup: int = _option(150, "steps of rising learning rate at the start")
    weight_decay: float = _option(0.01, "AdamW weight decay")
    gradient_clip: float = _option(1.0, "largest gradient norm")
    ema: float = _option(0.998, "decay of the averaged weights that are released")
    accumulate: int = _option(1, "batches whose gradients are added up for one step")
    checkpoint_gradients: int = _option(
        0, "1 computes the trunk's activations again instead of keeping them: less memory, slower"
    )
    onset_stage: float = _option(
        0.0, "share of the steps that only train onset detection (stage A)"
    )
    onset_stage_weight: float = _option(
        4.0, "weight of the onset loss in stage A, where other losses weigh as much less"
    )
    onset_stage_recall: float = _option(
        2.0, "how much more frames on an onset weigh in the onset loss of stage A"
    )
    onset_weight: float = _option(0.5, "weight of the any-onset loss against the class loss")
    offset_weight: float = _option(0.3, "weight of the sub-frame offset loss")
    velocity_weight: float = _option(0.2, "weight of the velocity loss")
    beat_weight: float = _option(0.25, "weight of the beat and downbeat losses")
    ranking_weight: float = _option(0.1, "weight of the tom-against-cymbal ranking loss")
    focal_gamma: float = _option(1.5, "how strongly easy frames are discounted")
    positive_weight: float = _option(3.0, "weight of a frame on an onset against one off it")
    focal_alpha: float = _option(
        0.0, "weight of frames on an onset, against 1 minus it off one; 0 weighs both alike"
    )
    positive_cap: float = _option(
        0.0,
        "weigh each drum's onset frames by how rare they are in the batch, at most this much; "
        "0 uses positive_weight for all",
    )
    bootstrap: float = _option(
        0.0, "share of the network's own predictions in its targets after stage A (bootstrapping)"
    )
    target_width: float = _option(2.5, "half-width of the triangular targets in frames")
    band_mask: float = _option(0.5, "share of clips with a stripe of bands hidden (SpecAugment)")
    balance: float = _option(
        0.0, "how strongly takes with rare drums, tempos and intervals are preferred, 0 to 1"
    )
    curriculum: float = _option(
        0.0, "share of the steps over which ever closer strokes of one drum are let in"
    )
    drums_ratio: float = _option(
        0.0, "exact share of clips of drums alone, always the same; 0 draws the kinds at random"
    )
    pseudo_label_share: float = _option(
        0.12,
        "share of clips from songs with pseudo-labels, where these are given",
        earlier_name="heard_share",
    )
    hard_per_step: int = _option(0, "clips with many false hits that each batch sees again")
    hard_memory: int = _option(32, "how many clips with false hits are remembered")
    replays: int = _option(
        0, "steps on clips of before, in another tone, after each on new ones: for fast devices"
    )
    replay_memory: int = _option(256, "how many clips these are drawn from")
    validate_minutes: float = _option(
        0.0, "minutes between measurements on rendered held-out songs; 0 never measures"
    )
    validation_songs: int = _option(8, "songs of 20 s to measure on")
    patience: int = _option(
        0, "measurements without a better one after which the run ends; 0 never ends it early"
    )
    seed: int = _option(1, "seed of everything random")
    workers: int = _option(1, "processes that render clips")
    threads: int = _option(1, "threads of the optimiser")
    snapshot_minutes: float = _option(4.0, "minutes between snapshots")
    log_every: int = _option(50, "steps between lines of the log")
    accelerator: str = _option("auto", "what computes: auto, cpu, gpu …, as Lightning names it")
    devices: int = _option(1, "devices (processes on a CPU) of this machine")
    num_nodes: int = _option(1, "machines that train together")
    strategy: str = _option("auto", "how they share the work: auto, ddp …, as Lightning names it")

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch < 1 or self.clip_s <= 0.5:
            raise SettingsError("steps and batch must be at least 1, and clips longer than 0.5 s.")
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} must be at least 1.")
        for name in _SHARES:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise SettingsError(f"{name} must be from 0 to 1.")
        if self.network not in _NETWORKS:
            raise SettingsError(f"There is no network {self.network!r}: {' or '.join(_NETWORKS)}.")
        if self.replays and self.accumulate > 1:
            raise SettingsError("replays and accumulate cannot be used together.")
        for name in _NOT_NEGATIVE:
            if not getattr(self, name) >= 0:
                raise SettingsError(f"{name} must not be negative.")

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


# Each preset says why it differs from the settings of the shipped run, which are the defaults.
PRESETS: dict[str, TrainSettings] = {
    "shipped": TrainSettings(),
    # Fine time on one machine: wide soft labels, the focal loss of Lin et al. 2017 with rare drums
    # weighed up, an onset warm-up, clips from easy to dense, and an eye on 64ths.
    "local_highres": TrainSettings(
        target_width=3.0,
        focal_alpha=0.25,
        focal_gamma=2.0,
        positive_cap=10.0,
        onset_weight=0.75,
        onset_stage=0.1,
        curriculum=0.15,
        balance=0.5,
        drums_ratio=0.25,
        hard_per_step=1,
        validate_minutes=10.0,
        patience=8,
    ),
}
