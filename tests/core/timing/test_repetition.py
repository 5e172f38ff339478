"""What comes again a bar later, and what follows for the bars."""

import numpy as np
import pytest

from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.timing.beat_path import HOP_S, BeatRow, PathOptions
from chart_hero_core.timing.hypotheses import tempo_hypotheses
from chart_hero_core.timing.map_fit import TempoLine
from chart_hero_core.timing.observations import BeatObservations
from chart_hero_core.timing.repetition import repeats, strokes_on_slots

BEAT_S = 0.5


def played(eighths: int, bars: int, seed: int = 1) -> list[Hit]:
    """A bar of kicks and snares that makes no sense at half its length, over and over."""
    rng = np.random.default_rng(seed)
    bar = [
        (place, DrumClass(int(rng.integers(2)))) for place in range(eighths) if rng.random() < 0.7
    ]
    return [
        Hit((index * eighths + place) * BEAT_S / 2, drum)
        for index in range(bars)
        for place, drum in [(0, DrumClass.KICK), *bar]
    ]


def line_over(pulses: int) -> tuple[TempoLine, np.ndarray]:
    beats = np.arange(pulses // 2 + 1, dtype=np.float64)
    return TempoLine(beats[[0, -1]], beats[[0, -1]] * BEAT_S, 0.01), beats


def test_strokes_lie_on_the_sixteenths_of_their_beat() -> None:
    hits = [Hit(time_s, DrumClass.SNARE) for time_s in (0.0, 0.51, 0.625, 0.87, 7.0)]
    line, beats = line_over(8)
    found = strokes_on_slots(line, beats, 8, hits)
    assert found.shape == (16, 8)
    assert np.flatnonzero(found[:, DrumClass.SNARE]).tolist() == [0, 4, 5, 7]
    assert found.sum() == 4


@pytest.mark.parametrize("eighths", [5, 7, 8, 9, 11])
def test_a_bar_tells_the_next_one_best(eighths: int) -> None:
    line, beats = line_over(eighths * 20)
    strokes = strokes_on_slots(line, beats, eighths * 20, played(eighths, 20))
    told = {length: repeats(strokes, length).sum() for length in range(4, 14)}
    assert max(told, key=lambda length: told[length]) == eighths


def test_nothing_is_told_before_there_was_a_bar() -> None:
    line, beats = line_over(56)
    strokes = strokes_on_slots(line, beats, 56, played(7, 8))
    assert not repeats(strokes, 7)[:7].any()
    assert not repeats(strokes, 80).any()


@pytest.mark.parametrize("eighths", [9, 11, 13])
def test_beats_that_are_counted_straight_on_are_counted_in_bars(eighths: int) -> None:
    count = eighths * 24
    frames = int(count * BEAT_S / 2 / HOP_S) + 100
    times = np.asarray(np.arange(count // 2) * BEAT_S, np.float64)
    # Heard are quarters without an end, and bar lines, all of it faintly.
    beat, downbeat = np.full(frames, -0.4), np.full(frames, -1.0)
    beat[np.rint(times / HOP_S).astype(int)] = 0.5
    lines_s = np.arange(24) * eighths * BEAT_S / 2
    downbeat[np.rint(lines_s / HOP_S).astype(int)] = 0.5
    row = BeatRow(times, np.zeros(len(times), np.bool_), 0.0)
    observations = BeatObservations(beat, downbeat, 0, frames - 100)
    found = tempo_hypotheses(row, observations, played(eighths, 24), PathOptions())
    grid = found[0].grid
    lengths = np.diff(grid.beats[grid.bar_lines]).tolist()
    assert lengths.count(eighths / 2) >= 20
    straight = next(r for r in found if r.label == "beats counted straight on")
    assert set(np.diff(straight.grid.beats)) == {1.0}


def test_seven_eighths_are_offered_where_seven_quarters_are_heard() -> None:
    """Two bars of seven eighths that repeat alike are one of seven quarters to a listener."""
    count = 7 * 24
    times = np.asarray(np.arange(count // 2) * BEAT_S, np.float64)
    frames = int(count * BEAT_S / 2 / HOP_S) + 100
    beat, downbeat = np.full(frames, -2.0), np.full(frames, -1.0)
    beat[np.rint(times / HOP_S).astype(int)] = 0.5
    downbeat[np.rint(np.arange(0, 24, 2) * 7 * BEAT_S / 2 / HOP_S).astype(int)] = 0.5
    row = BeatRow(times, np.zeros(len(times), np.bool_), 0.0)
    found = tempo_hypotheses(
        row, BeatObservations(beat, downbeat, 0, frames - 100), played(7, 24), PathOptions()
    )
    first = found[0].grid
    assert np.median(np.diff(first.beats[first.bar_lines])) == 7
    offered = next(r for r in found if r.label == "7/8 throughout").grid
    assert np.unique(np.diff(offered.beats[offered.bar_lines])).tolist() == [3.5]
