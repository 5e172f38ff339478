"""The worst passage of a song, by hand."""

import numpy as np

from chart_hero_core.evaluation.matching import match_song
from chart_hero_core.evaluation.passages import PASSAGE_S, worst_passage
from chart_hero_core.evaluation.strokes import EMPTY, Strokes
from chart_hero_core.evaluation.views import EIGHT


def test_the_passage_holds_the_most_mistakes_and_the_strokes_around_them() -> None:
    # Missed: one at 10 s, three from 40 s on; out of nothing: one at 43 s. All else is found.
    found = np.arange(1.0, 80.0)
    missed = [10.5, 40.5, 41.5, 42.5]
    reference = Strokes.of([*found, *missed], [0] * (len(found) + len(missed)))
    estimate = Strokes.of([*found, 43.25], [0] * len(found) + [1])
    passage = worst_passage(match_song(reference, estimate, EIGHT, 0.05))
    assert passage is not None
    assert passage.start_s == 40.5 - PASSAGE_S / 40
    assert (passage.count("missed"), passage.count("extra")) == (3, 1)
    assert passage.count("found") == 8  # 41 to 48 s
    times = [stroke.time_s for stroke in passage.strokes]
    assert times == sorted(times)
    assert all(passage.start_s <= time_s < passage.end_s for time_s in times)


def test_of_equal_passages_the_first_is_the_worst() -> None:
    missed = Strokes.of([5.0, 30.0, 60.0], [0, 0, 0])
    passage = worst_passage(match_song(missed, EMPTY, EIGHT, 0.05))
    assert passage is not None
    assert passage.start_s < 5.0 < passage.end_s
