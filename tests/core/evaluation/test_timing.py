"""Offsets by hand, and corrections learned from them."""

import datetime
import json

import numpy as np
import pytest

from chart_hero_core.base.calibration import Calibration
from chart_hero_core.base.errors import EvaluationError
from chart_hero_core.evaluation.matching import match_song
from chart_hero_core.evaluation.strokes import LABELS, Strokes
from chart_hero_core.evaluation.timing import (
    OffsetCorrections,
    histogram,
    learn_offsets,
    statistics,
)
from chart_hero_core.evaluation.views import EIGHT

TODAY = datetime.date(2030, 1, 2)


def test_statistics_by_hand() -> None:
    s = statistics(np.array([-0.004, 0.001, 0.002, 0.009]))
    assert s.pairs == 4
    assert s.median_ms == pytest.approx(1.5)
    assert s.mean_ms == pytest.approx(2.0)
    assert s.mean_abs_ms == pytest.approx(4.0)
    # Distances from the median: 5.5, 0.5, 0.5, 7.5.
    assert s.mad_ms == pytest.approx(3.0)


def test_one_pair_and_none() -> None:
    one = statistics(np.array([0.003]))
    assert (one.median_ms, one.mad_ms) == (pytest.approx(3.0), 0.0)
    assert statistics(np.empty(0)).median_ms is None


def test_the_histogram_has_a_bin_for_each_millisecond() -> None:
    centres, pairs = histogram(np.array([-0.025, -0.0006, 0.0004, 0.0006, 0.025]), 0.025)
    assert centres.tolist() == list(range(-25, 26))
    assert pairs.sum() == 5
    assert {int(c): int(n) for c, n in zip(centres, pairs, strict=True) if n} == {
        -25: 1,
        -1: 1,
        0: 1,
        1: 1,
        25: 1,
    }


def late_song(late_s: dict[str, float], count: int) -> tuple[Strokes, Strokes]:
    times = np.arange(count) * 0.5 + 1
    codes = np.array([LABELS.index(label) for label in late_s])
    labels = np.tile(codes, (count, 1)).T.ravel()
    reference = np.tile(times, len(late_s))
    late = np.repeat(list(late_s.values()), count)
    return Strokes.of(reference, labels), Strokes.of(reference + late, labels)


def test_corrections_centre_each_class_and_keep_where_they_come_from() -> None:
    reference, estimate = late_song({"kick": 0.004, "ride": -0.002}, 40)
    matches = match_song(reference, estimate, EIGHT, 0.025)
    found = learn_offsets([matches], EIGHT.classes, "a song", TODAY)
    assert [(c.label, c.pairs) for c in found.classes] == [("kick", 40), ("ride", 40)]
    assert found.learned_on == "2030-01-02"
    assert found.data == "a song"
    corrected = estimate.shifted(found.by_label())
    after = match_song(reference, corrected, EIGHT, 0.025)
    for match in after:
        np.testing.assert_allclose(match.offsets_s, 0.0, atol=1e-9)


def test_classes_with_few_pairs_keep_their_timing() -> None:
    few, many = late_song({"crash": 0.01}, 29), late_song({"kick": 0.01}, 30)
    songs = [match_song(*pair, EIGHT, 0.025) for pair in (few, many)]
    found = learn_offsets(songs, EIGHT.classes, "two songs", TODAY)
    assert [c.label for c in found.classes] == ["kick"]


def test_too_little_to_learn_from_is_said() -> None:
    with pytest.raises(EvaluationError, match="No class has 30"):
        learn_offsets(
            [match_song(*late_song({"kick": 0.01}, 5), EIGHT, 0.025)], EIGHT.classes, "", TODAY
        )


def corrections() -> OffsetCorrections:
    reference, estimate = late_song({"kick": 0.004, "ride": -0.002}, 40)
    matches = match_song(reference, estimate, EIGHT, 0.025)
    return learn_offsets([matches], EIGHT.classes, "a song", TODAY)


def test_corrections_survive_a_file() -> None:
    again = OffsetCorrections.from_json(json.loads(json.dumps(corrections().to_json())))
    np.testing.assert_allclose(again.by_label(), corrections().by_label())
    assert (again.learned_on, again.data) == ("2030-01-02", "a song")


def test_corrections_add_up_with_those_already_decoded_with() -> None:
    old = Calibration(offset_ms=(1.0,) * 8)
    new = corrections().in_calibration(old, "chart-hero calibrate")
    assert new.offset_ms[0] == pytest.approx(-3.0)
    assert new.offset_ms[7] == pytest.approx(3.0)
    assert new.offset_ms[1] == 1.0
    assert new.provenance.date == "2030-01-02"
    assert old.offset_ms[0] == 1.0


def test_a_calibration_is_read_as_corrections() -> None:
    calibration = corrections().in_calibration(Calibration(), "fit")
    again = OffsetCorrections.from_json(calibration.to_dict())
    np.testing.assert_allclose(again.by_label(), corrections().by_label())


EMPTY = {"schema": 1, "learned_on": "", "data": ""}


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"schema": 2},
        EMPTY,
        {**EMPTY, "classes": {"gong": {"shift_ms": 1, "pairs": 1}}},
        {**EMPTY, "classes": {"kick": {"shift_ms": "x", "pairs": 1}}},
        {**EMPTY, "classes": {"kick": {"shift_ms": 9e9, "pairs": 1}}},
        {**EMPTY, "classes": {"kick": 3}},
        {"schema": 1, "offset_ms": [1, 2]},
    ],
)
def test_anything_else_is_refused(data: object) -> None:
    with pytest.raises(EvaluationError, match="no offset corrections"):
        OffsetCorrections.from_json(data)
