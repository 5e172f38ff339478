"""Bars on a pulse of eighths, by hand."""

import numpy as np
import pytest

from chart_hero_core.timing.bar_path import (
    BarOptions,
    Bars,
    PulseObservations,
    count_bars,
    pulse_beats,
)

YES, NO = 2.0, -2.0


def observations(eighths: int, bars: int, missing: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Beats on the quarters from each bar line; every ``missing``-th bar line is not heard."""
    place = np.arange(eighths * bars) % eighths
    downbeat = np.where(place == 0, YES, NO)
    if missing:
        downbeat[:: eighths * missing] = 0.0
    return np.where(place % 2 == 0, YES, NO), downbeat


def counted(beat: np.ndarray, downbeat: np.ndarray, options: BarOptions | None = None) -> Bars:
    options = options or BarOptions()
    line, other = beat - np.logaddexp(0, -downbeat), beat - np.logaddexp(0, downbeat)
    return count_bars(PulseObservations(line, other, np.zeros(len(beat))), options)


def test_pulses_are_beats_and_the_middles_of_whole_ones() -> None:
    assert pulse_beats(np.array([0.0, 1.0, 1.5, 2.5])).tolist() == [0, 0.5, 1, 1.5, 2, 2.5]


@pytest.mark.parametrize("eighths", [5, 6, 7, 8, 9, 11, 14])
def test_bars_of_any_length_are_counted_from_their_lines(eighths: int) -> None:
    found = counted(*observations(eighths, 12, missing=3))
    lines = found.at[found.lines]
    assert lines.tolist() == list(range(0, eighths * 12, eighths))
    assert found.at.tolist() == [n for n in range(eighths * 12) if n % eighths % 2 == 0]


def test_one_odd_bar_among_even_ones_is_found() -> None:
    parts = [observations(8, 6), observations(7, 1), observations(8, 6)]
    beat, downbeat = (np.concatenate([p[i] for p in parts]) for i in (0, 1))
    found = counted(beat, downbeat)
    lengths = np.diff(found.at[found.lines])
    assert lengths.tolist() == [8] * 6 + [7] + [8] * 5


def test_one_length_throughout_takes_the_best_phase() -> None:
    beat, downbeat = observations(7, 10)
    found = counted(beat[3:], downbeat[3:], BarOptions.only(7))
    assert found.at[found.lines].tolist() == list(range(4, 67, 7))


def test_two_bars_of_five_eighths_are_not_one_of_five_quarters() -> None:
    beat, downbeat = observations(5, 20)
    found = counted(beat, downbeat)
    assert set(np.diff(found.at[found.lines])) == {5}


def test_bars_of_eight_and_seven_eighths_may_take_turns() -> None:
    pair = [observations(8, 1), observations(7, 1)]
    beat, downbeat = (np.concatenate([p[i] for p in pair * 8]) for i in (0, 1))
    downbeat[8::30] = 0.0  # every other of the inner bar lines is not heard
    found = counted(beat, downbeat)
    assert np.diff(found.at[found.lines]).tolist() == [8, 7] * 7 + [8]
    assert found.at.tolist() == [n for n in range(120) if (n % 15 - (n % 15 > 7) * 8) % 2 == 0]
