"""Views and matching: hand-computed cases, and agreement with mir_eval."""

from dataclasses import replace

import mir_eval
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.evaluation.matching import match_song, match_times
from chart_hero_core.evaluation.strokes import EMPTY, LABELS, Strokes
from chart_hero_core.evaluation.views import (
    EIGHT,
    FIVE,
    ONSET,
    THREE,
    drums_of,
    split,
)


def strokes(*rows: tuple[float, str]) -> Strokes:
    return Strokes.of([time for time, _ in rows], [LABELS.index(label) for _, label in rows])


def pairs(ref: list[float], est: list[float], tolerance_s: float) -> list[tuple[int, int]]:
    found = match_times(np.array(ref), np.array(est), tolerance_s)
    return list(zip(*(indices.tolist() for indices in found), strict=True))


def test_strokes_within_the_tolerance_pair_up() -> None:
    assert pairs([1.0, 2.0, 3.0], [1.02, 2.1, 2.98], 0.05) == [(0, 0), (2, 2)]


def test_the_edge_of_the_tolerance_is_inside() -> None:
    assert pairs([1.0], [1.25], 0.25) == [(0, 0)]
    assert pairs([1.0], [0.75], 0.25) == [(0, 0)]
    assert pairs([1.0], [1.2501], 0.25) == []


def test_each_stroke_is_used_once() -> None:
    assert len(pairs([1.0], [0.99, 1.0, 1.01], 0.05)) == 1
    assert len(pairs([0.99, 1.0, 1.01], [1.0], 0.05)) == 1


def test_as_many_pairs_as_possible_are_made() -> None:
    # The nearest pair (1.04, 1.05) would leave the other two strokes alone.
    assert pairs([1.0, 1.04], [1.05, 1.08], 0.05) == [(0, 0), (1, 1)]


def test_nothing_on_one_side_gives_no_pairs() -> None:
    assert pairs([], [1.0], 0.05) == []
    assert pairs([1.0], [], 0.05) == []
    assert pairs([], [], 0.05) == []


@pytest.mark.parametrize("tolerance_s", [0.0, -0.01, float("nan")])
def test_a_tolerance_of_nothing_is_refused(tolerance_s: float) -> None:
    with pytest.raises(EvaluationError, match="above 0"):
        match_times(np.array([1.0]), np.array([1.0]), tolerance_s)


times = st.lists(st.integers(0, 400), max_size=40).map(
    lambda values: np.sort(np.array(values, float)) / 100
)


@given(times, times, st.sampled_from([0.01, 0.02, 0.025, 0.05, 0.3]))
def test_the_pairs_are_those_of_mir_eval(
    ref: np.ndarray, est: np.ndarray, tolerance_s: float
) -> None:
    expected = mir_eval.util.match_events(ref, est, tolerance_s) if ref.size and est.size else []
    found = match_times(ref, est, tolerance_s)
    offsets = [est[j] - ref[i] for i, j in expected]
    assert len(expected) == found[0].size
    np.testing.assert_array_equal(est[found[1]] - ref[found[0]], offsets)
    assert (np.diff(found[0]) > 0).all()
    assert np.unique(found[1]).size == found[1].size


def test_eight_classes_are_matched_each_by_itself() -> None:
    reference = strokes((1.0, "kick"), (1.0, "snare"), (2.0, "ride"))
    estimate = strokes((1.01, "kick"), (1.0, "hihat"), (2.0, "crash"), (2.0, "ride"))
    counts = {
        name: match.counts
        for name, match in zip(
            EIGHT.classes, match_song(reference, estimate, EIGHT, 0.05), strict=True
        )
    }
    assert counts["kick"] == (1, 1, 1)
    assert counts["snare"] == (0, 1, 0)
    assert counts["hihat"] == (0, 0, 1)
    assert counts["ride"] == (1, 1, 1)
    assert counts["crash"] == (0, 0, 1)
    assert counts["tom_low"] == (0, 0, 0)


def test_a_match_tells_offsets_and_what_was_found() -> None:
    (match,) = match_song(
        strokes((1.0, "kick"), (2.0, "kick")), strokes((2.01, "kick"), (3.0, "kick")), ONSET, 0.05
    )
    np.testing.assert_allclose(match.offsets_s, [0.01])
    assert match.ref_found.tolist() == [False, True]
    assert match.est_right.tolist() == [True, False]
    assert match.est_index.tolist() == [0, 1]


def test_five_classes_join_toms_and_cymbals_and_merge_equal_times() -> None:
    song = strokes((1.0, "tom_high"), (1.0, "tom_low"), (1.0, "crash"), (1.001, "ride"))
    counts = [part.times_s.tolist() for part in split(song, FIVE)]
    assert counts == [[], [], [1.0], [], [1.0, 1.001]]
    wider = replace(FIVE, merge_s=0.005)
    assert split(song, wider)[4].times_s.tolist() == [1.0]


def test_three_classes_leave_the_others_out() -> None:
    song = strokes((1.0, "kick"), (2.0, "hihat"), (3.0, "ride"), (4.0, "tom_mid"))
    assert [part.times_s.tolist() for part in split(song, THREE)] == [[1.0], [], [2.0]]


def test_onsets_of_any_drum_within_ten_milliseconds_are_one() -> None:
    song = strokes((1.0, "kick"), (1.006, "hihat"), (1.009, "snare"), (1.012, "ride"))
    assert split(song, ONSET)[0].times_s.tolist() == [1.0, 1.012]


def test_five_class_labels_have_no_eight_class_view() -> None:
    with pytest.raises(EvaluationError, match="5- or 3-class"):
        split(strokes((1.0, "tom")), EIGHT)
    assert [p.times_s.size for p in split(strokes((1.0, "tom"), (1.0, "cymbal")), FIVE)] == [
        *(0, 0, 1, 0, 1)
    ]


def test_an_empty_song_has_empty_classes() -> None:
    assert all(not part.times_s.size for part in split(EMPTY, EIGHT))


def test_every_label_has_a_drum_to_be_charted_on() -> None:
    song = Strokes.of(np.arange(10.0), np.arange(10))
    assert drums_of(song).tolist() == [*range(8), int(DrumClass.TOM_HIGH), int(DrumClass.RIDE)]
