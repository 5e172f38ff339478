"""The values a document holds: what undo covers, what is selected, which sound is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from chart_hero_app.document.presets import Preset
from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Song
from chart_hero_core.decode.settings import DecodePlan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chart_hero_core.audio.io import AudioClip, SongAudio
    from chart_hero_core.audio.peaks import PeakPyramid

Span = tuple[float, float]

# Parts of a whole note, coarse to fine: what Q and W step through.
SNAP_DIVISIONS = (1, 2, 4, 6, 8, 12, 16, 20, 24, 28, 32, 48, 64, 96, 128, 192)
DEFAULT_SNAP = 16


class NoteKey(NamedTuple):
    """A note is known by its place: no track has two notes at one tick and lane."""

    difficulty: Difficulty
    tick: int
    lane: Lane


@dataclass(frozen=True, slots=True)
class Selection:
    """Selected notes and, apart from them, a selected stretch of time in seconds."""

    notes: frozenset[NoteKey] = frozenset()
    span_s: Span | None = None

    def __bool__(self) -> bool:
        return bool(self.notes) or self.span_s is not None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the song (seconds) that was tuned on its own, with the knobs it got."""

    span_s: Span
    plan: DecodePlan


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Everything undo covers. Immutable: a snapshot costs nothing.

    ``settings`` are all knobs of the decoder; ``micro_flags`` are passages (seconds, in order,
    apart) wanted at the fine hop; ``reviewed`` are passages a person vouches for: their notes are
    the whole truth that a model may learn. ``preset`` is what the knobs started from;
    ``passages`` (in order, apart) have knobs of their own in place of ``settings``.
    """

    song: Song = field(default_factory=Song)
    settings: DecodePlan = field(default_factory=DecodePlan)
    micro_flags: tuple[Span, ...] = ()
    reviewed: tuple[Span, ...] = ()
    preset: Preset = field(default_factory=Preset)
    passages: tuple[Passage, ...] = ()


def differ(one: State, other: State) -> bool:
    """Whether there is anything to undo between two states."""
    return (
        one.song is not other.song
        or one.settings != other.settings
        or one.micro_flags != other.micro_flags
        or one.reviewed != other.reviewed
        or one.preset != other.preset
        or one.passages != other.passages
    )


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """The loaded audio by domain (``mix``, ``drums``) and the files it came from.

    ``files.mix`` and ``files.drums`` name the sound files themselves, for playing in full quality.
    """

    clips: Mapping[str, AudioClip] = field(default_factory=lambda: MappingProxyType({}))
    pyramids: Mapping[str, PeakPyramid] = field(default_factory=lambda: MappingProxyType({}))
    files: SongAudio | None = None
    duration_s: float = 0.0
