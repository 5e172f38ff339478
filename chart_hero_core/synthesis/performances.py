"""Performances: who strikes what, when and how hard. MIDI drum takes and real charts."""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import mido
import numpy as np
from mido.midifiles.meta import KeySignatureError

from chart_hero_core.base.arrays import BoolArray, Float64Array, Int64Array
from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import ChartHeroError, DatasetError
from chart_hero_core.chart.song import Song
from chart_hero_core.formats.midi import read_midi
from chart_hero_core.synthesis.articulations import CLASS_OF, OF_MIDI_NOTE, Articulation
from chart_hero_core.timing.counting import counted_beats
from chart_hero_core.timing.tempo_map import (
    DEFAULT_US_PER_QUARTER,
    TempoChange,
    TempoMap,
    TimeSignature,
)

# Of the material that is never trained on, one half is there to develop on, the other to test on.
HALVES = {"dev": slice(0, None, 2), "test": slice(1, None, 2)}
_DRUM_CHANNEL = 9


@dataclass(frozen=True)
class Performance:
    """A drum take. Parallel arrays, sorted by time.

    Attributes:
        times_s: ``[N]`` float64, when each stroke sounds.
        articulations: ``[N]`` int, values of :class:`Articulation`.
        velocities: ``[N]`` float, 0..1.
        beats_s, downbeats_s: where the beats, as people count them, and bar starts lie.
        human: whether timing and dynamics are a person's (charts carry neither).
        kind: where it comes from: the folder of a take, ``chart``, ``generated``, ``drumless``.
    """

    name: str
    times_s: Float64Array
    articulations: Int64Array
    velocities: Float64Array
    beats_s: Float64Array
    downbeats_s: Float64Array
    human: bool
    kind: str

    @property
    def duration_s(self) -> float:
        """Up to a second after the last stroke."""
        return float(self.times_s[-1]) + 1.0 if len(self.times_s) else 0.0

    def strikes(self, drums: Collection[DrumClass]) -> BoolArray:
        """Which strokes are of one of ``drums``, ``[N]``."""
        wanted = [name for name, drum in CLASS_OF.items() if drum in drums]
        return np.isin(self.articulations, wanted)

    def only(self, kept: BoolArray) -> "Performance":
        """The strokes that are ``kept``, ``[N]``."""
        return replace(
            self,
            times_s=self.times_s[kept],
            articulations=self.articulations[kept],
            velocities=self.velocities[kept],
        )

    def cut(self, start_s: float, length_s: float) -> "Performance":
        """The strokes and beats in a window, its start as time 0."""

        def inside(times: Float64Array) -> BoolArray:
            return (times >= start_s) & (times < start_s + length_s)

        keep = inside(self.times_s)
        return replace(
            self,
            times_s=self.times_s[keep] - start_s,
            articulations=self.articulations[keep],
            velocities=self.velocities[keep],
            beats_s=self.beats_s[inside(self.beats_s)] - start_s,
            downbeats_s=self.downbeats_s[inside(self.downbeats_s)] - start_s,
        )


def from_strokes(
    name: str,
    strokes: list[tuple[float, Articulation, float]],
    beats: list[tuple[float, bool]],
    human: bool,
    kind: str,
) -> Performance:
    """Build a performance of ``(time_s, articulation, velocity)`` and ``(time_s, is_downbeat)``."""
    strokes = sorted(strokes)
    return Performance(
        name=name,
        times_s=np.array([s[0] for s in strokes], np.float64),
        articulations=np.array([int(s[1]) for s in strokes], np.int64),
        velocities=np.array([s[2] for s in strokes], np.float64),
        beats_s=np.array([b[0] for b in beats], np.float64),
        downbeats_s=np.array([b[0] for b in beats if b[1]], np.float64),
        human=human,
        kind=kind,
    )


def read_take(path: Path, human: bool, kind: str) -> Performance:
    """Read the drum channel of a MIDI file.

    Raises:
        DatasetError: the file is not MIDI.
    """
    notes, tempo_map, end_tick = read_drum_channel(path)
    strokes = [(tempo_map.seconds(tick), surface, hard) for tick, surface, hard in notes]
    return from_strokes(path.stem, strokes, _counted(tempo_map, end_tick), human, kind)


