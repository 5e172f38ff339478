"""Tempo maps against each other, by hand and against mir_eval; annotated beats."""

from pathlib import Path

import mir_eval
import numpy as np
import pytest

from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.evaluation.beat_files import read_beats
from chart_hero_core.evaluation.tempo_maps import (
    TempoMapScore,
    beat_times,
    octave_error,
    score_tempo_map,
    share_on_grid,
)
from chart_hero_core.timing.tempo_map import TempoChange, TempoMap, TimeSignature

TRUE = TempoMap.constant(120)
NO_STROKES = np.empty(0)


def delayed(bpm: float, first_s: float) -> TempoMap:
    """A map whose second beat is at ``first_s``, with beats of ``bpm`` from there on."""
    return TempoMap(480, (TempoChange(0, first_s * 1e6), TempoChange(480, 60e6 / bpm)))


def score(estimate: TempoMap, strokes: np.ndarray = NO_STROKES) -> TempoMapScore:
    return score_tempo_map(TRUE, estimate, strokes, 20.0)


def test_the_true_map_is_perfect() -> None:
    s = score(TRUE, np.array([0.5, 0.625, 0.7]))
    assert (s.beat_f, s.downbeat_f, s.mean_tempo_error_percent) == (1.0, 1.0, 0.0)
    assert (s.octave, s.phase) == ("", "")
    assert (s.markers_estimate, s.markers_reference) == (1, 1)
    assert s.on_grid_estimate == s.on_grid_reference == pytest.approx(2 / 3)


def test_beats_and_downbeats_by_hand() -> None:
    beats, downs = beat_times(TempoMap(480, signatures=(TimeSignature(0, 3, 4),)), 3.0)
    np.testing.assert_allclose(beats, [0, 0.5, 1, 1.5, 2, 2.5])
    np.testing.assert_allclose(downs, [0, 1.5])


@pytest.mark.parametrize("bpm", [118.0, 121.5, 240.0, 60.0, 97.0])
def test_beat_f_is_that_of_mir_eval(bpm: float) -> None:
    estimate = TempoMap.constant(bpm)
    expected = mir_eval.beat.f_measure(beat_times(TRUE, 20.0)[0], beat_times(estimate, 20.0)[0])
    assert score(estimate).beat_f == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("bpm", "name"),
    [
        (240.0, "double tempo"),
        (60.0, "half tempo"),
        (360.0, "triple tempo"),
        (40.0, "a third of the tempo"),
        (180.0, "three beats for two"),
        (80.0, "two beats for three"),
        (160.0, "four beats for three"),
        (90.0, "three beats for four"),
        (244.0, "double tempo"),
        (121.0, ""),
        (140.0, ""),
    ],
)
def test_octave_errors_have_names(bpm: float, name: str) -> None:
    assert octave_error(TRUE, TempoMap.constant(bpm), 20.0) == name


def test_half_a_beat_beside_is_named() -> None:
    assert score(delayed(120, 0.25)).phase == "off by half a beat"


@pytest.mark.parametrize(
    ("late", "name"), [(1, "bars start 1 beat late"), (3, "bars start 3 beats late")]
)
def test_bars_that_start_late_are_named(late: int, name: str) -> None:
    # A short first bar of ``late`` beats: the beats are right, the downbeats are not.
    shifted = TempoMap(480, signatures=(TimeSignature(0, late, 4), TimeSignature(late * 480, 4, 4)))
    s = score(shifted)
    assert s.beat_f == 1.0
    assert s.downbeat_f < 0.3
    assert s.phase == name
    assert s.octave == ""


def test_tempo_error_is_a_mean_over_time() -> None:
    # 10 s at 120 (20 quarters), then 132: 10 % off for half of the time.
    estimate = TempoMap(480, (TempoChange(0, 500_000), TempoChange(20 * 480, 60e6 / 132)))
    s = score(estimate)
    assert s.mean_tempo_error_percent == pytest.approx(5.0)
    assert s.markers_estimate == 2


def test_the_grid_has_sixteenths_and_triplets_and_fifteen_milliseconds() -> None:
    # Lines at 120 BPM: every 125 ms, and every 166.67 ms.
    on = np.array([0.125, 0.1667, 0.140, 0.375 - 0.015])
    off = np.array([0.142, 0.0625])
    assert share_on_grid(TRUE, on) == 1.0
    assert share_on_grid(TRUE, off) == 0.0
    assert share_on_grid(TRUE, NO_STROKES) is None


def test_beats_before_the_annotations_are_left_out() -> None:
    late = score_tempo_map(delayed(120, 5.0), TRUE, NO_STROKES, 20.0, beats_from_s=5.0)
    assert late.beat_f == 1.0
    assert score_tempo_map(delayed(120, 5.0), TRUE, NO_STROKES, 20.0).beat_f < 1.0


@pytest.mark.parametrize("duration_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_duration_is_needed(duration_s: float) -> None:
    with pytest.raises(EvaluationError, match="positive duration"):
        score_tempo_map(TRUE, TRUE, NO_STROKES, duration_s)


def test_absurd_maps_are_refused() -> None:
    with pytest.raises(EvaluationError, match="beats"):
        beat_times(TempoMap(480, (TempoChange(0, 1.0),)), 600.0)


def write(folder: Path, text: str) -> Path:
    path = folder / "song.beats"
    path.write_text(text)
    return path


def test_annotated_beats_become_a_tempo_map(tmp_path: Path) -> None:
    rows = "# note\n0.5\t3\n1.0\t4\n\n1.5\t1\n2.1\t2\n2.6\t3\n3.1\t1\n3.6\t2\n"
    tempo_map, first_s = read_beats(write(tmp_path, rows))
    assert first_s == 0.5
    beats, downs = beat_times(tempo_map, 3.7)
    np.testing.assert_allclose(beats, [0.0, 0.5, 1.0, 1.5, 2.1, 2.6, 3.1, 3.6], atol=1e-9)
    np.testing.assert_allclose(downs[downs >= first_s], [1.5, 3.1], atol=1e-9)


def test_beats_without_a_second_column_count_in_fours(tmp_path: Path) -> None:
    tempo_map, first_s = read_beats(write(tmp_path, "".join(f"{i * 0.5}\n" for i in range(9))))
    assert first_s == 0.0
    beats, downs = beat_times(tempo_map, 4.4)
    np.testing.assert_allclose(beats, np.arange(9) * 0.5, atol=1e-9)
    np.testing.assert_allclose(downs, [0.0, 2.0, 4.0], atol=1e-9)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("0.5\t1\nx\t2\n", ":2: needs seconds"),
        ("0.5\t1\n0.5\t2\n", ":2: beats must be in time order"),
        ("0.5\t1\n-1\t2\n", ":2: .* no time and beat"),
        ("0.5\t1\nnan\t2\n", ":2: .* no time and beat"),
        ("0.5\t1\n1.0\t0\n", ":2: .* no time and beat"),
        ("0.5\t1\n", "at least two beats"),
    ],
)
def test_bad_beats_are_named_by_file_and_line(tmp_path: Path, rows: str, reason: str) -> None:
    path = write(tmp_path, rows)
    with pytest.raises(EvaluationError, match=reason) as caught:
        read_beats(path)
    assert str(path) in str(caught.value)
