"""The search for beats and bars on observations made by hand."""

import numpy as np
import pytest

from chart_hero_core.timing.beat_path import (
    HOP_S,
    LengthChanges,
    PathOptions,
    TempoObservations,
    find_bars,
    find_beats,
)
from chart_hero_core.timing.hit_tempo import TEMPO_CLASSES, tempo_classes

OPTIONS = PathOptions()


def observations(
    beats_s: np.ndarray, end_s: float, low: float = -3.0, high: float = 3.0
) -> np.ndarray:
    found = np.full(int(end_s / HOP_S) + 1, low)
    found[np.rint(beats_s / HOP_S).astype(int)] = high
    return found


def test_regular_evidence_gives_its_beats() -> None:
    beats = np.arange(0.5, 30, 0.47)
    log_odds = observations(beats, 31)
    row = find_beats(log_odds, np.zeros_like(log_odds), 50, round(beats[-1] / HOP_S), OPTIONS)
    assert np.abs(row.times_s - beats).max() < 0.006
    assert not row.half.any()
    assert row.score > 0


def test_missing_evidence_is_bridged() -> None:
    beats = np.arange(0.5, 30, 0.5)
    heard = np.delete(beats, [10, 11, 30])
    log_odds = observations(heard, 31, low=-1.0)
    row = find_beats(log_odds, np.zeros_like(log_odds), 50, 2950, OPTIONS)
    assert row.times_s == pytest.approx(beats, abs=0.011)


def test_bars_of_seven_eighths_end_with_half_a_beat() -> None:
    beat = 0.4
    starts = np.arange(16) * 3.5 * beat
    beats = np.sort(np.concatenate([starts + k * beat for k in range(4)]))
    log_odds = observations(beats, starts[-1] + 2)
    downbeat = observations(starts, starts[-1] + 2)
    row = find_beats(log_odds, downbeat, 0, int(beats[-1] / HOP_S), OPTIONS)
    assert row.times_s == pytest.approx(beats, abs=0.011)
    assert list(np.flatnonzero(row.half)) == list(range(3, 63, 4))
    lines = find_bars(np.where(np.arange(64) % 4 == 0, 2.0, -2.0), row.half, OPTIONS)
    assert list(np.flatnonzero(lines)) == list(range(0, 64, 4))


def test_tempos_stay_in_their_range() -> None:
    rng = np.random.default_rng(2)
    log_odds = rng.normal(-1, 2, 4000)
    options = PathOptions(slowest_bpm=90, fastest_bpm=130)
    row = find_beats(log_odds, log_odds, 0, 3999, options)
    whole = np.diff(row.times_s)[~row.half[:-1]]
    assert 60 / whole.max() > 88
    assert 60 / whole.min() < 132


@pytest.mark.parametrize("bpm", [80, 160])
def test_what_is_known_of_the_tempo_chooses_the_octave(bpm: float) -> None:
    log_odds = observations(np.arange(0.5, 40, 0.375), 41, low=-1.0, high=1.0)
    log_ratio = np.full((520, TEMPO_CLASSES), -4.0)
    log_ratio[:, round(float(tempo_classes(np.array([60 / bpm]))[0]))] = 0.0
    tempo = TempoObservations(log_ratio, 8)
    row = find_beats(log_odds, np.zeros_like(log_odds), 50, 3990, OPTIONS, tempo)
    assert 60 / np.median(np.diff(row.times_s)) == pytest.approx(bpm, rel=0.02)
    at = tempo.at(np.array([1.0, 1e6]), np.array([60 / bpm, 60 / bpm * 1.4]))
    assert at.tolist() == [0.0, -4.0]


@pytest.mark.parametrize("length", [3, 4, 5, 6, 7])
def test_bars_are_found_in_doubtful_evidence(length: int) -> None:
    rng = np.random.default_rng(length)
    place = np.arange(length * 24)
    downbeat = np.where(place % length == 1, 1.5, -1.5) + rng.normal(0, 0.7, len(place))
    lines = find_bars(downbeat, np.zeros(len(place), dtype=np.bool_), OPTIONS)
    assert list(np.flatnonzero(lines[1:]) + 1) == list(range(1, len(place), length))


def test_nothing_but_silence_gives_a_row_all_the_same() -> None:
    log_odds = np.full(500, -5.0)
    row = find_beats(log_odds, log_odds, 0, 499, OPTIONS)
    assert len(row.times_s) >= 1
    assert (np.diff(row.times_s) > 0).all()


@pytest.mark.parametrize("farthest", [0.0, 0.3, 15.0, 1e9])
def test_the_best_way_to_go_on_is_the_best_of_all_lengths(farthest: float) -> None:
    lengths, block = np.arange(20, 40), 7
    price = np.minimum(3.0 * np.abs(lengths[:, None] - lengths), farthest)
    changes = LengthChanges.of(-price, block)
    rng = np.random.default_rng(1)
    for _ in range(3):
        arrive = rng.normal(0, 20, (len(lengths), block)).astype(np.float32)
        all_ways = arrive[:, None] - price.astype(np.float32)[:, :, None]
        assert np.array_equal(changes.best_after(arrive), all_ways.max(axis=0))
