"""Maps that both file formats can hold, with the music's bar lines where they belong."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.timing.map_build import Grid, build_map
from chart_hero_core.timing.map_fit import TempoLine
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature


def grid_of(
    times_s: list[float], knots: list[float], count: int, bar: int = 4, first_bar: int = 0
) -> Grid:
    beats = np.arange(count, dtype=np.float64)
    line = TempoLine(np.array(knots, dtype=np.float64), np.array(times_s), 0.005)
    return Grid(line, beats, (beats - first_bar) % bar == 0)


def as_chart(tempo_map: TempoMap) -> TempoMap:
    """The map as a .chart stores it: thousandths of a BPM."""
    tempos = tuple(
        TempoChange(t.tick, 6e10 / round(6e10 / t.us_per_quarter)) for t in tempo_map.tempos
    )
    return TempoMap(tempo_map.resolution, tempos, tempo_map.signatures)


def test_a_song_that_starts_with_a_beat_needs_no_lead_in() -> None:
    tempo_map = build_map(grid_of([0.0, 50.0], [0, 100], 101))
    assert tempo_map.tempos == (TempoChange(0, 500_000.0),)
    assert tempo_map.signatures == (TimeSignature(0),)
    nearly = build_map(grid_of([0.0015, 50.0015], [0, 100], 101))
    assert nearly.tempos == tempo_map.tempos


def test_a_first_beat_close_to_the_start_is_taken_up_by_the_first_bar() -> None:
    for offset_s in (0.008, -0.008):
        tempo_map = build_map(grid_of([offset_s, 50 + offset_s], [0, 100], 101))
        assert [t.tick for t in tempo_map.tempos] == [0, 1920]
        assert tempo_map.seconds(1920) == pytest.approx(2 + offset_s, abs=1e-3)
        assert tempo_map.tempos[1].us_per_quarter == pytest.approx(500_000, abs=2)


def test_silence_before_the_music_is_filled_with_whole_bars_at_nearly_its_tempo() -> None:
    # 3.7 beats of silence: four beats, a bar, a little faster.
    tempo_map = build_map(grid_of([1.85, 51.85], [0, 100], 101), 1.85)
    assert [t.tick for t in tempo_map.tempos] == [0, 1920]
    assert tempo_map.tempos[0].bpm == pytest.approx(120 * 4 / 3.7, rel=0.01)
    assert tempo_map.signatures == (TimeSignature(0),)


def test_a_lead_in_that_is_nearly_whole_bars_needs_no_tempo_of_its_own() -> None:
    tempo_map = build_map(grid_of([2.0004, 52.0004], [0, 100], 101), 2.0)
    assert tempo_map.tempos == (TempoChange(0, 500_000.0),)
    further = build_map(grid_of([2.002, 52.002], [0, 100], 101), 2.0)
    assert [t.tick for t in further.tempos] == [0, 1920]


@pytest.mark.parametrize("start_s", [-0.0001, 0.0004, 2.0004])
def test_the_opening_needs_no_marker_of_its_own_in_a_song_that_changes_its_tempo(
    start_s: float,
) -> None:
    line = [start_s, 50 + start_s, 90 + start_s]
    tempo_map = build_map(grid_of(line, [0, 100, 200], 201), max(start_s, 0.0))
    assert [round(t.bpm, 3) for t in tempo_map.tempos] == [120, 150]
    change_s = tempo_map.seconds(tempo_map.tempos[1].tick)
    assert change_s == pytest.approx(50 + start_s, abs=1e-3)


def test_an_opening_bar_is_cut_short_where_whole_bars_do_not_fit() -> None:
    # 2.1 beats of silence cannot be a bar of four.
    tempo_map = build_map(grid_of([1.05, 51.05], [0, 100], 101), 1.05)
    assert tempo_map.signatures == (TimeSignature(0, 2), TimeSignature(960))
    assert tempo_map.seconds(960) == pytest.approx(1.05, abs=1e-3)
    # A pickup of one beat before the first bar line joins in.
    pickup = build_map(grid_of([1.05, 51.05], [0, 100], 101, first_bar=1), 1.05)
    assert pickup.signatures == (TimeSignature(0, 3), TimeSignature(1440))


def test_less_than_half_a_beat_before_the_music_is_a_part_of_one_at_nearly_its_tempo() -> None:
    # A tenth of a beat: a 32nd is nearest, an eighth of a beat.
    short = build_map(grid_of([0.05, 50.05], [0, 100], 101), 0.05)
    assert short.signatures == (TimeSignature(0, 1, 32), TimeSignature(60))
    assert short.tempos[0].bpm == pytest.approx(150, rel=0.01)
    assert short.seconds(60) == pytest.approx(0.05, abs=1e-3)
    # A pickup of one beat is a bar of its own: editors snap from its time signature.
    pickup = build_map(grid_of([0.05, 50.05], [0, 100], 101, first_bar=1), 0.05)
    assert pickup.signatures == (TimeSignature(0, 1, 32), TimeSignature(60, 1), TimeSignature(540))


@given(st.floats(0.013, 1.0), st.floats(60, 200), st.integers(0, 3))
def test_no_opening_races(start_s: float, bpm: float, first_bar: int) -> None:
    period_s = 60 / bpm
    grid = grid_of([start_s, start_s + 100 * period_s], [0, 100], 101, first_bar=first_bar)
    assert build_map(grid, start_s).tempos[0].bpm < 401


def test_strokes_in_the_lead_in_keep_the_tempo() -> None:
    # 0.7 beats: three sixteenths are nearest.
    tempo_map = build_map(grid_of([0.35, 50.35], [0, 100], 101), first_stroke_s=0.1)
    assert tempo_map.signatures == (TimeSignature(0, 3, 16), TimeSignature(360))
    assert tempo_map.tempos[0].bpm == pytest.approx(120 * 0.75 / 0.7, rel=0.01)


def test_bars_of_sevens_eighths_and_changes_get_their_signatures() -> None:
    # 4/4, 4/4, 7/8 (three and a half beats), 3/4, then on.
    beats = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11.5, 12.5, 13.5, 14.5, 15.5])
    lines = np.isin(beats, [0, 4, 8, 11.5, 14.5])
    grid = Grid(TempoLine(np.array([0, 15.5]), np.array([0, 7.75]), 0.005), beats, lines)
    assert build_map(grid).signatures == (
        TimeSignature(0, 4, 4),
        TimeSignature(3840, 7, 8),
        TimeSignature(5520, 3, 4),
        TimeSignature(6960, 4, 4),
    )


def test_dotted_beats_are_sixes_of_eighths() -> None:
    grid = grid_of([0.0, 60.0], [0, 120], 121, bar=2)
    compound = Grid(grid.line, grid.beats, grid.bar_lines, quarters_per_beat=1.5)
    tempo_map = build_map(compound)
    assert tempo_map.signatures == (TimeSignature(0, 6, 8),)
    assert tempo_map.tempos[0].bpm == pytest.approx(180, rel=1e-5)


@given(
    st.floats(0.02, 6),
    st.lists(st.tuples(st.integers(1, 60), st.floats(0.22, 1.0)), min_size=1, max_size=40),
    st.integers(2, 7),
    st.integers(0, 3),
)
def test_every_beat_stands_within_a_millisecond_in_both_formats(
    start_s: float, segments: list[tuple[int, float]], bar: int, first_bar: int
) -> None:
    knots, times = [0.0], [start_s]
    for length, period_s in segments:
        knots.append(knots[-1] + length)
        times.append(times[-1] + length * period_s)
    count = int(knots[-1]) + 1
    grid = grid_of(times, knots, count, bar, first_bar)
    tempo_map = build_map(grid, start_s)
    lead = round(tempo_map.tick_at(start_s) / 30) * 30
    ticks = lead + np.arange(count) * 480
    for stored in (tempo_map, as_chart(tempo_map)):
        assert np.abs(stored.seconds_array(ticks) - grid.line.times_at(grid.beats)).max() < 1e-3
    assert all(t.us_per_quarter == round(t.us_per_quarter) for t in tempo_map.tempos)
    # The first bar line of the music is one of the map.
    if first_bar < count:
        assert tempo_map.bar_beat(lead + first_bar * 480)[1:] == (0, 0.0)


@given(st.floats(58, 273), st.integers(50, 1500))
def test_one_tempo_stays_one_marker_unless_rounding_would_drift(bpm: float, count: int) -> None:
    tempo_map = build_map(grid_of([0.0, count * 60 / bpm], [0, count], count + 1))
    # Whole microseconds in the .mid, then thousandths of a BPM of those in the .chart.
    drift_s = count * (0.5e-6 + 60 / bpm * 0.0005 / bpm)
    if drift_s < 0.8e-3:
        assert len(tempo_map.tempos) == 1
    assert len(tempo_map.tempos) <= 1 + 2 * drift_s / 0.9e-3 + 2


def test_strokes_in_the_lead_in_keep_the_tempo_where_the_first_beat_is_half_a_one() -> None:
    beats = np.array([0, 0.5, 1.5, 2.5, 3, 4, 5, 5.5])
    lines = np.isin(beats, [0.5, 3, 5.5])
    grid = Grid(TempoLine(np.array([0, 5.5]), np.array([0.5, 3.25]), 0.005), beats, lines)
    tempo_map = build_map(grid, first_stroke_s=0.0)
    assert {round(tempo.bpm, 2) for tempo in tempo_map.tempos} == {120.0}
    assert tempo_map.tick_at(0.5) == pytest.approx(480, abs=0.5)


def test_hundreds_of_tempo_changes_let_no_error_build_up() -> None:
    rng = np.random.default_rng(3)
    periods_s = rng.uniform(0.24, 0.9, 800)
    times = np.concatenate([[1.3], 1.3 + np.cumsum(4 * periods_s)])
    knots = np.arange(len(times)) * 4.0
    grid = grid_of(times.tolist(), knots.tolist(), int(knots[-1]) + 1)
    tempo_map = build_map(grid, 1.3)
    ticks = round(tempo_map.tick_at(1.3) / 30) * 30 + knots * 480
    for stored in (tempo_map, as_chart(tempo_map)):
        assert np.abs(stored.seconds_array(ticks) - times).max() < 1e-3
