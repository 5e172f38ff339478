"""Where the grid of a row of beats begins: at the first stroke, not in the silence before it."""

import numpy as np
import pytest

from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.timing.beat_path import HOP_S, BeatRow, PathOptions
from chart_hero_core.timing.grids import straight_grid, usual_length
from chart_hero_core.timing.observations import BeatObservations

BEAT_S = 0.5


def heard(beats: int) -> tuple[BeatRow, BeatObservations]:
    """A row of beats from 0 on, and observations of bars of four."""
    frames = int(beats * BEAT_S / HOP_S) + 100
    beat, downbeat = np.full(frames, -2.0), np.full(frames, -3.0)
    beat[np.rint(np.arange(beats) * BEAT_S / HOP_S).astype(int)] = 1.0
    downbeat[np.rint(np.arange(0, beats, 4) * BEAT_S / HOP_S).astype(int)] = 1.0
    times = np.asarray(np.arange(beats) * BEAT_S, np.float64)
    return BeatRow(times, np.zeros(beats, np.bool_), 0.0), BeatObservations(
        beat, downbeat, 0, frames - 100
    )


@pytest.mark.parametrize(
    ("first_stroke_s", "first_beat_s"),
    [(3.0, 3.0), (3.2, 3.0), (2.98, 3.0), (2.9, 2.5), (0.0, 0.0)],
)
def test_the_grid_begins_with_the_beat_of_the_first_stroke(
    first_stroke_s: float, first_beat_s: float
) -> None:
    row, observations = heard(40)
    times = [first_stroke_s, *np.arange(first_beat_s + BEAT_S, 19.0, BEAT_S).tolist()]
    hits = [Hit(time_s, DrumClass.SNARE) for time_s in times]
    grid, _ = straight_grid(row, observations, hits, PathOptions())
    assert grid.beats[0] == 0
    assert grid.line.times_s[0] == pytest.approx(first_beat_s, abs=0.03)
    bar_s = grid.line.times_at(grid.beats[grid.bar_lines][:1])[0]
    assert bar_s / (4 * BEAT_S) == pytest.approx(round(bar_s / (4 * BEAT_S)), abs=0.02)
    assert usual_length(grid) == 4


def test_beats_in_silence_are_all_there_is_without_strokes() -> None:
    grid, ternary = straight_grid(*heard(40), [], PathOptions())
    assert grid.line.times_s[0] == pytest.approx(0, abs=0.01)
    assert len(grid.beats) == 40
    assert not ternary
