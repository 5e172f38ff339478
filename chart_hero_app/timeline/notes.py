"""The notes of the shown track as arrays: times to draw, and what lies where."""

import numpy as np
from numpy.typing import NDArray

from chart_hero_app.timeline.grid import Times
from chart_hero_core.base.drums import DrumClass, Lane
from chart_hero_core.chart.columns import NoteColumns
from chart_hero_core.chart.song import Note
from chart_hero_core.timing.tempo_map import TempoMap

# A tick that fits one of these divisions of a whole note (triplets and their doubles, 64ths,
# quintuplets, septuplets) counts as on the grid.
MUSICAL_DIVISIONS = (48, 64, 20, 28)


class NoteTable:
    """Notes in track order with their times."""

    def __init__(
        self, columns: NoteColumns | None = None, tempo_map: TempoMap | None = None
    ) -> None:
        self.columns = NoteColumns.of() if columns is None else columns
        self.notes = self.columns.notes
        self.tempo_map = tempo_map or TempoMap()
        self.ticks, self.lanes = self.columns.ticks, self.columns.lanes
        self.times_s: Times = self.tempo_map.seconds_array(self.ticks)

    def __len__(self) -> int:
        return len(self.notes)

    def times_of(self, drum: DrumClass) -> Times:
        """When the notes of a drum were heard (placed, where nothing was heard), in order."""
        wanted = self.columns.drums == drum
        heard = self.columns.heard_s[wanted]
        return np.sort(np.where(np.isnan(heard), self.times_s[wanted], heard))

    def between(self, start_s: float, end_s: float) -> range:
        """The indices of the notes in a stretch, ends included."""
        first = int(np.searchsorted(self.times_s, start_s, side="left"))
        last = int(np.searchsorted(self.times_s, end_s, side="right"))
        return range(first, last)

    def inside(self, start_s: float, end_s: float, lanes: range) -> tuple[Note, ...]:
        """The notes in a stretch on some lanes."""
        return tuple(
            self.notes[i] for i in self.between(start_s, end_s) if int(self.lanes[i]) in lanes
        )

    def nearest(self, time_s: float, lane: Lane, reach_s: float) -> Note | None:
        """The note of a lane nearest to a time, none further than ``reach_s`` away."""
        best: tuple[float, Note] | None = None
        for index in self.between(time_s - reach_s, time_s + reach_s):
            if self.lanes[index] == lane:
                distance = abs(float(self.times_s[index]) - time_s)
                if best is None or distance < best[0]:
                    best = (distance, self.notes[index])
        return best[1] if best else None

    def typical_gap_s(self) -> float:
        """A short distance between notes of one lane: what gems must fit into."""
        return typical_gap_s(self.times_s, self.lanes)

    def off_grid_s(self, division: int) -> Times:
        """How late each note lies against the snap grid, 0 for those on any musical grid."""
        if not len(self.notes):
            return np.zeros(0)
        starts = np.array([s.tick for s in self.tempo_map.signatures], dtype=np.int64)
        origin = starts[np.maximum(np.searchsorted(starts, self.ticks, side="right") - 1, 0)]
        place = (self.ticks - origin).astype(np.float64)
        whole = self.tempo_map.resolution * 4
        on_grid = np.zeros(len(self.ticks), dtype=bool)
        for parts in MUSICAL_DIVISIONS:
            on_grid |= _distance(place, whole / parts) <= 1.0
        step = whole / division
        lines = origin + np.round(place / step) * step
        late = self.times_s - self.tempo_map.seconds_array(np.round(lines))
        return np.where(on_grid, 0.0, late)


def typical_gap_s(times_s: Times, lanes: NDArray[np.int8]) -> float:
    """A short distance between neighbours of one lane, in seconds; 1 where there are none."""
    joined = np.concatenate([np.diff(times_s[lanes == lane]) for lane in Lane])
    return float(np.quantile(joined, 0.25)) if len(joined) else 1.0


def _distance(place: Times, step: float) -> Times:
    return np.abs(place - np.round(place / step) * step)
