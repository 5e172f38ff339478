"""How early or late the notes of each drum lie beside the attacks that were heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chart_hero_app.document.lane_timing import LaneTiming
from chart_hero_app.timeline.transients import REACH_S, activation_peak, energy_rise
from chart_hero_core.base.drums import Activations, DrumClass
from chart_hero_core.chart.song import Note, Song, Track

if TYPE_CHECKING:
    from chart_hero_core.audio.io import AudioClip


def lane_timings(
    song: Song, track: Track, activations: Activations | None, clip: AudioClip | None
) -> list[LaneTiming]:
    """One entry for each drum that has notes.

    A note's attack is where its stroke was heard; for notes placed by hand the nearest peak of
    the drum's activation, else the nearest rise of the sound.
    """
    times_s = song.tempo_map.seconds_array([note.tick for note in track.notes]).tolist()
    late: dict[DrumClass, list[float]] = {}
    notes: dict[DrumClass, int] = {}
    for note, time_s in zip(track.notes, times_s, strict=True):
        notes[note.drum] = notes.get(note.drum, 0) + 1
        heard_s = _attack(note, time_s, activations, clip)
        if heard_s is not None:
            late.setdefault(note.drum, []).append((time_s - heard_s) * 1e3)
    return [
        LaneTiming(drum, np.array(late.get(drum, []), dtype=np.float64), notes[drum])
        for drum in DrumClass
        if drum in notes
    ]


def _attack(
    note: Note, time_s: float, activations: Activations | None, clip: AudioClip | None
) -> float | None:
    if note.heard_s is not None and abs(note.heard_s - time_s) <= REACH_S:
        return note.heard_s
    heard_s = None if activations is None else activation_peak(activations, note.drum, time_s)
    if heard_s is None and clip is not None:
        heard_s = energy_rise(clip.samples, clip.sample_rate, time_s)
    return heard_s
