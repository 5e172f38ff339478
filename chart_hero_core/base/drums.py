"""The one table of drums: classes, lanes, names. And the two shared results: activations, hits."""

from dataclasses import dataclass
from enum import IntEnum

from chart_hero_core.base.arrays import Float32Array, Float64Array


class Lane(IntEnum):
    """The five lanes of a pro-drums chart."""

    KICK = 0
    RED = 1
    YELLOW = 2
    BLUE = 3
    GREEN = 4


class DrumClass(IntEnum):
    """The eight classes the model knows; the value is the row in every activation array."""

    KICK = 0
    SNARE = 1
    TOM_HIGH = 2
    TOM_MID = 3
    TOM_LOW = 4
    HIHAT = 5
    CRASH = 6
    RIDE = 7

    @property
    def label(self) -> str:
        """The name used in files, options and tables, e.g. ``tom_high``."""
        return self.name.lower()

    @property
    def title(self) -> str:
        """The name shown to people, e.g. ``High tom``."""
        return DRUMS[self].title

    @property
    def lane(self) -> Lane:
        """The lane this drum is charted on."""
        return DRUMS[self].lane

    @property
    def cymbal(self) -> bool:
        """Whether it is charted as a cymbal."""
        return DRUMS[self].cymbal

    @staticmethod
    def from_label(label: str) -> "DrumClass":
        """The class named ``label``; raises ``KeyError`` for an unknown name."""
        return DrumClass[label.upper()]

    @staticmethod
    def from_lane(lane: Lane, cymbal: bool) -> "DrumClass":
        """The class charted on ``lane`` as tom or cymbal (the flag is ignored on kick and red)."""
        return _BY_LANE[(lane, cymbal and lane >= Lane.YELLOW)]


@dataclass(frozen=True, slots=True)
class DrumSpec:
    """What is known of one class besides its number."""

    title: str
    lane: Lane
    cymbal: bool


DRUMS: dict[DrumClass, DrumSpec] = {
    DrumClass.KICK: DrumSpec("Kick", Lane.KICK, False),
    DrumClass.SNARE: DrumSpec("Snare", Lane.RED, False),
    DrumClass.TOM_HIGH: DrumSpec("High tom", Lane.YELLOW, False),
    DrumClass.TOM_MID: DrumSpec("Mid tom", Lane.BLUE, False),
    DrumClass.TOM_LOW: DrumSpec("Low tom", Lane.GREEN, False),
    DrumClass.HIHAT: DrumSpec("Hi-hat", Lane.YELLOW, True),
    DrumClass.CRASH: DrumSpec("Crash", Lane.GREEN, True),
    DrumClass.RIDE: DrumSpec("Ride", Lane.BLUE, True),
}
_BY_LANE = {(spec.lane, spec.cymbal): drum for drum, spec in DRUMS.items()}

DRUM_COUNT = len(DrumClass)
TOMS = (DrumClass.TOM_HIGH, DrumClass.TOM_MID, DrumClass.TOM_LOW)
CYMBALS = (DrumClass.HIHAT, DrumClass.CRASH, DrumClass.RIDE)
# Tom and cymbal of one colour: only one of them can be charted at a tick.
SAME_COLOUR = (
    (DrumClass.TOM_HIGH, DrumClass.HIHAT),
    (DrumClass.TOM_MID, DrumClass.RIDE),
    (DrumClass.TOM_LOW, DrumClass.CRASH),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One drum stroke heard in the audio."""

    time_s: float
    drum: DrumClass
    confidence: float = 1.0
    velocity: float | None = None  # 0..1, None where nothing estimated it


@dataclass(frozen=True, slots=True, eq=False)
class ContextCorrections:
    """How the network for the whole-song context corrects the classes at moments of the song.

    Attributes:
        times_s: the moments in seconds, ascending, ``[N]``.
        log_odds: what is added to the log odds of each class around a moment, ``[N, 8]``.
        reach_s: how far from a moment, in seconds.
    """

    times_s: Float64Array
    log_odds: Float32Array
    reach_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Activations:
    """What the model says about a stretch of audio, frame by frame. Arrays are read-only.

    Attributes:
        classes: probability of an onset of each class, shape ``[8, T]``, 0..1.
        onset: probability of any onset, shape ``[T]``.
        hop_s: seconds between frames; frame ``i`` is centred at ``start_s + i * hop_s``.
        start_s: the time of frame 0.
        offset: where in the frame the onset lies, as a fraction of a hop (-0.5..0.5), ``[8, T]``.
        velocity: loudness of a stroke, 0..1, ``[8, T]``.
        beat, downbeat: probability of a beat / first beat of a bar, ``[T]``.
        harmony: how much the harmony changes, in standard deviations over the song, ``[T]``.
        tom_pitches_hz: the pitches of the song's high, mid and low tom, where they were looked for.
        corrections: what the context of the song added to ``classes``, not to those of spans.
        spans: stretches analysed again at a finer hop (micro mode), in time order, not overlapping;
            inside a span its activations replace these.
    """

    classes: Float32Array
    onset: Float32Array
    hop_s: float
    start_s: float = 0.0
    offset: Float32Array | None = None
    velocity: Float32Array | None = None
    beat: Float32Array | None = None
    downbeat: Float32Array | None = None
    harmony: Float32Array | None = None
    tom_pitches_hz: tuple[float, float, float] | None = None
    corrections: ContextCorrections | None = None
    spans: tuple["Activations", ...] = ()

    def __post_init__(self) -> None:
        frames = self.onset.shape[0]
        if self.classes.shape != (DRUM_COUNT, frames):
            raise ValueError(f"classes {self.classes.shape} does not fit onset {self.onset.shape}")
        for name in ("classes", "onset", "offset", "velocity", "beat", "downbeat", "harmony"):
            array = getattr(self, name)
            if array is not None:
                if array.shape[-1] != frames:
                    raise ValueError(f"{name} has {array.shape[-1]} frames, onset has {frames}")
                view = array.view()
                view.flags.writeable = False
                object.__setattr__(self, name, view)

    @property
    def frames(self) -> int:
        """The number of frames T."""
        return int(self.onset.shape[0])

    @property
    def end_s(self) -> float:
        """The time just after the last frame."""
        return self.start_s + self.frames * self.hop_s