def read_drum_channel(path: Path) -> tuple[list[tuple[int, Articulation, float]], TempoMap, int]:
    """Strokes ``(tick, articulation, velocity)``, metronome and last tick of a MIDI take.

    Raises:
        DatasetError: the file is not MIDI.
    """
    tempos: dict[int, float] = {0: DEFAULT_US_PER_QUARTER}
    signatures: dict[int, tuple[int, int]] = {0: (4, 4)}
    notes: list[tuple[int, Articulation, float]] = []
    tick = 0
    try:
        midi = mido.MidiFile(path, clip=True)
        for event in mido.merge_tracks(midi.tracks):
            tick += event.time
            if event.type == "set_tempo":
                tempos[tick] = float(event.tempo)
            elif event.type == "time_signature":
                signatures[tick] = (event.numerator, event.denominator)
            elif event.type == "note_on" and event.velocity and event.channel == _DRUM_CHANNEL:
                articulation = OF_MIDI_NOTE.get(event.note)
                if articulation is not None:
                    notes.append((tick, articulation, event.velocity / 127))
        tempo_map = TempoMap(
            midi.ticks_per_beat,
            tuple(TempoChange(t, us) for t, us in sorted(tempos.items())),
            tuple(TimeSignature(t, *s) for t, s in sorted(signatures.items())),
        )
    except (OSError, ValueError, EOFError, KeyError, IndexError, KeySignatureError) as error:
        raise DatasetError(f"{path} is not a readable MIDI file.") from error
    return notes, tempo_map, tick


def _counted(tempo_map: TempoMap, end_tick: int) -> list[tuple[float, bool]]:
    """The beats before a tick as people count them (in s), and whether each starts a bar."""
    ticks, downs = counted_beats(tempo_map, end_tick)
    return list(zip(tempo_map.seconds_array(ticks).tolist(), downs.tolist(), strict=True))


_LANE_ARTICULATION = {
    DrumClass.KICK: Articulation.KICK,
    DrumClass.SNARE: Articulation.SNARE,
    DrumClass.TOM_HIGH: Articulation.TOM_HIGH,
    DrumClass.TOM_MID: Articulation.TOM_MID,
    DrumClass.TOM_LOW: Articulation.TOM_LOW,
    DrumClass.HIHAT: Articulation.HIHAT_CLOSED,
    DrumClass.CRASH: Articulation.CRASH_1,
    DrumClass.RIDE: Articulation.RIDE,
}


def from_chart(name: str, song: Song) -> Performance:
    """The strokes of an Expert chart, of velocity 0.8 all: charts say neither touch nor feel."""
    notes = song.expert.notes
    strokes = [
        (song.tempo_map.seconds(note.tick), _LANE_ARTICULATION[note.drum], 0.8) for note in notes
    ]
    end_tick = max((note.tick for note in notes), default=0) + song.tempo_map.resolution
    beats = _counted(song.tempo_map, end_tick)
    return from_strokes(name, strokes, beats, human=False, kind="chart")


def load_grooves(folder: Path, heldout: bool) -> Iterator[Performance]:
    """The takes below ``folder`` (with its ``manifest.csv``) that are (not) held out."""
    for row in manifest_rows(folder, heldout):
        kind = row["file"].split("/")[0]
        if kind == "freedoom_src":
            continue
        take = read_take(folder / row["file"], human=kind == "groove", kind=kind)
        if len(take.times_s) >= 8:
            yield take


def load_charts(folder: Path, heldout: bool) -> Iterator[Performance]:
    """The Expert drum parts of the charts below ``folder`` that are (not) held out."""
    for name, song in read_charts(folder, heldout):
        take = from_chart(Path(name).stem, song)
        if len(take.times_s) >= 8:
            yield take


def read_charts(folder: Path, heldout: bool) -> Iterator[tuple[str, Song]]:
    """The charts below ``folder`` that are (not) held out, with their names in the manifest.

    Raises:
        DatasetError: the folder has no manifest, or not all that it names.
    """
    for row in manifest_rows(folder, heldout):
        song = read_chart(folder / row["file"])
        if song is not None:
            yield row["file"], song


def read_chart(path: Path) -> Song | None:
    """A chart of the material; None for one that makes no sense.

    Raises:
        DatasetError: it is not there, or must not be read.
    """
    try:
        return read_midi(path.read_bytes(), pro_drums=True).song
    except OSError as error:
        why = error.strerror or error
        raise DatasetError(f"{path}, which the manifest names, cannot be read: {why}.") from error
    except ChartHeroError:
        return None


def manifest_rows(folder: Path, heldout: bool | None = None) -> list[dict[str, str]]:
    """The rows of a folder's ``manifest.csv`` that name a ``file``.

    Of those that are held out, the column ``heldout`` is ``1``; of the others it is anything else,
    or empty. With ``heldout``, only the rows that are (not) held out.

    Raises:
        DatasetError: there is none, or it is no table.
    """
    try:
        with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, restval=""))
    except (OSError, ValueError, csv.Error) as error:
        raise DatasetError(f"{folder} has no readable manifest.csv.") from error
    rows = [{"heldout": "", **row} for row in rows if row.get("file")]
    return [row for row in rows if heldout in (None, row["heldout"] == "1")]
