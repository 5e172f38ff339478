"""A song with every marking, and a sound to go with it."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import soundfile

from chart_hero_core.base.drums import Lane
from chart_hero_core.chart.song import (
    Difficulty,
    Dynamic,
    Metadata,
    Note,
    Phrase,
    PhraseKind,
    Section,
    Song,
    Track,
)
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

RATE = 8_000


def make_song(**fields: object) -> Song:
    """A bar of drums with every marking; ``fields`` replace those of the song."""
    notes = (
        Note(1920, Lane.KICK),
        Note(1920, Lane.GREEN, cymbal=True, dynamic=Dynamic.ACCENT),
        Note(2040, Lane.KICK, double_kick=True),
        Note(2160, Lane.RED, dynamic=Dynamic.GHOST),
        Note(2160, Lane.YELLOW, cymbal=True),
        Note(2400, Lane.YELLOW),
        Note(2400, Lane.BLUE),
    )
    song = Song(
        metadata=Metadata(
            "Títle", "Artist", "Album", "Rock", "1999", "Me", other=MappingProxyType({"icon": "x"})
        ),
        tempo_map=TempoMap(
            480, (TempoChange(0, 5e5), TempoChange(1920, 461_538.0)), (TimeSignature(0, 4, 4),)
        ),
        tracks=MappingProxyType(
            {Difficulty.EXPERT: Track(notes, (Phrase(PhraseKind.STAR_POWER, 1920, 480),))}
        ),
        sections=(Section(1920, "Intro"),),
        end_tick=3840,
    )
    return replace(song, **fields)  # type: ignore[arg-type]


def sound(path: Path, seconds: float = 5.0) -> Path:
    """A sound file with a tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.sin(np.arange(int(RATE * seconds)) / 9).astype("f4") / 2, RATE)
    return path
