"""The song as a charter sees it: frozen dataclasses that every reader, writer and view shares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from types import MappingProxyType

from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.timing.tempo_map import TempoMap

PREVIEW_END = "preview_end_time"  # a key of ``Metadata.other``, in milliseconds


class Difficulty(IntEnum):
    """The four difficulties, easiest first."""

    EASY = 0
    MEDIUM = 1
    HARD = 2
    EXPERT = 3

    @property
    def title(self) -> str:
        """As written in files: ``Expert``."""
        return self.name.capitalize()


class Dynamic(Enum):
    """How hard a note is played."""

    GHOST = "ghost"
    NORMAL = "normal"
    ACCENT = "accent"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a note comes from.

    ``confidence`` is the suggestion's calibrated confidence, None for a note that was never
    suggested. A ``touched`` note was placed, changed or accepted by a person: re-decoding
    never changes it.
    """

    confidence: float | None = None
    touched: bool = False


PERSON = Origin(touched=True)


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One gem. ``cymbal`` only means something on yellow, blue and green; ``length`` is in ticks.

    ``heard_s`` is where the stroke was heard in the audio, when a suggestion made the note.
    """

    tick: int
    lane: Lane
    cymbal: bool = False
    dynamic: Dynamic = field(default=Dynamic.NORMAL, compare=True)
    flam: bool = False
    double_kick: bool = False
    length: int = 0
    origin: Origin = field(default=PERSON, compare=False)
    heard_s: float | None = field(default=None, compare=False)

    @property
    def drum(self) -> DrumClass:
        """The class this note stands for."""
        return DrumClass.from_lane(self.lane, self.cymbal)

    @property
    def sort_key(self) -> tuple[int, int]:
        """The order of notes in a track."""
        return (self.tick, int(self.lane))


class PhraseKind(Enum):
    """Stretches that lie over the notes."""

    STAR_POWER = "star power"
    SOLO = "solo"
    ACTIVATION = "activation"
    ROLL = "roll"  # one lane
    DOUBLE_ROLL = "double roll"  # two lanes
    KICK_LANE = "kick lane"  # read by YARG only
    VERSUS_1 = "versus 1"
    VERSUS_2 = "versus 2"


@dataclass(frozen=True, slots=True)
class Phrase:
    """``kind`` holds from ``tick`` for ``length`` ticks, its end not included.

    Conventions of single formats (activations of a .chart include their end tick, soloend
    ticks count) are undone and redone by the readers and writers.
    """

    kind: PhraseKind
    tick: int
    length: int

    @property
    def end_tick(self) -> int:
        """The first tick after the phrase."""
        return self.tick + self.length


@dataclass(frozen=True, slots=True)
class Section:
    """A named practice section.

    ``practice`` is how a .mid spelt it: ``[prc_verse_1]``, which Rock Band's tools ask for.
    """

    tick: int
    name: str
    practice: bool = False


@dataclass(frozen=True, slots=True)
class TextEvent:
    """A text at a tick that both formats can hold and that is not interpreted further.

    ``text`` stands without the brackets of a .mid or the quotes of a .chart: ``coda``,
    ``music_start``, ``play``, ``mix 3 drums0d``.
    """

    tick: int
    text: str


@dataclass(frozen=True, slots=True)
class Track:
    """One difficulty. Notes are sorted by tick and lane; at most one note per tick and lane.

    Notes say what is played: a disco flip (the event ``mix 3 drums0d``) is undone on reading and
    redone on writing, so the hi-hat under it is a yellow cymbal and the snare red.

    ``rejected`` are suggestions that a person deleted, moved away or turned down: a new decode
    does not bring them back. No chart file holds them, only the project does.
    """

    notes: tuple[Note, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    rejected: tuple[Note, ...] = field(default=(), compare=False)
    events: tuple[TextEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Metadata:
    """The contents of song.ini. ``other`` keeps every key without a field here, as text."""

    name: str = ""
    artist: str = ""
    album: str = ""
    genre: str = ""
    year: str = ""
    charter: str = ""
    length_ms: int | None = None
    preview_start_ms: int | None = None
    delay_ms: int = 0
    difficulty: int = -1  # diff_drums: 0-6, -1 unknown
    pro_drums: bool = True
    five_lane: bool = False
    other: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class ForeignItem:
    """Content of a file that Chart Hero does not edit, kept for the next save.

    ``place`` names the section (.chart: ``ExpertSingle``, ``Song`` …) or track (.mid) it stood in,
    ``tick`` when (None: not timed), ``data`` what, in the form only the format's own reader and
    writer understand.
    """

    place: str
    tick: int | None
    data: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """All foreign items of one file, and the format (``chart`` or ``mid``) they belong to."""

    source: str
    items: tuple[ForeignItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Song:
    """Everything about one charted song except its audio."""

    metadata: Metadata = field(default_factory=Metadata)
    tempo_map: TempoMap = field(default_factory=TempoMap)
    tracks: Mapping[Difficulty, Track] = field(default_factory=lambda: MappingProxyType({}))
    sections: tuple[Section, ...] = ()
    end_tick: int | None = None  # the "end" event, if any
    foreign: tuple[Foreign, ...] = ()
    events: tuple[TextEvent, ...] = ()  # of the whole song, besides sections and the end

    @property
    def expert(self) -> Track:
        """The Expert track, empty when there is none."""
        return self.tracks.get(Difficulty.EXPERT, Track())
