"""Rival tempo_hypotheses of one row of beats, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from chart_hero_core.base.drums import DrumClass, Hit
from chart_hero_core.timing.beat_path import HOP_S, BeatRow, PathOptions
from chart_hero_core.timing.hypotheses import TempoHypothesis, tempo_hypotheses
from chart_hero_core.timing.map_build import build_map
from chart_hero_core.timing.observations import BeatObservations

BEAT_S = 0.3


def heard(eighths: int, bars: int) -> tuple[BeatRow, BeatObservations]:
    """Bars of so many eighths (0.15 s each), and a row of plain quarters over them."""
    count = eighths * bars
    frames = int(count * BEAT_S / 2 / HOP_S) + 100
    beat, downbeat = np.full(frames, -2.0), np.full(frames, -3.0)
    for pulse in range(count):
        frame = round(pulse * BEAT_S / 2 / HOP_S)
        if pulse % eighths % 2 == 0:
            beat[frame] = 1.0
        if pulse % eighths == 0:
            downbeat[frame] = 1.0
    times = np.asarray(np.arange(count // 2) * BEAT_S, np.float64)
    row = BeatRow(times, np.zeros(len(times), np.bool_), 0.0)
    return row, BeatObservations(beat, downbeat, 0, frames - 100)


def named(found: list[TempoHypothesis], label: str) -> TempoHypothesis:
    return next(hypothesis for hypothesis in found if hypothesis.label == label)


def test_nine_eighths_are_found_in_straight_quarters_and_not_offered_twice() -> None:
    found = tempo_hypotheses(*heard(9, 20), [], PathOptions())
    hypothesis = found[0]
    assert "9/8 throughout" not in [other.label for other in found]
    lines = hypothesis.grid.beats[hypothesis.grid.bar_lines]
    assert np.unique(np.diff(lines)).tolist() == [4.5]
    signatures = build_map(hypothesis.grid).signatures
    assert (signatures[-1].numerator, signatures[-1].denominator) == (9, 8)


def test_the_softest_strokes_say_the_least_of_the_grid() -> None:
    row, observations = heard(8, 20)

    def line(softness: float) -> list[float]:
        loud = [Hit(float(time_s), DrumClass.SNARE, 1.0, 1.0) for time_s in row.times_s]
        soft = [Hit(hit.time_s + 0.012, DrumClass.HIHAT, 1.0, softness) for hit in loud]
        hits = sorted([*loud, *soft], key=lambda hit: hit.time_s)
        return list(tempo_hypotheses(row, observations, hits, PathOptions())[0].grid.line.times_s)

    assert line(0.0) == pytest.approx(line(1e-6), abs=1e-5)


def test_odd_eighths_are_not_offered_where_nothing_speaks_for_them() -> None:
    found = tempo_hypotheses(*heard(8, 20), [], PathOptions())
    assert not any("/8" in hypothesis.label for hypothesis in found)
    assert found[0].grid.bar_lines[::4].all()


def test_half_the_tempo_of_seven_quarters_is_seven_eighths() -> None:
    row, _ = heard(14, 12)
    frames = 12 * 7 * 30 + 100
    beat, downbeat = np.full(frames, -2.0), np.full(frames, -3.0)
    beat[: 12 * 7 * 30 : 30] = 1.0
    downbeat[: 12 * 7 * 30 : 210] = 1.0
    found = tempo_hypotheses(
        row, BeatObservations(beat, downbeat, 0, frames - 100), [], PathOptions()
    )
    halves = [hypothesis for hypothesis in found if hypothesis.label == "half time"]
    assert any((np.diff(r.grid.beats[r.grid.bar_lines]) == 3.5).all() for r in halves)


def test_beats_may_lie_half_a_beat_later() -> None:
    found = tempo_hypotheses(*heard(8, 20), [], PathOptions())
    moved = named(found, "beats shifted by half a beat").grid
    assert np.allclose(moved.line.times_at(moved.beats), found[0].grid.line.times_at(moved.beats))
    assert np.allclose(moved.beats, found[0].grid.beats + 0.5)


@pytest.mark.parametrize("pulses", [8, 9, 6, 14])
def test_no_two_readings_are_called_the_same(pulses: int) -> None:
    found = tempo_hypotheses(*heard(pulses, 20), [], PathOptions())
    names = [(hypothesis.label, hypothesis.detail) for hypothesis in found]
    assert sum(label == "half time" for label, _ in names) >= 2
    assert len(set(names)) == len(names)


def test_half_time_names_the_beats_it_keeps() -> None:
    row, observations = heard(8, 20)
    late = replace(observations, downbeat=np.roll(observations.downbeat, round(BEAT_S / HOP_S)))
    for said in (observations, late):
        best, *others = tempo_hypotheses(row, said, [], PathOptions())
        lines_s = best.grid.line.times_at(best.grid.beats[best.grid.bar_lines])
        plain, between = (
            next(r.grid for r in others if (r.label, r.detail) == ("half time", detail))
            for detail in ("", "on the beats between")
        )
        assert np.isclose(plain.line.times_at(plain.beats)[:, None], lines_s).any(axis=0).all()
        assert not np.isclose(between.line.times_at(between.beats)[:, None], lines_s).any()


@pytest.mark.parametrize("place", [0, 2])
def test_harmony_says_which_beat_starts_a_bar_where_drums_leave_it_open(place: int) -> None:
    row, observations = heard(4, 40)  # every other beat might start a bar
    changes = np.zeros(len(observations.beat))
    bars = np.round(np.arange(place, 80, 4) * BEAT_S / HOP_S).astype(int)
    for around in range(-5, 6):
        changes[bars + around + 5] = 2.0
    found = tempo_hypotheses(row, replace(observations, harmony=changes), [], PathOptions())
    lines = np.flatnonzero(found[0].grid.bar_lines)
    assert set(lines[1:] % 4) == {place}
    assert (np.diff(lines[1:]) == 4).all()


def test_harmony_that_never_changes_says_nothing() -> None:
    row, observations = heard(8, 20)
    still = replace(observations, harmony=np.full(len(observations.beat), 3.0))
    plain, found = (
        tempo_hypotheses(row, heard, [], PathOptions())[0] for heard in (observations, still)
    )
    assert found.score == plain.score
    np.testing.assert_array_equal(found.grid.bar_lines, plain.grid.bar_lines)
