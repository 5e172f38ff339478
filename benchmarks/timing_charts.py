"""Reads expert drum notes and the tempo map of a rhythm-game MIDI file, for benchmarks."""

from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np

from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.timing.counting import counted_beats
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

_CYMBAL = {98: DrumClass.HIHAT, 99: DrumClass.RIDE, 100: DrumClass.CRASH}
_TOM = {98: DrumClass.TOM_HIGH, 99: DrumClass.TOM_MID, 100: DrumClass.TOM_LOW}
_PLAIN = {95: DrumClass.KICK, 96: DrumClass.KICK, 97: DrumClass.SNARE}
_TOM_MARKER = {110: 98, 111: 99, 112: 100}


@dataclass(frozen=True, slots=True)
class ReferenceChart:
    """One real chart: its tempo map and its expert notes as ``(tick, drum)``."""

    name: str
    tempo_map: TempoMap
    notes: tuple[tuple[int, DrumClass], ...]

    def hits(self) -> list[Hit]:
        """The notes at their true times."""
        return [Hit(self.tempo_map.seconds(tick), drum) for tick, drum in self.notes]

    def beats(self) -> tuple[np.ndarray, np.ndarray]:
        """Beat and downbeat times (s) of the stretch that holds notes."""
        end = self.notes[-1][0] + 1 if self.notes else 1
        ticks, downs = counted_beats(self.tempo_map, end)
        times = self.tempo_map.seconds_array(ticks)
        return times, times[downs]


def read_chart(path: Path) -> ReferenceChart:
    """Read one ``notes.mid`` (format 1, 4-lane pro drums)."""
    midi = mido.MidiFile(path)
    tempos: dict[int, float] = {0: 500_000.0}
    signatures: dict[int, tuple[int, int]] = {0: (4, 4)}
    tick = 0
    for event in midi.tracks[0]:
        tick += event.time
        if event.type == "set_tempo":
            tempos[tick] = float(event.tempo)
        elif event.type == "time_signature":
            signatures[tick] = (event.numerator, event.denominator)
    tempo_map = TempoMap(
        midi.ticks_per_beat,
        tuple(TempoChange(t, u) for t, u in sorted(tempos.items())),
        tuple(TimeSignature(t, *s) for t, s in sorted(signatures.items())),
    )
    drums = next(track for track in midi.tracks if track.name == "PART DRUMS")
    return ReferenceChart(path.stem, tempo_map, tuple(_notes(drums)))


def _notes(track: mido.MidiTrack) -> list[tuple[int, DrumClass]]:
    ons: set[tuple[int, int]] = set()
    markers: dict[int, list[tuple[int, int]]] = {98: [], 99: [], 100: []}
    open_markers: dict[int, int] = {}
    tick = 0
    for event in track:
        tick += event.time
        if event.type not in ("note_on", "note_off"):
            continue
        start = event.type == "note_on" and event.velocity > 0
        if event.note in _TOM_MARKER:
            pitch = _TOM_MARKER[event.note]
            if start:
                open_markers[pitch] = tick
            elif pitch in open_markers:
                markers[pitch].append((open_markers.pop(pitch), tick))
        elif start:
            ons.add((tick, event.note))
    found = {(t, _PLAIN[n]) for t, n in ons if n in _PLAIN}
    for pitch, spans in markers.items():
        index = 0
        for t in sorted(t for t, n in ons if n == pitch):
            while index < len(spans) and spans[index][1] <= t:
                index += 1
            tom = index < len(spans) and spans[index][0] <= t
            found.add((t, (_TOM if tom else _CYMBAL)[pitch]))
    return sorted(found)
