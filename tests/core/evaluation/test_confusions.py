"""What was taken for what, by hand; the worst passage of a song."""

import numpy as np

from chart_hero_core.base.drums import DrumClass
from chart_hero_core.evaluation.confusions import colour_confusions, confusion_counts
from chart_hero_core.evaluation.matching import match_song
from chart_hero_core.evaluation.passages import worst_passage
from chart_hero_core.evaluation.strokes import EMPTY, LABELS, Strokes
from chart_hero_core.evaluation.views import EIGHT

NOTHING = 8


def strokes(*rows: tuple[float, str]) -> Strokes:
    return Strokes.of([time for time, _ in rows], [LABELS.index(label) for _, label in rows])


def confusion(reference: Strokes, estimate: Strokes) -> dict[tuple[str, str], int]:
    counts = confusion_counts(match_song(reference, estimate, EIGHT, 0.025), 0.025)
    names = (*EIGHT.classes, "nothing")
    return {(names[i], names[j]): int(counts[i, j]) for i, j in np.argwhere(counts).tolist()}


def test_right_wrong_missed_and_invented_strokes() -> None:
    reference = strokes((1, "kick"), (2, "ride"), (3, "snare"), (4, "tom_low"))
    estimate = strokes((1, "kick"), (2.01, "hihat"), (4, "crash"), (5, "kick"))
    assert confusion(reference, estimate) == {
        ("kick", "kick"): 1,
        ("ride", "hihat"): 1,
        ("tom_low", "crash"): 1,
        ("snare", "nothing"): 1,
        ("nothing", "kick"): 1,
    }


def test_a_stroke_is_matched_in_its_own_class_first() -> None:
    # The snare pairs with the snare, so the extra hi-hat came out of nothing.
    reference = strokes((1, "snare"))
    estimate = strokes((1, "hihat"), (1.01, "snare"))
    assert confusion(reference, estimate) == {("snare", "snare"): 1, ("nothing", "hihat"): 1}


def test_beyond_the_tolerance_nothing_is_confused() -> None:
    assert confusion(strokes((1, "ride")), strokes((1.03, "crash"))) == {
        ("ride", "nothing"): 1,
        ("nothing", "crash"): 1,
    }


def test_empty_sides() -> None:
    assert confusion(EMPTY, EMPTY) == {}
    assert confusion(strokes((1, "kick")), EMPTY) == {("kick", "nothing"): 1}
    assert confusion(EMPTY, strokes((1, "kick"))) == {("nothing", "kick"): 1}


def test_rows_and_columns_add_up() -> None:
    rng = np.random.default_rng(3)
    reference = Strokes.of(rng.uniform(0, 9, 90), rng.integers(0, 8, 90))
    estimate = Strokes.of(rng.uniform(0, 9, 80), rng.integers(0, 8, 80))
    counts = confusion_counts(match_song(reference, estimate, EIGHT, 0.025), 0.025)
    np.testing.assert_array_equal(
        counts[:-1].sum(axis=1), np.bincount(reference.labels, minlength=8)
    )
    np.testing.assert_array_equal(
        counts[:, :-1].sum(axis=0), np.bincount(estimate.labels, minlength=8)
    )


def test_tom_against_cymbal_of_one_colour() -> None:
    reference = strokes((1, "tom_mid"), (2, "tom_mid"), (3, "ride"), (4, "ride"), (5, "ride"))
    estimate = strokes((1, "tom_mid"), (2, "ride"), (3, "ride"), (4, "ride"), (5, "tom_mid"))
    counts = confusion_counts(match_song(reference, estimate, EIGHT, 0.025), 0.025)
    yellow, blue, green = colour_confusions(counts)
    assert (blue.tom, blue.cymbal) == (DrumClass.TOM_MID, DrumClass.RIDE)
    assert (blue.tom_right, blue.tom_as_cymbal) == (1, 1)
    assert (blue.cymbal_right, blue.cymbal_as_tom) == (2, 1)
    assert blue.error_rate == 0.4
    assert yellow.error_rate is None
    assert green.error_rate is None


def test_the_worst_passage_holds_the_most_mistakes() -> None:
    reference = strokes((1, "kick"), (20, "kick"), (21, "snare"), (22, "kick"), (40, "kick"))
    estimate = strokes((1, "kick"), (21, "ride"), (22, "kick"))
    passage = worst_passage(match_song(reference, estimate, EIGHT, 0.025))
    assert passage is not None
    assert passage.start_s <= 20 <= 22 <= passage.end_s
    assert (passage.count("missed"), passage.count("extra"), passage.count("found")) == (2, 1, 1)
    times = [stroke.time_s for stroke in passage.strokes]
    assert times == sorted(times)


def test_a_song_without_mistakes_has_no_worst_passage() -> None:
    song = strokes((1, "kick"))
    assert worst_passage(match_song(song, song, EIGHT, 0.025)) is None
