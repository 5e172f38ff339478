"""What the network over strokes learns from: charts and drummers' takes, with their beats."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
from numpy.typing import NDArray

from chart_hero_core.base.errors import ChartHeroError, DatasetError
from chart_hero_core.formats.midi import read_midi
from chart_hero_core.synthesis.articulations import CLASS_OF, OF_MIDI_NOTE
from chart_hero_core.synthesis.performances import manifest_rows
from chart_hero_core.timing.counting import counted_beats
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

_DRUM_CHANNEL = 9
_FEWEST_STROKES = 8
# The beats are known this far beyond the last stroke.
_TAIL_S = 1.0

Stroke = tuple[float, int, float]


@dataclass(frozen=True)
class StrokeSong:
    """Strokes and beats of one song, sorted by time.

    Attributes:
        times_s, drums, velocities: of the strokes, ``[N]``; a velocity of NaN is not known.
        beats_s, downs: the beats and which of them start a bar, ``[B]``.
    """

    name: str
    times_s: NDArray[np.float64]
    drums: NDArray[np.int64]
    velocities: NDArray[np.float64]
    beats_s: NDArray[np.float64]
    downs: NDArray[np.bool_]


def load_chart_songs(folder: Path, heldout: bool) -> Iterator[StrokeSong]:
    """The Expert drum parts of the charts below ``folder`` that are (not) held out.

    Raises:
        DatasetError: the folder has no manifest.
    """
    for row in manifest_rows(folder):
        if (row["heldout"] == "1") != heldout:
            continue
        try:
            song = read_midi((folder / row["file"]).read_bytes(), pro_drums=True).song
        except ChartHeroError:
            continue
        seconds = song.tempo_map.seconds
        strokes = [(seconds(n.tick), int(n.drum), np.nan) for n in song.expert.notes]
        if len(strokes) >= _FEWEST_STROKES:
            yield stroke_song(row["file"], strokes, song.tempo_map)


def load_take_songs(folder: Path, heldout: bool) -> Iterator[StrokeSong]:
    """The recorded drummers' takes below ``folder`` that are (not) held out.

    Raises:
        DatasetError: the folder has no manifest, or a take is not MIDI.
    """
    for row in manifest_rows(folder):
        if (row["heldout"] == "1") == heldout and row["file"].split("/")[0] == "groove":
            strokes, tempo_map = _read_take(folder / row["file"])
            if len(strokes) >= _FEWEST_STROKES:
                yield stroke_song(row["file"], strokes, tempo_map)


def stroke_song(name: str, strokes: list[Stroke], tempo_map: TempoMap) -> StrokeSong:
    """A song of strokes ``(time_s, drum, velocity)`` and the beats of its map."""
    strokes = sorted(strokes)
    ticks, downs = counted_beats(tempo_map, tempo_map.tick_at(strokes[-1][0] + _TAIL_S))
    return StrokeSong(
        name,
        np.array([s[0] for s in strokes], np.float64),
        np.array([s[1] for s in strokes], np.int64),
        np.array([s[2] for s in strokes], np.float64),
        tempo_map.seconds_array(ticks),
        downs,
    )


def _read_take(path: Path) -> tuple[list[Stroke], TempoMap]:
    """Strokes and tempo map of a performance; the tempo map is its metronome's."""
    try:
        midi = mido.MidiFile(path, clip=True)
        merged = mido.merge_tracks(midi.tracks)
    except (OSError, ValueError, EOFError, KeyError, IndexError) as error:
        raise DatasetError(f"{path} is not a readable MIDI file.") from error
    tempos: dict[int, float] = {0: 500_000.0}
    signatures: dict[int, tuple[int, int]] = {0: (4, 4)}
    notes: list[tuple[int, int, float]] = []
    tick = 0
    for event in merged:
        tick += event.time
        if event.type == "set_tempo":
            tempos[tick] = float(event.tempo)
        elif event.type == "time_signature":
            signatures[tick] = (event.numerator, event.denominator)
        elif event.type == "note_on" and event.velocity and event.channel == _DRUM_CHANNEL:
            articulation = OF_MIDI_NOTE.get(event.note)
            if articulation is not None:
                notes.append((tick, int(CLASS_OF[articulation]), event.velocity / 127))
    tempo_map = TempoMap(
        midi.ticks_per_beat,
        tuple(TempoChange(t, us) for t, us in sorted(tempos.items())),
        tuple(TimeSignature(t, *s) for t, s in sorted(signatures.items())),
    )
    return [(tempo_map.seconds(t), drum, loudness) for t, drum, loudness in notes], tempo_map
