"""Copied notes, and which of their beats comes to lie on the playhead's when they are pasted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chart_hero_app.timeline.grid import beat_start
from chart_hero_core.chart.song import Note
from chart_hero_core.timing.tempo_map import TempoMap


@dataclass(frozen=True, slots=True)
class Clipboard:
    """Notes by their distance in ticks from the beat they were copied from."""

    notes: tuple[Note, ...] = ()
    resolution: int = 1

    def in_ticks_of(self, resolution: int) -> tuple[Note, ...]:
        """The notes for a song of another resolution."""
        factor = resolution / self.resolution
        if factor == 1:
            return self.notes
        return tuple(
            replace(note, tick=round(note.tick * factor), length=round(note.length * factor))
            for note in self.notes
        )


def copied_beat(tempo_map: TempoMap, first: Note, stretch: tuple[int, int] | None) -> int:
    """The beat that pasting puts on the playhead's: of a stretch that in which it begins.

    A bar that begins with a rest keeps it. A stretch is drawn by hand: the nearest beat counts.
    """
    beat = beat_start(tempo_map, first.tick)
    if stretch is None:
        return beat
    half = tempo_map.ticks_per_beat(tempo_map.signature_at(stretch[0])) / 2
    return min(beat_start(tempo_map, round(stretch[0] + half)), beat)
