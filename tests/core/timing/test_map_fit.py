"""Fitting: few knots, at their places, not led astray by outliers."""

import numpy as np
import pytest

from chart_hero_core.timing.map_fit import FitOptions, TempoLine, fit_line


def strokes_on(times_of_beats: np.ndarray, jitter_s: float, seed: int = 0) -> np.ndarray:
    """Strokes on every half beat."""
    count = len(times_of_beats)
    places = np.arange(0, count - 1, 0.5)
    rng = np.random.default_rng(seed)
    exact_s = np.interp(places, np.arange(count), times_of_beats)
    return np.asarray(exact_s + rng.normal(0, jitter_s, len(places)))


def fit(times: np.ndarray, strokes: np.ndarray, options: FitOptions | None = None) -> TempoLine:
    beats = np.arange(len(times), dtype=np.float64)
    rough = np.rint(times / 0.01) * 0.01  # as the search gives them
    return fit_line(rough, beats, beats % 4 == 0, np.sort(strokes), np.ones(len(strokes)), options)


def test_a_steady_tempo_is_one_line_at_a_whole_number_of_bpm() -> None:
    times = 0.3 + np.arange(400) * 60 / 133
    line = fit(times, strokes_on(times, 0.006))
    assert len(line.beats) == 2
    assert 60 / np.diff(line.times_at(np.array([100.0, 101.0])))[0] == pytest.approx(133, abs=1e-6)
    assert np.abs(line.times_at(np.arange(400.0)) - times).max() < 0.001


def test_an_uneven_tempo_is_left_uneven() -> None:
    times = np.arange(400) * 60 / 133.37
    line = fit(times, strokes_on(times, 0.004))
    period = float(np.diff(line.times_at(np.array([0.0, 1.0])))[0])
    assert 60 / period == pytest.approx(133.37, abs=0.011)


def test_knots_stand_where_the_tempo_changes() -> None:
    periods = np.concatenate([np.full(64, 0.5), np.full(100, 0.46), np.full(80, 0.53)])
    times = np.concatenate([[0.0], np.cumsum(periods)])
    line = fit(times, strokes_on(times, 0.005))
    assert list(line.beats) == [0, 64, 164, 244]
    assert np.abs(line.times_at(np.arange(245.0)) - times).max() < 0.003


def test_a_drift_takes_few_knots_and_stays_close() -> None:
    periods = 0.5 * (1 + 0.02 * np.sin(np.arange(600) / 50))
    times = np.concatenate([[0.0], np.cumsum(periods)])
    line = fit(times, strokes_on(times, 0.005))
    assert 6 <= len(line.beats) <= 60
    assert np.abs(line.times_at(np.arange(601.0)) - times).max() < 0.010


def test_a_dearer_knot_means_fewer() -> None:
    periods = 0.5 * (1 + 0.02 * np.sin(np.arange(300) / 20))
    times = np.concatenate([[0.0], np.cumsum(periods)])
    strokes = strokes_on(times, 0.004)
    counts = [len(fit(times, strokes, FitOptions(knot_price=p)).beats) for p in (3, 10, 40, 1e6)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 2


def test_outliers_do_not_bend_the_line() -> None:
    times = np.arange(200) * 0.5
    rng = np.random.default_rng(1)
    strokes = np.concatenate([strokes_on(times, 0.004), rng.uniform(0, 99, 80)])
    line = fit(times, strokes)
    assert np.abs(line.times_at(np.arange(200.0)) - times).max() < 0.003


def test_half_beats_are_counted_as_such() -> None:
    beats = np.array([0, 1, 2, 3, 3.5, 4.5, 5.5, 6.5, 7, 8, 9, 10, 10.5, 11.5])
    times = beats * 0.6
    strokes = np.arange(0, 11.5, 0.5) * 0.6
    line = fit_line(times, beats, beats % 3.5 == 0, strokes, np.ones(len(strokes)))
    assert line.times_at(beats) == pytest.approx(times, abs=1e-3)


def test_no_strokes_leave_the_beats() -> None:
    beats = np.arange(20.0)
    line = fit_line(beats * 0.5, beats, beats % 4 == 0, np.zeros(0), np.zeros(0))
    assert line.times_at(beats) == pytest.approx(beats * 0.5, abs=1e-6)
