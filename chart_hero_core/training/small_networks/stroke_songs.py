"""Training songs for the network over drum hits: charts and drummers' takes, with their beats."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from chart_hero_core.base.arrays import BoolArray, Float64Array, Int64Array
from chart_hero_core.base.errors import DatasetError
from chart_hero_core.base.progress import Progress
from chart_hero_core.synthesis.articulations import CLASS_OF
from chart_hero_core.synthesis.performances import manifest_rows, read_charts, read_drum_channel
from chart_hero_core.timing.counting import counted_beats
from chart_hero_core.timing.tempo_map import TempoMap

_FEWEST_STROKES = 8
# Takes to be tracked are longer than this: shorter ones are fills.
SHORTEST_TAKE_S = 25.0
# The beats are known this far beyond the last stroke.
_TAIL_S = 1.0

Stroke = tuple[float, int, float]
Tracked = TypeVar("Tracked")


@dataclass(frozen=True)
class StrokeSong:
    """Strokes and beats of one song, sorted by time.

    Attributes:
        times_s, drums, velocities: of the strokes, ``[N]``; a velocity of NaN is not known.
        beats_s, downs: the beats and which of them start a bar, ``[B]``.
    """

    name: str
    times_s: Float64Array
    drums: Int64Array
    velocities: Float64Array
    beats_s: Float64Array
    downs: BoolArray


def _load_chart_songs(folder: Path, heldout: bool) -> Iterator[StrokeSong]:
    """The Expert drum parts of the charts below ``folder`` that are (not) held out.

    Raises:
        DatasetError: the folder has no manifest, or not all that it names.
    """
    for name, song in read_charts(folder, heldout):
        seconds = song.tempo_map.seconds
        strokes = [(seconds(n.tick), int(n.drum), np.nan) for n in song.expert.notes]
        if len(strokes) >= _FEWEST_STROKES:
            yield stroke_song(name, strokes, song.tempo_map)


def load_take_songs(folder: Path, heldout: bool) -> Iterator[StrokeSong]:
    """The recorded drummers' takes below ``folder`` that are (not) held out.

    Raises:
        DatasetError: the folder has no manifest, or a take is not MIDI.
    """
    for row in manifest_rows(folder, heldout):
        if row["file"].split("/")[0] == "groove":
            notes, tempo_map, _ = read_drum_channel(folder / row["file"])
            seconds = tempo_map.seconds
            strokes = [(seconds(tick), int(CLASS_OF[part]), hard) for tick, part, hard in notes]
            if len(strokes) >= _FEWEST_STROKES:
                yield stroke_song(row["file"], strokes, tempo_map)


def load_songs(
    material: Path, shortest_take_s: float = 0.0
) -> tuple[list[StrokeSong], list[StrokeSong]]:
    """Charts and drummers' takes (those longer than ``shortest_take_s``) that are not held out.

    Raises:
        DatasetError: there is no chart to learn from.
    """
    charts = list(_load_chart_songs(material / "charts", heldout=False))
    if not charts:
        raise DatasetError(f"{material / 'charts'} holds no chart to learn from.")
    grooves = material / "grooves"
    takes = load_take_songs(grooves, heldout=False) if grooves.is_dir() else iter(())
    return charts, [t for t in takes if t.times_s[-1] - t.times_s[0] > shortest_take_s]


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


def track_all(
    songs: Sequence[StrokeSong],
    track: Callable[[StrokeSong, np.random.Generator], Tracked | None],
    seed: int,
    progress: Progress,
) -> list[Tracked]:
    """What ``track`` makes of each song, without those of which it makes nothing.

    Args:
        track: gets a song and random numbers of its own, drawn by ``seed`` and its place.

    Raises:
        Cancelled: asked for through ``progress``.
    """
    found: list[Tracked] = []
    for index, song in enumerate(songs):
        progress.check_cancelled()
        progress.report(index / len(songs), f"Tracking {song.name}")
        one = track(song, np.random.default_rng([seed, index]))
        if one is not None:
            found.append(one)
    return found
