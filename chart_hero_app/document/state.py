"""The values a document holds: what undo covers, what is selected, which sound is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import Difficulty, Note, Song

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chart_hero_core.audio.io import AudioClip
    from chart_hero_core.audio.loudness import PeakPyramid
    from chart_hero_core.decode.settings import DecodeSettings

Span = tuple[float, float]

# Parts of a whole note, coarse to fine: what Q and W step through.
SNAP_DIVISIONS = (1, 2, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64, 96, 128, 192)
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


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Everything undo covers. Immutable: a snapshot costs nothing.

    ``settings`` is None until the decoding defaults were loaded; ``micro_flags`` are passages
    (seconds, in order, apart) wanted at the fine hop; ``rejected`` are suggestions a person
    refused, so that decoding again does not bring them back.
    """

    song: Song = field(default_factory=Song)
    settings: DecodeSettings | None = None
    micro_flags: tuple[Span, ...] = ()
    rejected: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """The loaded audio by domain (``mix``, ``drums``) and the files it came from."""

    clips: Mapping[str, AudioClip] = field(default_factory=lambda: MappingProxyType({}))
    pyramids: Mapping[str, PeakPyramid] = field(default_factory=lambda: MappingProxyType({}))
    files: tuple[Path, ...] = ()
    duration_s: float = 0.0
