"""Every choice of a fine-tune, declared once; the command line derives from it."""

from dataclasses import dataclass, field
from math import inf

from chart_hero_core.base.errors import SettingsError


@dataclass(frozen=True, slots=True)
class FineTuneSettings:
    """How much and how hard. ``help`` of each entry is in its field's metadata."""

    last_steps: int = field(default=150, metadata={"help": "steps of the last layers alone"})
    all_steps: int = field(
        default=150, metadata={"help": "steps of all layers; most of the time goes there"}
    )
    last_rate: float = field(default=1e-3, metadata={"help": "learning rate of the last layers"})
    all_rate: float = field(default=1e-4, metadata={"help": "learning rate of all layers"})
    batch: int = field(default=6, metadata={"help": "clips per step"})
    clip_s: float = field(default=6.0, metadata={"help": "length of a clip in seconds"})
    cached_clips: int = field(
        default=160,
        metadata={"help": "clips cached for training the last layers", "earlier_name": "pool"},
    )
    distillation: float = field(
        default=0.15,
        metadata={"help": "weight of the old model's outputs as targets", "earlier_name": "hold"},
    )
    l2_sp: float = field(
        default=0.01,
        metadata={
            "help": "weight of the squared distance from the old weights",
            "earlier_name": "spring",
        },
    )
    # Half-way back to the old weights keeps most of the gain and loses little elsewhere (WiSE-FT,
    # Wortsman et al. 2022); figures in docs/learning.md.
    blend: float = field(default=0.5, metadata={"help": "share of the new weights in the result"})
    replay_share: float = field(
        default=0.4, metadata={"help": "share of rendered clips in training"}
    )
    validate_every: int = field(
        default=25, metadata={"help": "steps of all layers between validations"}
    )
    patience: int = field(default=3, metadata={"help": "validations without gain before it ends"})
    snapshot_s: float = field(default=20.0, metadata={"help": "seconds between snapshots"})
    threads: int = field(default=0, metadata={"help": "processor threads (0: as many as fit)"})
    seed: int = field(default=1, metadata={"help": "seed of everything random"})

    def __post_init__(self) -> None:
        # Asked so that what is no number (nan) is refused, too.
        if (
            self.batch < 1
            or not 1 <= self.clip_s < inf
            or self.last_steps < 1
            or self.all_steps < 0
        ):
            raise SettingsError("A fine-tune needs a batch, steps, and clips of 1 s or more.")
        if not (0 <= self.blend <= 1 and 0 <= self.replay_share <= 1):
            raise SettingsError("The blend and the share of rendered clips must be from 0 to 1.")
        if self.cached_clips < self.batch or self.validate_every < 1:
            raise SettingsError(
                "The cached clips must fill a batch, and validations need steps between them."
            )
        if not (0 < self.last_rate < inf and 0 < self.all_rate < inf):
            raise SettingsError("Learning rates must be above 0.")
        if not (0 <= self.distillation < inf and 0 <= self.l2_sp < inf and self.snapshot_s >= 0):
            raise SettingsError(
                "The weights of both penalties and the time between snapshots must be 0 or more."
            )
        if self.threads < 0 or self.seed < 0 or self.patience < 1:
            raise SettingsError("Threads and seed must be 0 or more, patience 1 or more.")

    @property
    def steps(self) -> int:
        """Of both stages."""
        return self.last_steps + self.all_steps
