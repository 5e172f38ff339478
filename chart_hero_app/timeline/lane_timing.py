"""How early or late the notes of each drum lie beside the attacks that were heard."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from chart_hero_app.document.lane_timing import LaneTiming
from chart_hero_app.timeline.transients import REACH_S, Times, activation_peak, energy_rise
from chart_hero_core.base.drums import Activations, DrumClass
from chart_hero_core.chart.song import Note, Song, Track

if TYPE_CHECKING:
    from chart_hero_core.audio.io import AudioClip

# So many of a drum's notes tell its timing; to look for more takes longer than a blink.
_MOST_SOUGHT = 200


def lane_timings(
    song: Song, track: Track, activations: Activations | None, clip: AudioClip | None
) -> list[LaneTiming]:
    """One entry for each drum that has notes.

    A note's attack is where its stroke was heard; for notes placed by hand the nearest peak of
    the drum's activation, else the nearest rise of the sound.
    """
    times_s = song.tempo_map.seconds_array([note.tick for note in track.notes]).tolist()
    of_drum: dict[DrumClass, list[tuple[Note, float]]] = {}
    for note, time_s in zip(track.notes, times_s, strict=True):
        of_drum.setdefault(note.drum, []).append((note, time_s))
    return [
        LaneTiming(drum, _late_ms(of_drum[drum], activations, clip), len(of_drum[drum]))
        for drum in DrumClass
        if drum in of_drum
    ]


def _late_ms(
    notes: list[tuple[Note, float]], activations: Activations | None, clip: AudioClip | None
) -> Times:
    """Of all notes whose stroke was heard, and of as many others as there is time to look for."""
    late_ms: list[float] = []
    others: list[tuple[Note, float]] = []
    for note, time_s in notes:
        if note.heard_s is not None and abs(note.heard_s - time_s) <= REACH_S:
            late_ms.append((time_s - note.heard_s) * 1e3)
        else:  # placed by hand, or moved far from where its stroke was heard
            others.append((note, time_s))
    for note, time_s in others[:: max(math.ceil(len(others) / _MOST_SOUGHT), 1)]:
        heard_s = _attack(note, time_s, activations, clip)
        if heard_s is not None:
            late_ms.append((time_s - heard_s) * 1e3)
    return np.array(late_ms, dtype=np.float64)


def _attack(
    note: Note, time_s: float, activations: Activations | None, clip: AudioClip | None
) -> float | None:
    heard_s = None if activations is None else activation_peak(activations, note.drum, time_s)
    if heard_s is None and clip is not None:
        heard_s = energy_rise(clip.samples, clip.sample_rate, time_s)
    return heard_s
