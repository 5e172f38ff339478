"""Precision, recall, F and their intervals, by hand."""

import numpy as np
import pytest

from chart_hero_core.evaluation.scores import (
    Bootstrap,
    class_scores,
    macro,
    macro_f,
    micro,
    micro_f,
    per_song,
    prf,
    score,
    with_interval,
)

# Two songs, two classes: (pairs, references, estimates).
COUNTS = np.array([[[8, 10, 8], [1, 2, 4]], [[2, 10, 4], [0, 0, 3]]])


def test_precision_recall_and_f() -> None:
    precision, recall, f = prf(np.array([[3, 4, 6], [0, 0, 5], [0, 5, 0], [0, 0, 0]]))
    assert precision.tolist() == [0.5, 0.0, 0.0, 0.0]
    assert recall.tolist() == [0.75, 0.0, 0.0, 0.0]
    assert f.tolist() == [pytest.approx(0.6), 0.0, 0.0, 0.0]


def test_micro_pools_all_strokes() -> None:
    score = micro(COUNTS, Bootstrap(2))
    assert (score.tp, score.ref, score.est) == (11, 22, 19)
    assert score.precision.value == pytest.approx(11 / 19)
    assert score.recall.value == pytest.approx(0.5)
    assert score.f.value == pytest.approx(22 / 41)


def test_macro_leaves_out_classes_without_references() -> None:
    # Class 0: 10 of 20, 12 estimated: F 20/32. Class 1: 1 of 2, 7 estimated: F 2/9.
    assert macro(COUNTS, Bootstrap(2)).value == pytest.approx((20 / 32 + 2 / 9) / 2)
    assert macro_f(np.array([[5, 5, 5], [0, 0, 9]])) == 1.0
    assert macro_f(np.zeros((2, 3))) == 0.0


def test_per_song_is_the_mean_over_songs_with_references() -> None:
    silent = np.array([[[0, 0, 3], [0, 0, 0]]])
    expected = (micro_f(COUNTS[0]) + micro_f(COUNTS[1])) / 2
    assert per_song(COUNTS, Bootstrap(2)).value == pytest.approx(float(expected))
    together = np.concatenate([COUNTS, silent])
    assert per_song(together, Bootstrap(3)).value == pytest.approx(float(expected))


def test_class_scores_pool_the_songs() -> None:
    first, second = class_scores(COUNTS, Bootstrap(2))
    assert (first.tp, first.ref, first.est) == (10, 20, 12)
    assert (second.tp, second.ref, second.est) == (1, 2, 7)


def test_one_song_has_no_interval() -> None:
    assert Bootstrap(1).pooled(COUNTS[:1]) is None
    assert micro(COUNTS[:1], Bootstrap(1)).f.low is None


def test_the_interval_is_that_of_an_explicit_bootstrap() -> None:
    rng = np.random.default_rng(1)
    tp = rng.integers(0, 50, (12, 3))
    counts = np.stack([tp, tp + rng.integers(0, 20, (12, 3)), tp + rng.integers(0, 9, (12, 3))], -1)
    score = micro(counts, Bootstrap(12, samples=500, seed=7))
    draws = np.random.default_rng(7).multinomial(12, np.full(12, 1 / 12), 500)
    values = []
    for draw in draws:
        songs = np.repeat(np.arange(12), draw)
        pairs, ref, est = counts[songs].sum(axis=(0, 1))
        values.append(2 * pairs / (ref + est))
    low, high = np.percentile(values, (2.5, 97.5))
    assert score.f.low == pytest.approx(low)
    assert score.f.high == pytest.approx(high)
    assert low < score.f.value < high


def test_songs_that_are_all_alike_leave_no_doubt() -> None:
    counts = np.tile([[[3, 4, 6]]], (5, 1, 1))
    score = micro(counts, Bootstrap(5))
    assert score.f.low == pytest.approx(score.f.value)
    assert score.f.high == pytest.approx(score.f.value)


def test_an_unknown_mean_is_not_a_number() -> None:
    figure = Bootstrap(3).mean(np.full(3, np.nan))
    assert np.isnan(figure.value)
    assert figure.low is None
    assert with_interval(1.0, np.array([np.nan, np.nan])).low is None


def test_resamples_without_a_class_say_nothing_of_it() -> None:
    # The class is played, and found, in one song of three only: nothing speaks against it.
    counts = np.array([[4, 4, 4], [0, 0, 0], [0, 0, 0]])
    found = score(counts, Bootstrap(3))
    for figure in (found.precision, found.recall, found.f):
        assert (figure.value, figure.low, figure.high) == (1.0, 1.0, 1.0)


def test_resamples_that_hold_false_strokes_only_count_against_a_class() -> None:
    found = score(np.array([[4, 4, 4], [0, 0, 5]]), Bootstrap(2))
    assert (found.precision.low, found.f.low) == (0.0, 0.0)
